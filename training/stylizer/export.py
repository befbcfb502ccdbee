"""Writes the trained stylizer as two ONNX files, each with its model card, and measures what was written.

The encoder that `train.py` trains stands on SqueezeNet's features and does not ship: it is written to `--encoder-run` as
`reference.onnx`. `train_encoder.py` then trains the small encoder that ships from its answers, and a second export takes that one.

usage: export.py [--run training/runs/stylizer] [--last] [--models models] [--data ../shared/data] [--teachers ../shared/models]
"""

import argparse
import datetime
import hashlib
import shutil
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from data import Pictures, Teacher
from encoder import SmallStyleEncoder
from evaluate import HeldOut, measure
from model import CODE_SIZE, STYLE_SIDE
from train import Stylizer
from train_encoder import explained, held_out_pairs

OPSET = 17
LICENSE = "MIT OR Apache-2.0"
EVALUATE = ".venv/bin/python training/stylizer/evaluate.py"
TRAIN_ENCODER = ".venv/bin/python training/stylizer/train_encoder.py"
MAX_DIFFERENCE = 2e-3

PICTURE = {"dtype": "f32", "layout": "NCHW", "range": [0.0, 1.0]}
CONTENT = {"name": "content", "shape": [1, 3, "height", "width"], **PICTURE}
CODE = {"name": "code", "shape": [1, CODE_SIZE], "dtype": "f32", "layout": "NC"}
STYLED = {"name": "styled", "shape": [1, 3, "height", "width"], **PICTURE}
STYLE = {"name": "style", "shape": [1, 3, STYLE_SIDE, STYLE_SIDE], **PICTURE}

STYLE_DATA = [
    {
        "name": "Paintings: old masters, impressionists, realists",
        "source": "irinainina/image-data",
        "rights": "no licence stated; about 231 of 241 public domain by the author's death",
    },
    {"name": "Rider-Waite-Smith tarot deck, 1909", "source": "metabismuth/tarot-json", "rights": "public-domain art"},
    {
        "name": "Classic style-transfer references",
        "source": "seven style-transfer repositories",
        "rights": "mixed: experiments only",
    },
]
FACE_DATA = [
    {
        "name": "Labeled Faces in the Wild (deep-funneled)",
        "source": "umass-vis-lfw/umass-vis-lfw.github.io",
        "rights": "research by custom",
    },
    {"name": "Generated portraits", "source": "faker-js/assets-person-portrait", "rights": "CC0"},
]
PHOTO_DATA = [
    {"name": "BSDS500 (train and test)", "source": "BIDS/BSDS500", "rights": "research"},
    {"name": "T91", "source": "tegg89/SRCNN-Tensorflow", "rights": "research by custom"},
    {"name": "ImageNet samples, halved", "source": "EliSchwartz/imagenet-sample-images", "rights": "research"},
]
TEACHERS = [
    {"name": "magenta-arbitrary", "source": "terryky/tflite_gles_app (Magenta models)", "license": "Apache-2.0"},
]
SQUEEZENET = {
    "name": "SqueezeNet 1.0 (features of the reference encoder, which is no part of the file)",
    "source": "songhan/SqueezeNet-Deep-Compression",
    "license": "BSD-2-Clause",
}


def toml_value(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(v) for v in value) + "]"
    return str(value)


def card_text(head: dict[str, object], tables: dict[str, list[dict[str, object]]]) -> str:
    lines = [f"{key} = {toml_value(value)}" for key, value in head.items()]
    for table, entries in tables.items():
        for entry in entries:
            lines += ["", f"[[{table}]]", *(f"{key} = {toml_value(value)}" for key, value in entry.items())]
    return "\n".join(lines) + "\n"


