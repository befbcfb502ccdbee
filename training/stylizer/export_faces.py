"""Writes the transfer network of `train_faces.py` as ONNX with its model card, and measures what was written.

usage: export_faces.py [--run training/runs/stylizer_faces] [--models models] [--quick]

Measured on held-out faces and styles, in ONNX Runtime on one core, beside both teachers in the same run.
"""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from data import Pictures, Teacher
from evaluate import by_turns, onnx_stylizer, psnr, save_picture
from export import CODE, CONTENT, FACE_DATA, LICENSE, PHOTO_DATA, SQUEEZENET, STYLE_DATA, STYLED, TEACHERS, export, parameters, write_card
from faces import FaceFinder
from model import CODE_SIZE, TransferNetwork
from train_faces import HeldOutFaces, Microast, Styles, Training, sheet_of

COMMAND = ".venv/bin/python training/stylizer/export_faces.py"
CLIP_DATA = [
    {"name": "YouTube faces, frames", "source": "udacity/P1_Facial_Keypoints", "rights": "research"},
    {"name": "Head turning, people walking in", "source": "intel-iot-devkit/sample-videos", "rights": "CC BY 4.0"},
    {"name": "Walking selfie d13", "source": "KwaiVGI/LivePortrait", "rights": "MIT repository, footage unclear"},
]
OWN_STYLES = [{"name": "Our own references (assets/styles)", "source": "this repository", "rights": "ours"}]
MORE_TEACHERS = [
    {"name": "microast", "source": "EndyWon/MicroAST", "license": "MIT"},
    {"name": "MobileFaceNet (judge of likeness)", "source": "foamliu/MobileFaceNet", "license": "Apache-2.0"},
    {"name": "YuNet (places of the faces)", "source": "ShiqiYu/libfacedetection.train", "license": "Apache-2.0"},
    {"name": "face_landmarks (our own, judge of the face's shape)", "source": "this repository", "license": "MIT OR Apache-2.0"},
    {**SQUEEZENET, "name": "SqueezeNet 1.0 (judge of style)"},
]


