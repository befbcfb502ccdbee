"""Pictures for super-resolution: MATLAB's bicubic, pairs of high and low resolution in memory, random crops, benchmarks.

A picture is an array [h, w, 3], uint8, RGB, sRGB-encoded; "high" has four times the side of "low".
"""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch

SCALE = 4
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp"}
FACE_SHARE = 0.15  # of the crops, where there are faces
STYLIZED_SHARE = 0.25  # of the crops, where there are stylized faces
MOST_FACES = 600  # pictures of one faces folder that are used, spread evenly


def cubic(distance):
    """Keys' kernel with a = -0.5; zero from a distance of 2 on."""
    x = np.abs(distance)
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


@lru_cache(maxsize=256)
def weights(length, scale):
    """What every input sample gives to every output sample, [ceil(length * scale), length]; rows sum to 1.

    When shrinking, the kernel is widened by 1 / scale. Beyond the border the signal is mirrored, the edge sample twice.
    """
    count, stretch = int(np.ceil(length * scale)), max(1.0, 1.0 / scale)
    table = np.zeros((count, length))
    for i in range(count):
        middle = (i + 0.5) / scale - 0.5
        taps = np.arange(np.ceil(middle - 2 * stretch), np.floor(middle + 2 * stretch) + 1).astype(int)
        parts = cubic((middle - taps) / stretch)
        folded = taps % (2 * length)
        np.add.at(table[i], np.where(folded < length, folded, 2 * length - 1 - folded), parts / parts.sum())
    return table


def imresize(picture, scale):
    """MATLAB's imresize(picture, scale) for uint8, [h, w] or [h, w, c]: bicubic, rounded to 8 bits after each axis."""
    for axis in (0, 1):
        resized = np.tensordot(weights(picture.shape[axis], scale), picture.astype(np.float64), (1, axis))
        picture = np.clip(np.floor(np.moveaxis(resized, 0, axis) + 0.5), 0, 255).astype(np.uint8)
    return picture


def whole(picture):
    """Cut so that both sides are multiples of SCALE."""
    return picture[: picture.shape[0] // SCALE * SCALE, : picture.shape[1] // SCALE * SCALE]


def files(folder):
    found = sorted(f for f in Path(folder).rglob("*") if f.suffix.lower() in SUFFIXES)
    if not found:
        raise SystemExit(f"{folder} holds no pictures")
    return found


def read(path):
    """[h, w, 3] RGB, or [h, w] for a grey file."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise SystemExit(f"{path} cannot be read")
    return picture if picture.ndim == 2 else np.ascontiguousarray(picture[:, :, 2::-1])


def three(picture):
    """Grey made R = G = B."""
    return picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, 2)


class Pairs:
    """All training pictures, decoded once, each with its low-resolution version."""

    def __init__(self, folders, face_folders, stylized, least):
        """`stylized`: a folder or nothing. Pictures with a side under `least` pixels are left out."""
        self.general = self.load([f for folder in folders for f in files(folder)], least)
        faces = [spread(files(folder), MOST_FACES) for folder in face_folders]
        self.faces = [self.load(group, least) for group in faces]
        self.stylized = self.load(files(stylized), least) if stylized else []
        areas = np.array([high.shape[0] * high.shape[1] for high, _ in self.general], np.float64)
        self.chances = np.cumsum(areas / areas.sum())

    @staticmethod
    def load(paths, least):
        pictures = (whole(three(read(path))) for path in paths)
        return [(high, imresize(high, 1 / SCALE)) for high in pictures if min(high.shape[:2]) >= least]

    def __len__(self):
        return len(self.general) + len(self.stylized) + sum(len(group) for group in self.faces)

    def pick(self, random):
        """A large picture more often than a small one; now and then a stylized face or one of a faces folder, each as often."""
        if self.stylized and random.random() < STYLIZED_SHARE:
            return self.stylized[random.integers(len(self.stylized))]
        if self.faces and random.random() < FACE_SHARE:
            group = self.faces[random.integers(len(self.faces))]
            return group[random.integers(len(group))]
        return self.general[min(np.searchsorted(self.chances, random.random()), len(self.general) - 1)]

    def batch(self, random, count, side):
        """Low [n, 3, side / 4, side / 4] and high [n, 3, side, side], float in 0..1, flipped and turned at random."""
        lows, highs, part = [], [], side // SCALE
        for _ in range(count):
            high, low = self.pick(random)
            y, x = (int(random.integers(size - part + 1)) for size in low.shape[:2])
            turns, flip = int(random.integers(4)), 1 - 2 * int(random.integers(2))
            lows.append(np.rot90(low[y : y + part, x : x + part], turns)[:, ::flip])
            y, x = SCALE * y, SCALE * x
            highs.append(np.rot90(high[y : y + side, x : x + side], turns)[:, ::flip])
        return tensor(np.stack(lows)), tensor(np.stack(highs))


def spread(items, most):
    """At most `most` of them, evenly spaced."""
    return [items[i * len(items) // most] for i in range(most)] if len(items) > most else items


def tensor(pictures):
    """[n, h, w, 3] uint8 to [n, 3, h, w] float in 0..1, channels last in memory."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255


def benchmark(folder):
    """Names, high and low resolution of every test picture; grey files stay grey, as in the published figures."""
    highs = [(path.stem, whole(read(path))) for path in files(folder)]
    return [(name, high, imresize(high, 1 / SCALE)) for name, high in highs]
