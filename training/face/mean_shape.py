"""Writes the mean of the 68 points in the landmark network's window: the proportions to which the app stretches painted faces.

The labels that the network learns from, each in its upright window, averaged and made symmetric. Unit: window pixels (112 a side).

python training/face/mean_shape.py --out assets/mean_shape.txt
"""

import argparse
from pathlib import Path

import numpy as np

import data
import marks
from model import FaceLandmarks

SIDE, CONTEXT = FaceLandmarks.SIDE, FaceLandmarks.CONTEXT


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", default="training/runs/face_data")
    parser.add_argument("--out", type=Path, default=Path("assets/mean_shape.txt"))
    options = parser.parse_args()
    train, _ = data.load(options.cache)
    stored = np.load(Path(options.cache).parent / "face_marks/marks.npz")
    labels = zip(stored["train_picture"], stored["train_face"], stored["train_points"])
    shapes = [marks.through(p, marks.upright(train[n].faces[f], SIDE, CONTEXT)) for n, f, p in labels]
    mean = np.mean(shapes, axis=0)
    mean = (mean + mean[marks.MIRROR] * [-1, 1] + [SIDE, 0]) / 2
    lines = [f"# Mean of {len(shapes)} faces, 68 points, x y in the landmark network's window; made by training/face/mean_shape.py"]
    lines += [" ".join(f"{v:.3f}" for v in point) for point in mean]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(lines[0])


if __name__ == "__main__":
    main()
