"""Writes a checkpoint as ONNX with free height and width, checked against PyTorch, and measures it into a card beside it."""

import argparse
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from cards import write
from data import SCALE
from evaluate import figures
from model import build, fold, parameters

OPSET = 17
SIZES = [(128, 128), (96, 160), (37, 51)]
LEAST_GAIN = 1.5  # dB over bicubic on Set5; under it no card is written


def load(path):
    """The network of a checkpoint (its averaged weights), batch norms folded, and what else the checkpoint says."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    model = build(state["network"])
    model.load_state_dict(state["average"])
    return fold(model.eval()).requires_grad_(False), state


def export(model, path):
    """`image` [1, 3, h, w] to `image_x4` [1, 3, 4h, 4w]. Returns the largest difference to PyTorch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    free = {"image": {2: "height", 3: "width"}, "image_x4": {2: "height_x4", 3: "width_x4"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            torch.rand(1, 3, 32, 48),
            str(path),
            opset_version=OPSET,
            dynamo=False,
            input_names=["image"],
            output_names=["image_x4"],
            dynamic_axes=free,
        )
    graph = onnx.load(path)
    onnx.checker.check_model(graph)
    for axis, size in enumerate([1, 3, "height_x4", "width_x4"]):  # the exporter leaves some of them unnamed
        dimension = graph.graph.output[0].type.tensor_type.shape.dim[axis]
        dimension.Clear()
        setattr(dimension, "dim_param" if isinstance(size, str) else "dim_value", size)
    onnx.save(graph, path)
    runner, worst = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]), 0.0
    for height, width in SIZES:
        image = random.random((1, 3, height, width), np.float32)
        ours = runner.run(None, {"image": image})[0]
        if ours.shape != (1, 3, SCALE * height, SCALE * width):
            raise SystemExit(f"{path} gives {ours.shape} for {image.shape}")
        worst = max(worst, float(np.abs(ours - model(torch.from_numpy(image)).numpy()).max()))
    if worst > 1e-3:
        raise SystemExit(f"{path} differs from PyTorch by {worst:.1e}")
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="best.pt of a training run")
    parser.add_argument("output", type=Path, help="FOLDER/superres_NAME.onnx")
    parser.add_argument("--tests", type=Path, required=True, help="folder that holds Set5 and Set14")
    parser.add_argument("--stylized", required=True, type=Path, help="folder of held-out stylized faces")
    parser.add_argument("--training", required=True, help="the training command, for the card")
    options = parser.parse_args()
    model, state = load(options.checkpoint)
    difference = export(model, options.output)
    size = options.output.stat().st_size
    print(f"{options.output}: {parameters(model)} parameters, {size} bytes, differs by {difference:.1e}")
    found = figures(options.output, options.tests, options.stylized)
    for what, (value, unit) in found.items():
        print(f"{what}: {value:.3f} {unit}")
    gain = found["PSNR Set5"][0] - found["PSNR Set5, bicubic"][0]
    if gain < LEAST_GAIN and state["stage"] != "gan":
        raise SystemExit(f"only {gain:.2f} dB better than bicubic: no card")
    write(options.output, state, found, options.training)


if __name__ == "__main__":
    main()