class OnnxTransfer(nn.Module):
    """The written file, called like the trained network."""

    def __init__(self, models: Path) -> None:
        super().__init__()
        self.transfer = onnx_stylizer(models)[1]

    def forward(self, content: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        return self.transfer(content.cpu(), code.cpu()).to(content)


def shift_psnr(network: nn.Module, held: HeldOutFaces) -> float:
    """How equal the same point stays when the picture moves by 1 to 3 pixels, dB."""
    values = []
    for k in range(0, held.pairs.written, 3):
        content = torch.from_numpy(held.pairs.pictures[k, 0]).permute(2, 0, 1)[None].float() / 255
        code, shift, side = torch.from_numpy(held.styles.codes[k])[None], 1 + k // 3 % 3, content.shape[-1] - 4
        still, moved = network(content[..., :side, :side], code), network(content[..., shift : shift + side, shift : shift + side], code)
        values.append(psnr(moved[..., 8 : -8 - shift, 8 : -8 - shift], still[..., 8 + shift : -8, 8 + shift : -8]))
    return float(np.mean(values))


def times(models: Path, teachers: Path, side: int = 256) -> dict[str, float]:
    """Median milliseconds of one core for one picture, ours and the teachers' by turns."""
    rng = np.random.default_rng(0)
    content, code = torch.rand(1, 3, side, side), torch.zeros(1, CODE_SIZE)
    ours, magenta, microast = OnnxTransfer(models), Teacher(teachers), Microast(teachers)
    vector, picture = np.zeros((1, CODE_SIZE), np.float32), rng.integers(0, 255, (side, side, 3), np.uint8)
    second = microast.code(picture)
    calls = {"ours": lambda: ours(content, code), "magenta": lambda: magenta.stylize(content, vector), "microast": lambda: microast.stylize(picture, second)}
    return by_turns(calls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=Path("training/runs/stylizer_faces"))
    parser.add_argument("--start", type=Path, default=Path("models/style_transfer.onnx"))
    parser.add_argument("--landmarks", type=Path, default=Path("training/runs/face_landmarks/shipped.pt"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--encoder", type=Path, default=Path("models/style_encoder.onnx"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/models"))
    parser.add_argument("--quick", action="store_true", help="only write the network, without card and figures")
    parser.add_argument("--sheet", type=Path, help="content, both teachers and ours on held-out pairs")
    options = parser.parse_args()
    torch.set_num_threads(1)
    stored = torch.load(options.run / "last.pt", map_location="cpu", weights_only=True)
    network = TransferNetwork()
    network.load_state_dict(stored["average"])
    generator = torch.Generator().manual_seed(0)
    content = torch.rand(1, 3, 180, 236, generator=generator)
    code = torch.randn(1, CODE_SIZE, generator=generator)
    sides = {2: "height", 3: "width"}
    options.models.mkdir(exist_ok=True)
    path = options.models / "style_transfer.onnx"
    export(network, (content, code), ["content", "code"], "styled", {"content": sides, "styled": sides}, path)
    if options.quick:
        return

    teacher, second, finder = Teacher(options.teachers), Microast(options.teachers), FaceFinder(options.teachers)
    pictures = Pictures.load(options.data, held_out_only=True)
    held = HeldOutFaces(pictures, Styles(len(pictures.held_styles), teacher, second, options.encoder, finder), finder)
    options.rate, options.seed, options.out = 1e-3, 0, options.run
    judge, ours = Training(options), OnnxTransfer(options.models)
    scores, sheet = held.scores(judge, ours)
    first = held.scores(judge, ours, "first")[0]
    other = held.scores(judge, ours, "second")[0]
    if options.sheet:
        save_picture(options.sheet, sheet_of(sheet))
    taken, steady = times(options.models, options.teachers), shift_psnr(ours, held)
    metric = lambda name, value, digits, unit: {"name": name, "value": round(value, digits), "unit": unit, "command": COMMAND}
    metrics = [
        metric("PSNR to the mean of both teachers, held-out styles and faces", scores["psnr"], 2, "dB"),
        metric("style distance in the face, relative to the photo's", scores["style"], 3, "ratio"),
        metric("the same, magenta-arbitrary", first["style"], 3, "ratio"),
        metric("the same, microast", other["style"], 3, "ratio"),
        metric("likeness of the person (MobileFaceNet, at most 0.82 counts)", scores["like"], 3, "cosine"),
        metric("the same, magenta-arbitrary", first["like"], 3, "cosine"),
        metric("the same, microast", other["like"], 3, "cosine"),
        metric("68 points' mean distance to the photo's, by our own landmarks", scores["points"], 4, "eye distances"),
        metric("the same, magenta-arbitrary", first["points"], 4, "eye distances"),
        metric("the same, microast", other["points"], 4, "eye distances"),
        metric("sharpness relative to magenta-arbitrary's", scores["sharp"], 3, "ratio"),
        metric("PSNR to itself when the picture shifts 1 to 3 pixels", steady, 2, "dB"),
        metric("time on one core at 256x256, median", taken["ours"], 1, "ms"),
        metric("times faster than magenta-arbitrary in the same run", taken["magenta"] / taken["ours"], 2, "ratio"),
        metric("times faster than microast in the same run", taken["microast"] / taken["ours"], 2, "ratio"),
    ]
    write_card(
        path,
        "Repaints one live picture in the style that a code from style_encoder chooses.",
        LICENSE,
        "; then ".join(stored["commands"]),
        parameters(network),
        [
            {**CONTENT, "meaning": "RGB, sRGB-encoded; sides are multiples of 4"},
            {**CODE, "meaning": "style code from style_encoder, or a linear blend of such codes"},
        ],
        [{**STYLED, "meaning": "the painted picture, RGB, sRGB-encoded, same sides"}],
        {"data": FACE_DATA + CLIP_DATA + STYLE_DATA + OWN_STYLES + PHOTO_DATA, "teachers": TEACHERS + MORE_TEACHERS, "metrics": metrics},
    )
    for row in metrics:
        print(f"{row['name']}: {row['value']} {row['unit']}")


if __name__ == "__main__":
    main()
