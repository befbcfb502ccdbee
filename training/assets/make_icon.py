"""Makes `assets/icon.png`: a V whose one arm is plain and whose other arm turns into dots.

    python training/assets/make_icon.py [OUTPUT.png]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIZE, SCALE = 256, 4
OUTPUT = Path(__file__).resolve().parents[2] / "assets" / "icon.png"


def segment(x: np.ndarray, y: np.ndarray, a: tuple[float, float], b: tuple[float, float]):
    """Distance to the line from `a` to `b`, and how far along it (0..1) the nearest point is."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = np.clip(((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.hypot(x - a[0] - t * dx, y - a[1] - t * dy), t


def icon() -> Image.Image:
    y, x = (np.mgrid[0 : SIZE * SCALE, 0 : SIZE * SCALE] + 0.5) / SCALE
    inset, corner = 8, 56
    edge = np.hypot(
        np.maximum(np.abs(x - 128) - (120 - corner), 0),
        np.maximum(np.abs(y - 128) - (120 - corner), 0),
    )
    inside = edge < corner
    stops = np.array([[44, 24, 98], [150, 38, 130], [244, 88, 92], [255, 178, 74]], float)
    at = np.clip((0.35 * x + 0.65 * y - inset) / (SIZE - 2 * inset), 0, 1) * 3
    picture = np.stack([np.interp(at, range(4), stops[:, i]) for i in range(3)], axis=-1)

    left, _ = segment(x, y, (72, 74), (128, 186))
    picture[left < 17] = (255, 250, 240)
    pitch = 15.0  # the right arm: dots on a grid laid along it, shrinking upwards
    start, end = np.array([128.0, 186.0]), np.array([184.0, 74.0])
    way = (end - start) / np.linalg.norm(end - start)
    side = np.array([-way[1], way[0]])
    for row in range(1, 10):
        for column in (-1, 0, 1):
            centre = start + way * (row * pitch - 6) + side * column * pitch
            radius = 8.4 - 0.45 * row
            if segment(*centre, (72, 74), (128, 186))[0] < 19 + radius:
                continue  # it would touch the plain arm
            picture[np.hypot(x - centre[0], y - centre[1]) < radius] = (255, 250, 240)
    rgba = np.dstack([picture, inside * 255.0]).astype(np.uint8)
    return Image.fromarray(rgba, "RGBA").resize((SIZE, SIZE), Image.LANCZOS)


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    icon().save(output, optimize=True)
    print(f"{output.name}: {output.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
