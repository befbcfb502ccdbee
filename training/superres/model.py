"""The networks: low-resolution picture [n, 3, h, w] in, [n, 3, 4h, 4w] out, RGB in 0..1, any height and width.

`full` is SRResNet as in Ledig et al. 2017, section 3. `deep` has its body (16 blocks of 64 channels) without batch norm, as Lim et
al. 2017 (EDSR) found better: what a processor can train. `small`, `medium` and `deep` do all their work at the low resolution and add
what bicubic enlargement lacks; what may stand in them is decided by ONNX Runtime's clock: it fuses LeakyReLU and sums into
convolutions, but not PReLU, and a Resize node with bicubic weights takes four times as long as the whole of `small`.
"""

import torch
from torch import nn
from torch.nn import functional

from data import SCALE, cubic


class Block(nn.Module):
    """Residual block: convolution, (batch norm), PReLU, convolution, (batch norm), sum."""

    def __init__(self, width, batch_norm):
        super().__init__()
        norm = (lambda: [nn.BatchNorm2d(width)]) if batch_norm else list
        first, second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.layers = nn.Sequential(first, *norm(), nn.PReLU(width), second, *norm())

    def forward(self, x):
        return x + self.layers(x)


class SRResNet(nn.Module):
    """Residual blocks at the low resolution, then two pixel-shuffle steps."""

    def __init__(self, blocks=16, width=64, batch_norm=True):
        super().__init__()
        self.head = nn.Sequential(nn.Conv2d(3, width, 9, padding=4), nn.PReLU(width))
        body = [Block(width, batch_norm) for _ in range(blocks)]
        body += [nn.Conv2d(width, width, 3, padding=1)] + [nn.BatchNorm2d(width)] * batch_norm
        self.body = nn.Sequential(*body)
        steps = [[nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU(width)] for _ in range(2)]
        self.tail = nn.Sequential(*steps[0], *steps[1], nn.Conv2d(width, 3, 9, padding=4))

    def forward(self, image):
        features = self.head(image)
        enlarged = self.tail(features + self.body(features))
        return enlarged if self.training else enlarged.clamp(0.0, 1.0)


class Residual(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, width):
        super().__init__()
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))

    def forward(self, x):
        return x + self.second(functional.leaky_relu(self.first(x), 0.1))


class Compact(nn.Module):
    """Plain 3x3 convolutions and residual pairs at the low resolution, one pixel-shuffle at the end."""

    def __init__(self, width, plain=0, pairs=0):
        super().__init__()
        layers = [nn.Conv2d(3, width, 3, padding=1), nn.LeakyReLU(0.1)]
        for _ in range(plain):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(0.1)]
        layers += [Residual(width) for _ in range(pairs)]
        self.layers = nn.Sequential(*layers)
        self.detail = nn.Conv2d(width, 3 * SCALE**2, 1)
        self.enlarge = nn.Conv2d(3, 3 * SCALE**2, 5, bias=False)
        with torch.no_grad():
            self.detail.weight.mul_(0.1)
            self.detail.bias.zero_()
            self.enlarge.weight.copy_(bicubic_weights())

    def forward(self, image):
        around = functional.pad(image, (2, 2, 2, 2), mode="replicate")
        cells = self.enlarge(around) + self.detail(self.layers(image))
        # Clamped before the shuffle, where ONNX Runtime does it along with the sum.
        return functional.pixel_shuffle(cells if self.training else cells.clamp(0.0, 1.0), SCALE)


def bicubic_weights():
    """Bicubic enlargement as a 5x5 convolution before a pixel-shuffle, [3 * 16, 3, 5, 5]; free to be trained further."""
    offsets = (torch.arange(SCALE) + 0.5) / SCALE - 0.5  # of the output samples from the input sample, in its pixels
    line = torch.from_numpy(cubic((offsets[:, None] - torch.arange(-2, 3)).numpy())).float()
    plane = torch.einsum("iy,jx->ijyx", line, line).reshape(SCALE**2, 5, 5)
    weight = torch.zeros(3, SCALE**2, 3, 5, 5)
    for channel in range(3):
        weight[channel, :, channel] = plane
    return weight.reshape(3 * SCALE**2, 3, 5, 5)


class Discriminator(nn.Module):
    """Eight 3x3 convolutions, strides 1 and 2 in turn; [n, 3, side, side] to a logit each, high for real pictures."""

    def __init__(self, side=96, width=64):
        """`width`: channels of the first layer; 64 in the paper."""
        super().__init__()
        layers, before, widest = [], 3, 8 * width
        for width in (width, 2 * width, 4 * width, widest):
            for stride in (1, 2):
                layers.append(nn.Conv2d(before, width, 3, stride, 1))
                if before != 3:
                    layers.append(nn.BatchNorm2d(width))
                layers.append(nn.LeakyReLU(0.2))
                before = width
        self.layers = nn.Sequential(*layers)
        cells = (side // 16) ** 2
        self.judge = nn.Sequential(nn.Linear(widest * cells, 1024), nn.LeakyReLU(0.2), nn.Linear(1024, 1))

    def forward(self, picture):
        return self.judge(self.layers(picture).flatten(1))[:, 0]


def build(name):
    """GMAC for 128 -> 512: full 38, deep 20, medium 5.6, small 0.54."""
    if name == "full":
        return SRResNet()
    return {"deep": Compact(64, pairs=16), "medium": Compact(48, pairs=8), "small": Compact(32, plain=3)}[name]


def grown(model, state):
    """`state` of a narrower or shallower network of the same family, grown to `model` so that the output stays the same."""
    result = {}
    for name, value in model.state_dict().items():
        old = state.get(name)
        value = value.clone()
        if old is None:
            if ".second." in name:
                value.zero_()  # a new block adds nothing at first
        elif value.dim() == 4:
            out, into = old.shape[:2]
            value[:out, into:] = 0.0  # old channels do not hear new ones at first
            value[:out, :into] = old
        else:
            value[: len(old)] = old
        result[name] = value
    return result


def fold(model):
    """Batch norms moved into the convolutions before them; the network must be in evaluation mode. Returns it."""
    for part in [m for m in model.modules() if isinstance(m, nn.Sequential)]:
        layers = list(part)
        for i in range(1, len(layers)):
            if isinstance(layers[i], nn.BatchNorm2d):
                layers[i - 1] = nn.utils.fusion.fuse_conv_bn_eval(layers[i - 1], layers[i])
                layers[i] = nn.Identity()
        for i, layer in enumerate(layers):
            part[i] = layer
    return model


def parameters(model):
    return sum(p.numel() for p in model.parameters())
