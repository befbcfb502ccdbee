"""Makes a checkpoint of a network that ships, so that training can go on from it (`--start`): a clone has no runs.

python training/face/reopen.py models/face_track.onnx training/runs/face_track/shipped.pt

Weights come out of their 8 bits as they are. Batch norm, which export folded into the convolutions, is put back: its statistics are
those of real crops, its scale and shift undo them, so that the network answers as before.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from torch import nn

import data
from model import FaceDetector, FaceLandmarks, FaceMask, FaceTracker, LevelNorm
from quantize import crops

NETWORKS = {"face_detect": FaceDetector, "face_track": FaceTracker, "face_landmarks": FaceLandmarks, "face_mask": FaceMask}


def module_of(node):
    """The module's name by the exporter's path: /tower/tower.3/conv/conv.0/Conv is tower.3.conv.0."""
    parts = []
    for piece in node.name.strip("/").split("/")[:-1]:
        if parts and piece.startswith(parts[-1] + "."):
            parts[-1] = piece
        else:
            parts.append(piece)
    return ".".join(parts)


def weights(path):
    """{module: (weight, bias)} of all convolutions and linear layers, in floats."""
    graph = onnx.load(path).graph
    values = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in values:
            whole, scale, zero = (values[name] for name in node.input)
            shape = (-1,) + (1,) * (whole.ndim - 1) if scale.ndim else ()
            scale, zero = (np.asarray(v, np.float32).reshape(shape) for v in (scale, zero))
            values[node.output[0]] = (whole.astype(np.float32) - zero) * scale
    layers = {module_of(n): (values[n.input[1]], values[n.input[2]]) for n in graph.node if n.op_type in ("Conv", "Gemm")}
    for name, (weight, bias) in layers.items():
        if weight.shape[1:2] == (4,):  # a picture's bytes have an alpha (lower.py)
            layers[name] = (weight[:, :3], bias)
    return layers


def part_levels(model, found):
    """The detector's levels share one convolution, each with a norm of its own, and come out of the file as three: takes them apart."""
    levels = [found.pop(name) for name in ("tower", "tower_1", "tower_2")]
    for name in ("head_1", "head_2"):
        found.pop(name)
    shared = levels[0][0]
    with torch.no_grad():
        model.tower.weight.copy_(torch.from_numpy(shared.copy()))
        for norm, (weight, bias) in zip(model.norm.norms, levels):
            ratio = (weight * shared).sum((1, 2, 3)) / (shared * shared).sum((1, 2, 3)).clip(1e-12)
            norm.weight.copy_(torch.from_numpy(ratio)), norm.bias.copy_(torch.from_numpy(bias.copy()))
            norm.running_mean.zero_(), norm.running_var.fill_(1.0 - norm.eps)


def reopen(model, path, inputs):
    """Fills `model` with what `path` holds; `inputs` are crops as tensors, for the statistics."""
    modules = dict(model.named_modules())
    found = weights(path)
    if isinstance(model, FaceDetector):
        part_levels(model, found)
        modules.pop("tower")
    wanted = {name for name, m in modules.items() if isinstance(m, (nn.Conv2d, nn.Linear))}
    if wanted != set(found):
        raise SystemExit(f"{path} is no {type(model).__name__}: {sorted(wanted ^ set(found))}")
    norms = []
    with torch.no_grad():
        for name, (weight, bias) in found.items():
            layer = modules[name]
            layer.weight.copy_(torch.from_numpy(weight.copy()))
            if layer.bias is not None:
                layer.bias.copy_(torch.from_numpy(bias.copy()))
                continue
            norm = modules[name[: -len("0")] + "1"]
            norm.weight.fill_(1.0), norm.running_mean.zero_(), norm.running_var.fill_(1.0 - norm.eps)
            norm.bias.copy_(torch.from_numpy(bias.copy()))
            norms.append(norm)
        model.eval()
        seen = {}
        hooks = [n.register_forward_hook(lambda m, i, _: seen.__setitem__(m, i[0])) for n in norms]
        for level in (m for m in modules.values() if isinstance(m, LevelNorm)):
            hooks.append(level.register_forward_hook(lambda m, i, _: seen.__setitem__(m.norms[i[1]], i[0])))
            norms += level.norms
        before = model(*inputs)
        for norm in norms:
            mean, variance = seen[norm].mean((0, 2, 3)), seen[norm].var((0, 2, 3))
            norm.running_mean.copy_(mean), norm.running_var.copy_(variance)
            norm.bias += norm.weight * mean
            norm.weight *= (variance + norm.eps).sqrt()
        for hook in hooks:
            hook.remove()
        after = model(*inputs)
    tensors = lambda answer: answer if isinstance(answer, tuple) else (answer,)
    return max(float((a - b).abs().max()) for a, b in zip(tensors(before), tensors(after)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path, help="models/NAME.onnx")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--teachers", default="../shared/models")
    parser.add_argument("--cache", type=Path, default=Path("training/runs/face_data"))
    options = parser.parse_args()
    name = options.network.stem
    train, _ = data.load(options.cache, options.data, options.teachers)
    model = NETWORKS[name]()
    inputs = [torch.from_numpy(c).float() / 255 for c in crops(name, train, options.cache)]
    difference = reopen(model, options.network, inputs)
    options.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"network": name, "average": model.state_dict()}, options.checkpoint)
    print(f"{options.checkpoint}: batch norm moved the answers by at most {difference:.1e}")


if __name__ == "__main__":
    main()
