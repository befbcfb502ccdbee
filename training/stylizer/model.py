"""The two networks of the one-shot stylizer: a style encoder and a transfer network.

The encoder turns any reference picture into a style code once; the transfer network repaints every live frame with that code.
What may stand in the transfer network is decided by ONNX Runtime's clock on one core, not by its multiply-adds: dense 3x3
convolutions with 32 channels at a quarter of the resolution are cheap there, depthwise convolutions and pixel-unshuffle are not.
All pictures are RGB in [0, 1], sRGB-encoded, NCHW.
"""

import math
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from torch import Tensor, nn
from torch.nn import functional

CODE_SIZE = 100
STYLE_SIDE = 256

# Caffe's ImageNet mean in 0..255, blue first, which the SqueezeNet weights were trained with.
CAFFE_MEAN_BGR = (104.0, 117.0, 123.0)
# (squeeze, expand) channels of the fire modules in use, and whether a max pool stands before each.
FIRES = {2: (16, 64, True), 3: (16, 64, False), 4: (32, 128, False), 5: (32, 128, True), 6: (48, 192, False)}
STATISTICS_SIZE = 2 * (96 + sum(2 * expand for _, expand, _ in FIRES.values()))


class Fire(nn.Module):
    """SqueezeNet's building block: 1x1 down, then 1x1 and 3x3 up side by side."""

    def __init__(self, in_channels: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze1x1 = nn.Conv2d(in_channels, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.squeeze1x1(x))
        return functional.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], 1))