def export(
    network: nn.Module, example: tuple[Tensor, ...], inputs: list[str], output: str, axes: dict, path: Path
) -> None:
    """Writes one self-contained file and checks that ONNX Runtime computes what torch does."""
    network.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            example,
            str(path),
            input_names=inputs,
            output_names=[output],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    theirs = session.run(None, {name: value.numpy() for name, value in zip(inputs, example)})[0]
    with torch.no_grad():
        ours = network(*example).numpy()
    difference = float(np.abs(ours - theirs).max())
    if not difference < MAX_DIFFERENCE:
        raise ValueError(f"{path.name} differs from the trained network by {difference}")


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=Path("training/runs/stylizer"))
    parser.add_argument("--encoder-run", type=Path, default=Path("training/runs/encoder"))
    parser.add_argument("--last", action="store_true", help="the newest averaged weights in place of the best")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/models"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    file, weights = ("last.pt", "average") if arguments.last else ("best.pt", "stylizer")
    stored = torch.load(arguments.run / file, map_location="cpu", weights_only=True)
    stylizer = Stylizer()
    stylizer.load_state_dict(stored[weights])
    stylizer.eval()
    generator = torch.Generator().manual_seed(0)
    # Sides that differ, and are no multiples of 8, so that nothing of the example's size can stay in the graph.
    content = torch.rand(1, 3, 180, 236, generator=generator)
    style = torch.rand(1, 3, STYLE_SIDE, STYLE_SIDE, generator=generator)
    code = torch.randn(1, CODE_SIZE, generator=generator)
    sides = {2: "height", 3: "width"}
    arguments.models.mkdir(exist_ok=True)
    arguments.encoder_run.mkdir(parents=True, exist_ok=True)
    export(stylizer.encoder, (style,), ["style"], "code", {}, arguments.encoder_run / "reference.onnx")
    transfer_path = arguments.models / "style_transfer.onnx"
    axes = {"content": sides, "styled": sides}
    export(stylizer.transfer, (content, code), ["content", "code"], "styled", axes, transfer_path)

    small = arguments.encoder_run / "style_encoder.onnx"
    if not small.is_file():
        print(f"{small} is not there yet: run train_encoder.py, then export again")
        return
    shutil.copy(small, arguments.models / small.name)
    # The optimizer's state in it holds numbers of numpy, and the file is our own.
    trained = torch.load(arguments.encoder_run / "last.pt", map_location="cpu", weights_only=False)

    encoder = SmallStyleEncoder()
    encoder.load_state_dict(trained["average"])
    pictures = Pictures.load(arguments.data, held_out_only=True)
    scores = measure(arguments.models, HeldOut(pictures, Teacher(arguments.teachers)))
    scores["explained"] = explained(encoder, *held_out_pairs(pictures, arguments.encoder_run / "reference.onnx"))
    minutes = trained["seconds"] / 60
    encoder_training = f"{TRAIN_ENCODER} --minutes {minutes:.1f}, after train.py and export.py of style_transfer's card"
    write_cards(arguments.models, stylizer, scores, ("; then ".join(stored["commands"]), encoder_training))
    print(f"step {stored['step']}:", " ".join(f"{k} {v:.4f}" for k, v in scores.items()))


def metric(name: str, value: float, digits: int, unit: str) -> dict[str, object]:
    return {"name": name, "value": round(value, digits), "unit": unit, "command": EVALUATE}


def write_cards(models: Path, stylizer: Stylizer, scores: dict[str, float], commands: tuple[str, str]) -> None:
    training, encoder_training = commands
    pair_metrics = [
        metric("PSNR to teacher, held-out styles and faces", scores["psnr_db"], 2, "dB"),
        metric("L1 to teacher, held-out styles and faces", scores["l1"], 4, "of 1"),
    ]
    transfer_metrics = [
        *pair_metrics,
        metric("sharpness relative to the teacher's", scores["sharpness_ratio"], 3, "ratio"),
        metric("PSNR to itself when the picture shifts 1 to 3 pixels", scores["shift_psnr_db"], 2, "dB"),
        metric("time on one core at 256x256, best of 150", scores["transfer_ms"], 1, "ms"),
    ]
    encoder_metrics = [
        *pair_metrics,
        {
            "name": "variance of the reference encoder's codes explained, held-out styles",
            "value": round(scores["explained"], 3),
            "unit": "of 1",
            "command": TRAIN_ENCODER,
        },
        metric("time on one core, best of 150", scores["encoder_ms"], 1, "ms"),
    ]
    write_card(
        models / "style_encoder.onnx",
        "Turns one reference picture into the code that chooses a style in style_transfer.",
        LICENSE,
        encoder_training,
        parameters(SmallStyleEncoder()),
        [{**STYLE, "meaning": "the reference picture, RGB, sRGB-encoded"}],
        [{**CODE, "meaning": "style code, about unit variance; linear blends of two codes blend the styles"}],
        {"data": STYLE_DATA + FACE_DATA + PHOTO_DATA, "teachers": TEACHERS + [SQUEEZENET], "metrics": encoder_metrics},
    )
    write_card(
        models / "style_transfer.onnx",
        "Repaints one live picture in the style that a code from style_encoder chooses.",
        LICENSE,
        training,
        parameters(stylizer.transfer),
        [
            {**CONTENT, "meaning": "RGB, sRGB-encoded; sides are multiples of 4"},
            {**CODE, "meaning": "style code from style_encoder, or a linear blend of such codes"},
        ],
        [{**STYLED, "meaning": "the painted picture, RGB, sRGB-encoded, same sides"}],
        {"data": FACE_DATA + STYLE_DATA + PHOTO_DATA, "teachers": TEACHERS, "metrics": transfer_metrics},
    )


def write_card(
    model: Path,
    task: str,
    license_terms: str,
    training: str,
    parameter_count: int,
    inputs: list[dict[str, object]],
    outputs: list[dict[str, object]],
    tables: dict[str, list[dict[str, object]]],
) -> None:
    head = {
        "name": model.stem,
        "file": model.name,
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "task": task,
        "license": license_terms,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "training": training,
        "parameters": parameter_count,
    }
    text = card_text(head, {"inputs": inputs, "outputs": outputs, **tables})
    model.with_name(f"{model.stem}.card.toml").write_text(text)


if __name__ == "__main__":
    main()
