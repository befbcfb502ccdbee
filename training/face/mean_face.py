"""Writes the mean 3-D face that the app fits to find how a head is turned.

FaceMesh answers with depth; its answers on nearly frontal faces are aligned (rotation, scale, shift) and averaged, and made
symmetric. x to the picture's right, y down, z away from the camera; unit: distance of the eyes' outer corners; the middle is 0.

python training/face/mean_face.py --data DATA --teachers MODELS --out assets/mean_face.txt
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

import data
import marks


def aligned(points, mean):
    """`points` [68, 3] turned, scaled and moved onto `mean` (Umeyama, 1991)."""
    a, b = points - points.mean(0), mean - mean.mean(0)
    u, s, vt = np.linalg.svd(b.T @ a)
    flip = np.diag([1, 1, np.sign(np.linalg.det(u @ vt))])
    scale = np.trace(np.diag(s) @ flip) / (a**2).sum()
    return scale * a @ (u @ flip @ vt).T


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--teachers", required=True)
    parser.add_argument("--cache", default="training/runs/face_data")
    parser.add_argument("--out", default="assets/mean_face.txt")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    train, _ = data.load(arguments.cache, arguments.data, arguments.teachers)
    teachers, solids = marks.Teachers(arguments.teachers), []
    for picture in [p for p in train if p.kind in ("lfw", "faker_cc0")][::4]:
        for face in picture.sure[:1]:
            crop = cv2.warpAffine(picture.rgb, marks.upright(face), (marks.CROP, marks.CROP))
            _, _, presence = teachers(crop)
            solid = teachers.solid.copy()
            # Nearly frontal: the nose lies midway between the eyes' corners, and the depths of the two sides are alike.
            eyes = np.linalg.norm(solid[36] - solid[45])
            off = abs(solid[30, 0] - (solid[36, 0] + solid[45, 0]) / 2) / eyes
            if presence > 3 and off < 0.06 and abs(solid[36, 2] - solid[45, 2]) < 0.12 * eyes:
                solids.append(solid / eyes)
    mean = solids[0] - solids[0].mean(0)
    for _ in range(5):
        mean = np.mean([aligned(s, mean) for s in solids], axis=0)
        mean = (mean + mean[marks.MIRROR] * [-1, 1, 1]) / 2
        # Level and straight: eyes' corners on one height, brow and chin on one depth.
        mean /= np.linalg.norm(mean[36] - mean[45])
        mean -= mean.mean(0)
    lean = np.arctan2(mean[8, 2] - mean[27, 2], mean[8, 1] - mean[27, 1])
    cos, sin = np.cos(lean), np.sin(lean)
    mean = mean @ np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    lines = [f"# Mean of {len(solids)} faces, 68 points, x y z; made by training/face/mean_face.py"]
    lines += [" ".join(f"{v:.4f}" for v in point) for point in mean]
    Path(arguments.out).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[:3]), len(solids))


if __name__ == "__main__":
    main()
