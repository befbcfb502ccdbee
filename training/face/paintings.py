"""Turns crops of faces into paintings of faces, for a landmark network that finds them in references, too.

The product's own stylizer paints, in the codes of many pictures; a smooth bend moves the features as painters do.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import int8  # noqa: E402

STYLE_SIDE = 256
SIDES = 112, 160, 224  # of the crop while it is painted: strokes of three sizes, multiples of 4
BEND = 0.028  # deviation of a node of the bend, units of the crop's side
NODES = 5  # a side


class Painter:
    """Paints crops, RGB uint8 [S, S, 3], with points [68, 2] in pixels. `styles`: a folder of pictures."""

    def __init__(self, styles, models, random):
        self.random = random
        self.transfer = int8.session(Path(models) / "style_transfer_int8.onnx")
        encoder = int8.session(Path(models) / "style_encoder.onnx")
        files = sorted(f for f in Path(styles).rglob("*") if f.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})
        pictures = (cv2.imread(str(f)) for f in files)
        self.codes = [encoder.run(None, {"style": square(p)})[0] for p in pictures if p is not None]

    def __call__(self, crop, points):
        crop, points = self.bent(crop, points) if self.random.random() < 0.6 else (crop, points)
        side = SIDES[self.random.integers(len(SIDES))]
        large = cv2.resize(crop, (side, side), interpolation=cv2.INTER_CUBIC)
        first, second = (self.codes[i] for i in self.random.integers(len(self.codes), size=2))
        mix = self.random.random() * (self.random.random() < 0.3)
        feed = {"content": tensor(large), "code": (1 - mix) * first + mix * second}
        painted = self.transfer.run(None, feed)[0][0].transpose(1, 2, 0)
        painted = (painted * 255 + 0.5).astype(np.uint8)
        return cv2.resize(painted, crop.shape[1::-1], interpolation=cv2.INTER_AREA), points

    def bent(self, crop, points):
        side = crop.shape[0]
        nodes = self.random.normal(0, BEND * side, (NODES, NODES, 2)).astype(np.float32)
        nodes -= nodes.mean((0, 1))
        bend = cv2.resize(nodes, (side, side), interpolation=cv2.INTER_CUBIC)
        y, x = np.mgrid[0:side, 0:side].astype(np.float32)
        bowed = cv2.remap(crop, x + bend[..., 0], y + bend[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        # What was at `x + bend(x)` is at `x` now; three rounds find that place.
        moved = points.copy()
        for _ in range(3):
            at = np.clip(moved.round().astype(int), 0, side - 1)
            moved = points - bend[at[:, 1], at[:, 0]]
        return bowed, moved


def tensor(picture):
    return (picture.astype(np.float32) / 255).transpose(2, 0, 1)[None]


def square(picture):
    """The middle square of a BGR picture as the style encoder takes it."""
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    part = picture[top : top + side, left : left + side, ::-1]
    return tensor(cv2.resize(part, (STYLE_SIDE, STYLE_SIDE), interpolation=cv2.INTER_AREA))
