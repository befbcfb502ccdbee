"""Measures models/face_landmarks.onnx on people who were not trained on, beside OpenSeeFace, and writes its card.

python training/face/evaluate_points.py --data DATA --teachers MODELS [--card MINUTES] [--sheet SHEET.png]
"""

import argparse

import cv2
import numpy as np

import cards
import data
import marks
from export import milliseconds, session
from light import Light, texture
from model import FaceLandmarks

SIDE, CONTEXT = FaceLandmarks.SIDE, FaceLandmarks.CONTEXT
HAS = [i for i in range(68) if i not in (60, 64)]


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--teachers", required=True)
    parser.add_argument("--cache", default="training/runs/face_data")
    parser.add_argument("--models", default="models")
    parser.add_argument("--card", type=float, help="minutes of training; writes the card")
    parser.add_argument("--sheet")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    _, people = data.load(arguments.cache, arguments.data, arguments.teachers)
    truth = marks.hand_set(arguments.data, people)
    random = np.random.default_rng(1)
    ours, teacher = Points(f"{arguments.models}/face_landmarks.onnx"), marks.Teachers(arguments.teachers)
    gaps, gaps_66, theirs, shakes, there, tiles = [], [], [], [], [], []
    for number, points in truth.items():
        picture = people[number]
        face = min(picture.sure, key=lambda f: np.linalg.norm(f[:2] - points.mean(0)), default=None)
        if face is None or np.abs(face[:2] - points.mean(0)).max() > 0.5 * face[2]:
            continue
        eyes = np.linalg.norm(points[36] - points[45])
        rough = jittered(face, random)
        found, presence = ours(picture.rgb, rough)
        gaps.append(np.linalg.norm(found - points, axis=1).mean() / eyes)
        gaps_66.append(np.linalg.norm(found[HAS] - points[HAS], axis=1).mean() / eyes)
        there.append(presence)
        matrix = marks.upright(rough)
        first, _, _ = teacher(cv2.warpAffine(picture.rgb, matrix, (marks.CROP, marks.CROP)))
        theirs.append(np.linalg.norm(marks.through(first, marks.back(matrix)) - points[HAS], axis=1).mean() / eyes)
        noisy = [np.clip(picture.rgb + random.normal(0, 3, picture.rgb.shape), 0, 255).astype(np.uint8) for _ in range(8)]
        shakes.append(np.std([ours(n, face)[0] for n in noisy], axis=0).mean() / max(face[2:4]))
        if len(tiles) < 48:
            tiles.append(tile(picture.rgb, face, found))
    others = [p for p in people if p.kind in ("lfw", "clip") and len(p.sure)]
    for picture in random.permutation(np.array(others, object))[:48]:
        face = picture.sure[0]
        found, presence = ours(picture.rgb, jittered(face, random))
        there.append(presence)
        tiles.append(tile(picture.rgb, face, found))
    absent, backgrounds = [], [p for p in people if p.kind == "empty"]
    for _ in range(400):
        patch = Light(random)(texture(random, backgrounds, SIDE, SIDE), random)
        absent.append(float(ours.net.run(None, {"image": patch.transpose(2, 0, 1)[None].astype(np.float32) / 255})[1][0, 0]))
    feed = {"image": random.random((1, 3, SIDE, SIDE), np.float32)}
    figures = {
        "time, one core": (milliseconds(ours.net, feed), "ms"),
        "NME, people not trained on": (np.mean(gaps), "mean distance over the distance of the eyes' outer corners"),
        "NME, 66 points": (np.mean(gaps_66), "the same, without the inner corners of the mouth"),
        "NME of OpenSeeFace, 66 points": (np.mean(theirs), "the same pictures and boxes"),
        "jitter under noise of 3 levels": (np.mean(shakes) * 100, "% of the face's longer side"),
        "faces told as present": (np.mean(np.array(there) > 0.5), "of people not trained on"),
        "patches told as present": (np.mean(np.array(absent) > 0.5), "of face-free patches"),
    }
    for name, (value, unit) in figures.items():
        print(f"{name}: {value:.4f} {unit}")
    print(len(gaps), "hand-set faces; median NME", round(float(np.median(gaps)), 4))
    if arguments.sheet:
        rows = [np.hstack(tiles[i : i + 12]) for i in range(0, len(tiles) // 12 * 12, 12)]
        cv2.imwrite(arguments.sheet, np.vstack(rows)[:, :, ::-1])
    if arguments.card:
        cards.write(arguments.models, "face_landmarks", figures, arguments.card)


def tile(rgb, face, points, side=200):
    matrix = marks.upright(face, side, 1.7)
    out = cv2.warpAffine(rgb, matrix, (side, side))
    for x, y in marks.through(points, matrix):
        cv2.circle(out, (int(round(x * 8)), int(round(y * 8))), 11, (0, 255, 0), -1, shift=3)
    return out


if __name__ == "__main__":
    main()