class StyleStatistics(nn.Module):
    """Channel means and deviations of SqueezeNet features, [n, 3, 256, 256] -> [n, STATISTICS_SIZE].

    The weights stay frozen: a few hundred training styles are too few to learn features that hold for every picture,
    and frozen statistics can be computed once per style crop and kept.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 7, stride=2)
        in_channels = 96
        for number, (squeeze, expand, _) in FIRES.items():
            setattr(self, f"fire{number}", Fire(in_channels, squeeze, expand))
            in_channels = 2 * expand
        self.register_buffer("mean_bgr", torch.tensor(CAFFE_MEAN_BGR).view(1, 3, 1, 1))
        self.requires_grad_(False)

    def forward(self, style: Tensor) -> Tensor:
        x = torch.cat([style[:, 2:3], style[:, 1:2], style[:, 0:1]], 1) * 255.0 - self.mean_bgr
        x = functional.relu(self.conv1(x))
        statistics = [channel_statistics(x)]
        for number, (_, _, pool_before) in FIRES.items():
            if pool_before:
                x = functional.max_pool2d(x, 3, stride=2, ceil_mode=True)
            x = getattr(self, f"fire{number}")(x)
            statistics.append(channel_statistics(x))
        return torch.cat(statistics, 1)

    def load_squeezenet(self, path: Path) -> None:
        """Fills the weights from the 8-bit ONNX file, in which each weight is a code into a table of its layer."""
        stored = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
        with torch.no_grad():
            for name, module in self.named_modules():
                if isinstance(module, nn.Conv2d):
                    key = name.replace(".", "_")
                    weight = stored[f"{key}_table"][stored[f"{key}_codes"].astype(np.int64)]
                    module.weight.copy_(torch.from_numpy(weight.astype(np.float32)))
                    module.bias.copy_(torch.from_numpy(stored[f"{key}_b"].astype(np.float32)))


def channel_statistics(x: Tensor) -> Tensor:
    """Mean and standard deviation of each channel, [n, c, h, w] -> [n, 2c], on a log scale because both span decades."""
    mean = x.mean((2, 3))
    variance = (x * x).mean((2, 3)) - mean * mean
    return torch.cat([torch.log1p(mean), torch.log1p(torch.sqrt(variance.clamp_min(1e-6)))], 1)


class StyleEncoder(nn.Module):
    """Any picture, [n, 3, 256, 256], to a style code, [n, CODE_SIZE], with roughly unit variance in each number."""

    HIDDEN = 208

    def __init__(self) -> None:
        super().__init__()
        self.statistics = StyleStatistics()
        self.register_buffer("statistics_mean", torch.zeros(STATISTICS_SIZE))
        self.register_buffer("statistics_scale", torch.ones(STATISTICS_SIZE))
        self.first = nn.Linear(STATISTICS_SIZE, self.HIDDEN)
        self.second = nn.Linear(self.HIDDEN, self.HIDDEN)
        self.last = nn.Linear(self.HIDDEN, CODE_SIZE)
        self.dropout = nn.Dropout(0.1)

    def forward(self, style: Tensor) -> Tensor:
        return self.code_from_statistics(self.statistics(style))

    def code_from_statistics(self, statistics: Tensor) -> Tensor:
        x = (statistics - self.statistics_mean) * self.statistics_scale
        x = functional.leaky_relu(self.first(self.dropout(x)), 0.1)
        x = x + functional.leaky_relu(self.second(self.dropout(x)), 0.1)
        return self.last(x)

    def head_parameters(self) -> list[nn.Parameter]:
        return [p for layer in (self.first, self.second, self.last) for p in layer.parameters()]


class StyledNorm(nn.Module):
    """Instance norm whose scale and shift come from the style."""

    def __init__(self, channels: int, style_size: int) -> None:
        super().__init__()
        self.norm = nn.InstanceNorm2d(channels, eps=1e-3)
        self.scale_shift = nn.Linear(style_size, 2 * channels)
        nn.init.normal_(self.scale_shift.weight, std=0.02)
        nn.init.zeros_(self.scale_shift.bias)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.scale_shift(style).chunk(2, 1)
        return self.norm(x) * (1.0 + scale[..., None, None]) + shift[..., None, None]


class StyledBlock(nn.Module):
    """A residual pair of 3x3 convolutions; dilation widens the view at no cost in time."""

    def __init__(self, channels: int, style_size: int, dilations: tuple[int, int]) -> None:
        super().__init__()
        first, second = dilations
        self.conv_a = nn.Conv2d(channels, channels, 3, padding=first, dilation=first)
        self.norm_a = StyledNorm(channels, style_size)
        self.conv_b = nn.Conv2d(channels, channels, 3, padding=second, dilation=second)
        self.norm_b = StyledNorm(channels, style_size)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        h = functional.relu(self.norm_a(self.conv_a(x), style))
        return x + self.norm_b(self.conv_b(h), style)


class EvenUpsampling(nn.Module):
    """Twice the size by a 5x5 convolution over the picture with each pixel doubled.

    It runs as a 3x3 convolution with four times the channels and a pixel shuffle, which costs the same as free weights for the four
    pixels would. But with free weights even a flat input becomes a mesh (Odena et al., Distill 2016); here flat stays flat.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before, 5, 5) / math.sqrt(25 * before))
        self.bias = nn.Parameter(torch.zeros(after))
        self.register_buffer("fold", fold_of_doubling(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        weight = torch.einsum("oiab,yta,xsb->oyxits", self.weight, self.fold, self.fold)
        after, before = self.weight.shape[:2]
        bias = self.bias.repeat_interleave(4)
        return functional.pixel_shuffle(functional.conv2d(x, weight.reshape(4 * after, before, 3, 3), bias, padding=1), 2)

    def fit(self, weight: Tensor, bias: Tensor) -> None:
        """Takes the weights nearest to free ones, [4 * after, before, 3, 3] and [4 * after]."""
        after, before = self.weight.shape[:2]
        fold = torch.einsum("yta,xsb->yxtsab", self.fold, self.fold).reshape(36, 25)
        free = weight.reshape(after, 2, 2, before, 3, 3).permute(1, 2, 4, 5, 0, 3).reshape(36, after * before)
        with torch.no_grad():
            self.weight.copy_((torch.linalg.pinv(fold) @ free).reshape(5, 5, after, before).permute(2, 3, 0, 1))
            self.bias.copy_(bias.reshape(after, 4).mean(1))


def fold_of_doubling() -> Tensor:
    """[2, 3, 5]: the part that each of 5 taps, at the first or second pixel of a doubled one, has in the 3 pixels before doubling."""
    fold = torch.zeros(2, 3, 5)
    for phase in range(2):
        for tap in range(5):
            fold[phase, (phase + tap - 2) // 2 + 1, tap] = 1.0
    return fold


class TransferNetwork(nn.Module):
    """Repaints `content` [n, 3, h, w] with `code` [n, CODE_SIZE]; h and w are multiples of 4. Returns the same shape.

    The half-resolution features of the stem skip the trunk, so that eyes and mouth keep their edges.
    """

    def __init__(
        self,
        stem: int = 16,
        trunk: int = 32,
        tail: int = 16,
        style_size: int = 128,
        dilations: tuple[tuple[int, int], ...] = ((1, 1), (2, 2), (1, 4), (1, 1)),
    ) -> None:
        super().__init__()
        self.style = nn.Sequential(nn.Linear(CODE_SIZE, style_size), nn.LeakyReLU(0.1))
        self.to_half = nn.Conv2d(3, stem, 4, stride=2, padding=1)
        self.to_quarter = nn.Conv2d(stem, trunk, 3, stride=2, padding=1)
        self.norm_in = StyledNorm(trunk, style_size)
        self.blocks = nn.ModuleList(StyledBlock(trunk, style_size, pair) for pair in dilations)
        self.from_quarter = EvenUpsampling(trunk, tail)
        self.norm_out = StyledNorm(tail, style_size)
        self.from_half = nn.Conv2d(tail + stem, 12, 3, padding=1)

    def forward(self, content: Tensor, code: Tensor) -> Tensor:
        style = self.style(code)
        half = functional.relu(self.to_half(content * 2.0 - 1.0))
        x = functional.relu(self.norm_in(self.to_quarter(half), style))
        for block in self.blocks:
            x = block(x, style)
        x = functional.relu(self.norm_out(self.from_quarter(x), style))
        x = self.from_half(torch.cat([x, half], 1))
        return torch.sigmoid(functional.pixel_shuffle(x, 2))

    def load(self, state: dict[str, Tensor]) -> None:
        """Also takes weights from before `EvenUpsampling`, as near as it can."""
        state = dict(state)
        free, bias = state.get("from_quarter.weight"), state.get("from_quarter.bias")
        if free is not None and free.shape[-1] == 3:
            self.from_quarter.fit(free, bias)
            state |= {f"from_quarter.{name}": value for name, value in self.from_quarter.state_dict().items()}
            for name in ("weight", "bias"):
                rows = state[f"norm_out.scale_shift.{name}"]
                state[f"norm_out.scale_shift.{name}"] = rows.reshape(2, -1, 4, *rows.shape[1:]).mean(2).flatten(0, 1)
        self.load_state_dict(state)
