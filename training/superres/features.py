"""SqueezeNet 1.0's features, frozen: what the GAN stage compares beside pixels. (The paper has VGG-19 there.)"""

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from torch import nn
from torch.nn import functional

MEAN_BGR = (104.0, 117.0, 123.0)  # in 0..255, as the weights were trained
# (squeeze, expand) channels of each fire module, and whether a max pool stands before it.
FIRES = {2: (16, 64, True), 3: (16, 64, False), 4: (32, 128, False), 5: (32, 128, True), 6: (48, 192, False), 7: (48, 192, False)}
COMPARED = ("conv1", "fire4", "fire7")  # at 1/2, 1/4 and 1/8 of the side


class Features(nn.Module):
    """Pictures [n, 3, h, w], RGB in 0..1, to the maps named in COMPARED."""

    def __init__(self, path):
        """`path` of the ONNX file, in which each weight is a code into a table of its layer."""
        super().__init__()
        stored = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}

        def convolution(name, before, after, side, **options):
            layer = nn.Conv2d(before, after, side, **options)
            weight = stored[f"{name}_table"][stored[f"{name}_codes"].astype(np.int64)].astype(np.float32)
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(weight))
                layer.bias.copy_(torch.from_numpy(stored[f"{name}_b"].astype(np.float32)))
            self.add_module(name, layer)
            return after

        before = convolution("conv1", 3, 96, 7, stride=2)
        for number, (squeeze, expand, _) in FIRES.items():
            convolution(f"fire{number}_squeeze1x1", before, squeeze, 1)
            convolution(f"fire{number}_expand1x1", squeeze, expand, 1)
            before = 2 * convolution(f"fire{number}_expand3x3", squeeze, expand, 3, padding=1)
        self.register_buffer("mean", torch.tensor(MEAN_BGR).view(1, 3, 1, 1))
        self.requires_grad_(False)

    def forward(self, picture):
        layer = dict(self.named_children())
        x = functional.relu(layer["conv1"](picture.flip(1) * 255.0 - self.mean))
        maps = {"conv1": x}
        for number, (_, _, pool) in FIRES.items():
            if pool:
                x = functional.max_pool2d(x, 3, stride=2, ceil_mode=True)
            x = functional.relu(layer[f"fire{number}_squeeze1x1"](x))
            x = torch.cat([layer[f"fire{number}_expand1x1"](x), layer[f"fire{number}_expand3x3"](x)], 1)
            x = maps[f"fire{number}"] = functional.relu(x)
        return [maps[name] for name in COMPARED]


def distance(ours, theirs):
    """Mean square difference of the maps, each in units of the second one's mean square."""
    parts = [functional.mse_loss(a, b) / b.square().mean().clamp_min(1e-8) for a, b in zip(ours, theirs)]
    return sum(parts) / len(parts)
