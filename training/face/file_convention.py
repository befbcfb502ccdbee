"""Measures how files of 68 points lie on a face where ours do not, and writes it for the app to translate both ways.

Tools that follow iBUG's 300-W set (dlib's predictor among them) put the jaw on the visible outline and the ridge of the nose
higher than the hand-set points of YouTube Faces, which our landmark network learned. The mean difference over pictures with such
files, made symmetric, is taken in the face's own frame: the similarity that fits the mean face (assets/mean_shape.txt) best.

python training/face/file_convention.py --app target/release/vizard --pictures ../shared/data/exemplars --out assets/file_convention.txt
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from marks import MIRROR


def read(path):
    """68 points of a file as complex numbers, pixels."""
    rows = [line.split() for line in Path(path).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return np.array([complex(float(row[0]), float(row[1])) for row in rows if len(row) >= 2])[-68:]


def symmetric(shape):
    return (shape + (-np.conj(shape))[MIRROR]) / 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--app", type=Path, default=Path("target/release/vizard"))
    parser.add_argument("--pictures", type=Path, required=True, help="NAME.jpg beside NAME.landmarks.txt")
    parser.add_argument("--out", type=Path, default=Path("assets/file_convention.txt"))
    options = parser.parse_args()
    mean = read("assets/mean_shape.txt")
    mean = symmetric(mean - mean.mean())
    before = read(options.out) if options.out.exists() else np.zeros(68, complex)
    names, ours, files = [], [], []
    for file in sorted(options.pictures.glob("*.landmarks.txt")):
        name = file.name.removesuffix(".landmarks.txt")
        with tempfile.TemporaryDirectory() as folder:
            found = Path(folder) / "points.txt"
            command = [options.app, "styles", "face", options.pictures / f"{name}.jpg", "--output", found]
            subprocess.run(command, check=True, capture_output=True)
            written = read(found)
        # What the app wrote is translated already.
        frame = np.vdot(mean, written) / (np.vdot(mean, mean) + np.vdot(mean, before))
        names.append(name)
        ours.append(written - frame * before)
        files.append(read(file))
    frames = [np.vdot(mean, shape) / np.vdot(mean, mean) for shape in ours]
    apart = np.array([(file - shape) / frame for file, shape, frame in zip(files, ours, frames)])
    error = lambda shape, file: 100 * np.abs(shape - file).mean() / abs(file[0] - file[16])
    raw, rest = [], []
    for i, name in enumerate(names):
        others = symmetric(apart[[j for j in range(len(names)) if j != i]].mean(0))
        raw.append(error(ours[i], files[i]))
        rest.append(error(ours[i] + frames[i] * others, files[i]))
        print(f"{name}: {raw[-1]:.2f} % of the face's width, {rest[-1]:.2f} translated by what the others say")
    print(f"mean: {np.mean(raw):.2f} and {np.mean(rest):.2f}")
    offset = symmetric(apart.mean(0))
    lines = [f"# What files of 68 points add to ours, mean of {len(names)} faces, in window pixels; made by training/face/file_convention.py"]
    lines += [f"{value.real:.3f} {value.imag:.3f}" for value in offset]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
