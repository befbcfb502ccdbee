"""The style encoder that ships: a small network of our own, trained from random weights.

It learns the codes of the reference encoder in `model.py`, whose frozen features are SqueezeNet's and which stays in training.
Style is in the statistics of features at several scales, so that is all that reaches the code: channel means and deviations of
the picture itself and of four convolutional levels.
"""

from torch import Tensor, cat, nn
from torch.nn import functional

from model import CODE_SIZE, channel_statistics

# Channels, and whether the level looks once more at its own resolution.
LEVELS = ((16, False), (32, False), (64, True), (96, True))
STATISTICS = 2 * (3 + sum(channels for channels, _ in LEVELS))
HIDDEN = 320


class Level(nn.Module):
    """Halves the resolution; at the coarse levels looks once more."""

    def __init__(self, in_channels: int, channels: int, side: int, looks: bool) -> None:
        super().__init__()
        self.down = nn.Conv2d(in_channels, channels, side, stride=2, padding=side // 2, bias=False)
        self.down_norm = nn.BatchNorm2d(channels)
        self.look = nn.Conv2d(channels, channels, 3, padding=1, bias=False) if looks else None
        self.look_norm = nn.BatchNorm2d(channels) if looks else None

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.down_norm(self.down(x)))
        return x if self.look is None else x + functional.relu(self.look_norm(self.look(x)))


class SmallStyleEncoder(nn.Module):
    """Any picture, [n, 3, 256, 256], RGB in [0, 1], to a style code, [n, CODE_SIZE]."""

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.ModuleList()
        before = 3
        for channels, looks in LEVELS:
            self.levels.append(Level(before, channels, 5 if before == 3 else 3, looks))
            before = channels
        self.scale = nn.BatchNorm1d(STATISTICS)
        self.first = nn.Linear(STATISTICS, HIDDEN)
        self.second = nn.Linear(HIDDEN, HIDDEN)
        self.last = nn.Linear(HIDDEN, CODE_SIZE)

    def forward(self, style: Tensor) -> Tensor:
        statistics = [channel_statistics(style)]
        x = style
        for level in self.levels:
            x = level(x)
            statistics.append(channel_statistics(x))
        x = functional.leaky_relu(self.first(self.scale(cat(statistics, 1))), 0.1)
        x = x + functional.leaky_relu(self.second(x), 0.1)
        return self.last(x)
