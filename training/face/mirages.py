"""Patterns that the detector takes for faces: folded parts of face-free pictures, as crops for the landmark network.

python training/face/mirages.py --out training/runs/face_marks/mirages.npy

A mirrored pattern has two sides that are alike, as a face has: mirrored stars on a flag passed for one. The detector that ships looks
at many; what it scores `LEAST` or more, and no teacher calls a face, is kept as the upright crop that the landmark network would see.
Look at the sheet beside the file: no real face may be among them.

python training/face/mirages.py --held-out --judge models/face_landmarks.onnx --out mirages.npy

takes pictures that were not trained on, and says how many of the patterns a landmark network takes for faces, too.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

import data
import marks
from export import session
from follow import feed
from light import texture
from model import FaceDetector, FaceLandmarks

LEAST = 0.4
SIZE = (192, 320)  # height, width


def folded(random, photos):
    """A face-free picture of `SIZE`, mirrored about an upright line somewhere in it, and now and then about a level one."""
    high, wide = SIZE
    canvas = texture(random, photos, high, wide)
    seam = int(wide * random.uniform(0.3, 0.7))
    half = min(seam, wide - seam)
    left = canvas[:, seam - half : seam].copy()
    canvas[:, seam : seam + half] = left[:, ::-1]
    if random.random() < 0.3:
        row = int(high * random.uniform(0.3, 0.7))
        half = min(row, high - row)
        canvas[row : row + half] = canvas[row - half : row][::-1].copy()
    return canvas


def presences(path, crops):
    """What a landmark network says of each crop."""
    net = session(path)
    feeds = [{net.get_inputs()[0].name: crop.transpose(2, 0, 1)[None].astype(np.float32) / 255} for crop in crops]
    return np.array([net.run(None, feed)[1].item() for feed in feeds])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--teachers", default="../shared/models")
    parser.add_argument("--cache", default="training/runs/face_data")
    parser.add_argument("--detector", default="models/face_detect.onnx")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--held-out", action="store_true", help="fold pictures that were not trained on")
    parser.add_argument("--judge", type=Path, nargs="*", default=[], help="landmark networks to ask")
    parser.add_argument("--out", type=Path, default=Path("training/runs/face_marks/mirages.npy"))
    options = parser.parse_args()
    cv2.setNumThreads(1)
    pictures = data.load(options.cache, options.data, options.teachers)[options.held_out]
    photos = [p for p in pictures if p.kind == "empty"]
    net = session(options.detector)
    teacher = data.Teacher(options.teachers)
    random, side = np.random.default_rng(11), FaceLandmarks.SIDE
    crops, looked, start = [], 0, cv2.getTickCount()
    while len(crops) < options.count and (cv2.getTickCount() - start) / cv2.getTickFrequency() < options.seconds:
        canvas = folded(random, photos)
        looked += 1
        rows = FaceDetector.faces(net.run(None, feed(net, canvas)))[0].numpy()
        found = data.suppress(rows[rows[:, 14] >= LEAST])
        if not len(found):
            continue
        known = teacher(np.ascontiguousarray(canvas[:, :, ::-1]))
        for face in found:
            if len(known) and data.iou(face, known).max() > 0.1:
                continue
            crops.append(cv2.warpAffine(canvas, marks.upright(face, side, FaceLandmarks.CONTEXT), (side, side)))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.save(options.out, np.array(crops, np.uint8))
    print(f"{options.out}: {len(crops)} of {looked} folded pictures, {len(photos)} pictures")
    for judge in options.judge:
        said = presences(judge, crops)
        print(f"{judge}: {np.mean(said > 0.5):.3f} told as faces, {np.mean(said > 0.8):.3f} surely")
    sheet = [np.hstack(crops[i : i + 20]) for i in range(0, min(len(crops), 240) - 19, 20)]
    if sheet:
        cv2.imwrite(str(options.out.with_suffix(".png")), np.vstack(sheet)[:, :, ::-1])


if __name__ == "__main__":
    main()
