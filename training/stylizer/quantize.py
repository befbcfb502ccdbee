"""Writes the 8-bit twin of the exported transfer network, for processors, with a card of its own.

usage: quantize.py [--models models]

Measured beside the network in floats on held-out faces and styles, in ONNX Runtime on one core, and both teachers' time with it.
"""

import argparse
import sys
import tomllib
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

import int8  # noqa: E402
from data import Pictures, Teacher, tensor_from_pictures  # noqa: E402
from evaluate import by_turns, middle_square, psnr  # noqa: E402
from export import write_card  # noqa: E402
from model import STYLE_SIDE  # noqa: E402
from train_faces import Microast  # noqa: E402

COMMAND = ".venv/bin/python training/stylizer/quantize.py"
FEEDS, SIDE, HELD = 80, 192, 60
# The first convolution sees fine steps of brightness, the last is what is shown.
IN_FLOATS = [0, -1]


def feeds(faces: list, styles: list, encoder, count: int, side: int) -> list[dict[str, np.ndarray]]:
    code = lambda picture: encoder.run(None, {"style": tensor_from_pictures([middle_square(picture, STYLE_SIDE)]).numpy()})[0]
    codes = [code(style) for style in styles[:: max(1, len(styles) // count)]]
    chosen = faces[:: max(1, len(faces) // count)][:count]
    return [
        {"content": tensor_from_pictures([middle_square(face, side)]).numpy(), "code": codes[(7 * i + 3) % len(codes)]}
        for i, face in enumerate(chosen)
    ]


def times(models: Path, teachers: Path, side: int = 256) -> dict[str, float]:
    """Median milliseconds of one core for one picture, by turns."""
    picture = np.random.default_rng(0).integers(0, 255, (side, side, 3), np.uint8)
    content = tensor_from_pictures([picture])
    feed = {"content": content.numpy(), "code": np.zeros((1, 100), np.float32)}
    ours, floats = int8.session(models / "style_transfer_int8.onnx"), int8.session(models / "style_transfer.onnx")
    magenta, microast = Teacher(teachers), Microast(teachers)
    second, vector = microast.code(picture), np.zeros((1, 100), np.float32)
    calls = {
        "ours": lambda: ours.run(None, feed),
        "floats": lambda: floats.run(None, feed),
        "magenta": lambda: magenta.stylize(content, vector),
        "microast": lambda: microast.stylize(picture, second),
    }
    return by_turns(calls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/models"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    source, target = (options.models / f"style_transfer{end}.onnx" for end in ("", "_int8"))
    pictures, encoder = Pictures.load(options.data), int8.session(options.models / "style_encoder.onnx")
    seen = feeds(pictures.faces + pictures.portraits, pictures.styles, encoder, FEEDS, SIDE)
    convolutions = int8.nodes(source)
    int8.quantize(source, target, seen, [convolutions[i] for i in IN_FLOATS])
    floats, ours = int8.session(source), int8.session(target)
    near = []
    for feed in feeds(pictures.held_faces, pictures.held_styles, encoder, HELD, 256):
        near.append(psnr(*(torch.from_numpy(s.run(None, feed)[0]) for s in (ours, floats))))
    taken = times(options.models, options.teachers)
    metric = lambda name, value, digits, unit: {"name": name, "value": round(value, digits), "unit": unit, "command": COMMAND}
    metrics = [
        metric("PSNR to the network in floats, held-out styles and faces, mean", float(np.mean(near)), 2, "dB"),
        metric("the same, least", float(min(near)), 2, "dB"),
        metric("time on one core at 256x256, median", taken["ours"], 1, "ms"),
        metric("the same, in floats", taken["floats"], 1, "ms"),
        metric("times faster than magenta-arbitrary in the same run", taken["magenta"] / taken["ours"], 2, "ratio"),
        metric("times faster than microast in the same run", taken["microast"] / taken["ours"], 2, "ratio"),
    ]
    card = tomllib.loads(source.with_suffix(".card.toml").read_text(encoding="utf-8"))
    write_card(
        target,
        f"{card['task']} The 8-bit twin of style_transfer, for processors.",
        card["license"],
        f"{card['training']}; then {COMMAND}",
        card["parameters"],
        card["inputs"],
        card["outputs"],
        {"data": card["data"], "teachers": card["teachers"], "metrics": metrics},
    )
    for row in metrics:
        print(f"{row['name']}: {row['value']} {row['unit']}")


if __name__ == "__main__":
    main()
