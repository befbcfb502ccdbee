"""Heads without hair, as babies and bald people have them: the hair of photographs painted over in the colour of their skin.

A detector that only knows heads with hair takes a bald one in profile for a face, all of it. The hair is what our own mask network
(models/face_mask.onnx) says; a plain garment under the chin, since a bright one can be taken for part of a larger face.
"""

import copy
from pathlib import Path

import cv2
import numpy as np

from export import session
from heads import SEEN, cutting
from model import FaceMask

MASK = Path(__file__).parents[2] / "models" / "face_mask.onnx"
SMALLEST = 24  # pixels of a face whose hair is painted over
MOST_LONG = 0.35  # share of the hair that may lie outside the skull: long hair painted as skin is no head
GARMENT = 0.6  # share of the heads that wear a plain garment


class Barber:
    """Paints hair over."""

    def __init__(self, random):
        self.random, self.net = random, session(MASK)
        side = FaceMask.SIDE
        y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
        # The skull in the mask's window, ears and back of a turned head in it.
        self.radius = np.hypot(x / 0.36, (y + 0.08) / 0.4)
        self.way = np.stack([x, y])

    def __call__(self, picture):
        """A copy of `picture` whose largest face has no hair, or None where that cannot be done."""
        face = max(picture.sure, key=lambda f: f[2])
        if face[2] < SMALLEST:
            return None
        side, (high, wide) = FaceMask.SIDE, picture.rgb.shape[:2]
        matrix = cutting(face, side, SEEN)
        crop = cv2.warpAffine(picture.rgb, matrix, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        skin, hair = self.net.run(None, {"image": crop.transpose(2, 0, 1)[None].astype(np.float32) / 255})[0][0]
        skull = np.clip((1.08 - self.radius) / 0.12, 0, 1)
        kept, all_of_it = float((hair * skull).sum()), float(hair.sum())
        seen = skin > 0.8
        if seen.sum() < 200 or all_of_it < 0.1 * skin.sum() or kept < (1 - MOST_LONG) * all_of_it:
            return None
        upper = seen & (self.way[1] < 0.02)
        tone = crop[upper if upper.sum() > 60 else seen].mean(0)
        painted = self.skin_of(tone, crop)
        alpha = cv2.blur(np.clip(hair * 1.3, 0, 1) * skull, (5, 5)) * self.random.uniform(0.75, 1.0)
        back = lambda image: cv2.warpAffine(image, matrix, (wide, high), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        rgb = picture.rgb.astype(np.float32)
        if self.random.random() < GARMENT:
            self.dress(rgb, face, back(skin))
        rgb += (back(painted) - rgb) * back(alpha)[:, :, None]
        bald = copy.copy(picture)
        bald.rgb = np.clip(rgb, 0, 255).astype(np.uint8)
        return bald

    def skin_of(self, tone, crop):
        """A scalp in the colour `tone`: round, lit from one side, with a little of what grew there."""
        light = self.random.normal(0, 0.3, 2)
        shade = 1.02 - 0.3 * np.clip(self.radius, 0, 1.2) ** 4 + light[0] * self.way[0] + light[1] * self.way[1]
        grown = crop.astype(np.float32)
        fine = grown - cv2.GaussianBlur(grown, (0, 0), 5)
        return (tone * shade[:, :, None] + fine * self.random.uniform(0.0, 0.5)).astype(np.float32)

    def dress(self, rgb, face, skin):
        """A plain garment from the chin down, behind the face."""
        random = self.random
        points = face[4:14].reshape(5, 2)
        along = points[1] - points[0]
        along = along / max(np.hypot(*along), 1e-3) if along[0] > 0.05 * face[2] else np.array([1.0, 0.0])
        down, half = np.array([-along[1], along[0]]), face[2:4] / 2
        neck, shoulder = random.uniform(0.3, 0.7), random.uniform(1.1, 2.0)
        outline = [(neck, random.uniform(0.9, 1.1)), (shoulder, random.uniform(1.3, 1.8)), (shoulder * random.uniform(0.9, 1.3), 6)]
        outline += [(-x, y) for x, y in reversed(outline)]
        corners = [face[:2] + along * (x * half[0]) + down * (y * half[1]) for x, y in outline]
        mask = np.zeros(rgb.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.clip(corners, -9999, 9999).astype(np.int32)], 255, cv2.LINE_AA)
        hue = np.uint8([[[random.integers(0, 180), random.integers(0, 256), random.integers(40, 256)]]])
        colour = cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)
        y, x = np.mgrid[0 : rgb.shape[0], 0 : rgb.shape[1]].astype(np.float32)
        across = ((x - face[0]) * along[0] + (y - face[1]) * along[1]) / half[0]
        shade = 1 - 0.12 * across**2 + random.normal(0, 0.1) * across
        alpha = mask.astype(np.float32) / 255 * (1 - np.clip(skin * 1.5, 0, 1))
        rgb += (colour * np.clip(shade, 0.3, 1.3)[:, :, None] - rgb) * alpha[:, :, None]


def bald_heads(pictures, random, most):
    """Up to `most` of `pictures` with painted heads."""
    barber, made = Barber(random), []
    for at in random.permutation(len(pictures)):
        if len(made) >= most:
            break
        head = barber(pictures[at])
        if head is not None:
            made.append(head)
    return made
