"""The landmark network in use, for the evaluation: points of a picture, rows as a tracker has them, tiles to look at."""

import cv2
import numpy as np

import marks
from export import session
from model import FaceLandmarks

SIDE, CONTEXT = FaceLandmarks.SIDE, FaceLandmarks.CONTEXT


class Points:
    """The network in use: RGB picture and face row in, (points [68, 2] in picture pixels, presence) out."""

    def __init__(self, path):
        self.net = session(path)

    def __call__(self, rgb, face):
        matrix = marks.upright(face, SIDE, CONTEXT)
        scale = np.hypot(matrix[0, 0], matrix[1, 0])
        if scale < 0.6:
            rgb = cv2.GaussianBlur(rgb, (0, 0), 0.4 / scale)
        crop = cv2.warpAffine(rgb, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        points, presence = self.net.run(None, {"image": crop.transpose(2, 0, 1)[None].astype(np.float32) / 255})
        return marks.through(points.reshape(68, 2) * SIDE, marks.back(matrix)), float(presence[0, 0])


def jittered(face, random):
    """The face row as a tracker would have it: a little off, and turned a little."""
    out, size = face.copy(), max(face[2:4])
    out[:2] += random.normal(0, 0.03, 2) * size
    out[2:4] *= np.exp(random.normal(0, 0.04))
    out[4:14] += random.normal(0, 0.015, 10) * size
    return out


def tile(rgb, face, points, side=200):
    matrix = marks.upright(face, side, 1.7)
    out = cv2.warpAffine(rgb, matrix, (side, side))
    for x, y in marks.through(points, matrix):
        cv2.circle(out, (int(round(x * 8)), int(round(y * 8))), 11, (0, 255, 0), -1, shift=3)
    return out
