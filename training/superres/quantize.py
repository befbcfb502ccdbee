"""Writes the 8-bit twin of an exported network, for processors, and measures it into a card of its own.

.venv/bin/python training/superres/quantize.py training/runs/superres_small_faces/best.pt models/superres_small.onnx
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import tomllib
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

import int8  # noqa: E402
from cards import write  # noqa: E402
from data import SCALE, files, imresize, read, three  # noqa: E402
from evaluate import figures  # noqa: E402

SIDE = 96  # of the crops that the ranges come from, low-resolution pixels
COUNT = 40
LAST = 1  # convolutions at the end that stay in floats: the enlargement that the rest adds to


def lows(folders):
    """Crops [1, 3, h, w] in low resolution, evenly of all folders."""
    for folder in folders:
        found = files(folder)
        for path in found[:: max(1, len(found) * len(folders) // COUNT)]:
            high = three(read(path))
            height, width = (n // SCALE * SCALE for n in high.shape[:2])
            low = imresize(high[:height, :width], 1 / SCALE)[:SIDE, :SIDE]
            yield np.moveaxis(low, 2, 0)[None].astype(np.float32) / 255


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="that the network was exported from")
    parser.add_argument("network", type=Path, help="FOLDER/superres_NAME.onnx, in floats, with its card")
    parser.add_argument("--data", nargs="+", type=Path, default=[Path("../shared/data/super_resolution/train/bsds"), Path("training/runs/superres_stylized/train")])
    parser.add_argument("--tests", type=Path, default=Path("../shared/data/super_resolution/test"))
    parser.add_argument("--stylized", type=Path, default=Path("training/runs/superres_stylized/held_out"))
    options = parser.parse_args()
    target = options.network.with_name(options.network.stem + "_int8.onnx")
    convolutions = int8.nodes(options.network)
    int8.quantize(options.network, target, [{"image": low} for low in lows(options.data)], convolutions[-LAST:])
    found = figures(target, options.tests, options.stylized)
    for what, (value, unit) in found.items():
        print(f"{what}: {value:.3f} {unit}")
    state = torch.load(options.checkpoint, map_location="cpu", weights_only=True)
    trained = tomllib.loads(options.network.with_suffix(".card.toml").read_text(encoding="utf-8"))["training"]
    write(target, state, found, f"{trained}; then .venv/bin/python training/superres/quantize.py {options.checkpoint} {options.network}")


if __name__ == "__main__":
    main()
