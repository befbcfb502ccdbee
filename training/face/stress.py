"""Makes hard clips with known boxes from easy ones, for the tracker's table.

python training/face/stress.py --data DATA --teachers MODELS --out training/runs/face_stress

| clip | what happens |
|---|---|
| occlusion | a board passes slowly before the face, twice, and hides it wholly |
| low_light | the light goes down to a twelfth, with a camera's noise, and comes back |
| fast_zoom | the camera zooms to three times and back within half a second, and pans |
| crossing | two people pass each other; one hides the other |
| still | one frame, with a camera's noise: whatever moves is jitter |
| fast_turn | the camera swings from side to side at three face widths a second: whatever trails is lag |

Each with NAME.gt.csv: frame,id,x,y,w,h,visible.
"""

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

import data

SIZE = (640, 480)
FRAMES = 180
GREYS = np.random.default_rng(2).integers(70, 150, (5, 7, 3)).astype(np.uint8)
WALL = cv2.resize(GREYS, SIZE, interpolation=cv2.INTER_CUBIC)  # what lies round the clips' own frames


class Clip:
    """Frames of a clip with the first face of each, boxes cx, cy, w, h smoothed over time."""

    def __init__(self, path, teacher, count=FRAMES):
        self.frames = [f for _, f in zip(range(count), data.frames(path))]
        self.frames = [data.shrink(f, 640) for f in self.frames]
        boxes, last = [], None
        for frame in self.frames:
            found = teacher(frame)
            if len(found):
                last = found[0][:4]
            boxes.append(last)
        first = next(b for b in boxes if b is not None)
        boxes = np.array([first if b is None else b for b in boxes])
        kernel = np.ones(5) / 5
        padded = np.pad(boxes, ((2, 2), (0, 0)), mode="edge")
        self.boxes = np.stack([np.convolve(padded[:, i], kernel, "valid") for i in range(4)], 1)

    def at(self, number):
        """Forth and back, so that the clip never jumps."""
        last = len(self.frames) - 1
        along = number % (2 * last)
        along = min(along, 2 * last - along)
        return self.frames[along], self.boxes[along]


def view(frame, box, scale, centre):
    """The frame scaled about its face, which comes to `centre`; (picture, box)."""
    matrix = np.array([[scale, 0, centre[0] - scale * box[0]], [0, scale, centre[1] - scale * box[1]]])
    picture = WALL.copy()
    cv2.warpAffine(frame, matrix, SIZE, picture, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    return picture, np.array([*centre, box[2] * scale, box[3] * scale])


def noisy(picture, random, sigma):
    return np.clip(picture + random.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def inside(box):
    low = np.clip(box[:2] - box[2:] / 2, 0, SIZE)
    top = np.clip(box[:2] + box[2:] / 2, 0, SIZE)
    return float(np.prod(top - low) / np.prod(box[2:]))


def occlusion(clip, _, random):
    board = cv2.resize(random.integers(40, 200, (6, 6, 3)).astype(np.uint8), SIZE, interpolation=cv2.INTER_CUBIC)
    for i in range(FRAMES):
        frame, box = clip.at(i)
        picture, box = view(frame, box, 150 / box[3], (320, 240))
        phase = (i % 90) / 90
        left = -260 + phase * (SIZE[0] + 520)
        wide = 1.15 * box[2]
        x0, x1 = (int(np.clip(v, 0, SIZE[0])) for v in (left - wide / 2, left + wide / 2))
        picture[:, x0:x1] = board[:, x0:x1]
        covered = max(0.0, min(x1, box[0] + box[2] / 2) - max(x0, box[0] - box[2] / 2)) / box[2]
        yield picture, [(0, box, 1 - covered)]


def low_light(clip, _, random):
    for i in range(FRAMES):
        frame, box = clip.at(i)
        picture, box = view(frame, box, 130 / box[3], (300, 240))
        gain = 1 / 12 + (1 - 1 / 12) * (0.5 + 0.5 * np.cos(2 * np.pi * i / 90)) ** 2
        dark = noisy(picture * gain, random, 4)
        yield dark, [(0, box, 1.0)]


def fast_zoom(clip, _, random):
    for i in range(FRAMES):
        frame, box = clip.at(i)
        swing = 0.5 - 0.5 * np.cos(2 * np.pi * i / 30)
        centre = (320 + 90 * np.sin(2 * np.pi * i / 45), 240)
        picture, box = view(frame, box, 80 / box[3] * 3**swing, centre)
        yield noisy(picture, random, 2), [(0, box, inside(box))]


def crossing(clip, other, random):
    for i in range(FRAMES):
        phase = np.cos(2 * np.pi * i / 120)
        (frame, box), (second, second_box) = clip.at(i), other.at(i)
        back, back_box = view(frame, box, 110 / box[3], (320 + 190 * phase, 230))
        front, front_box = view(second, second_box, 130 / second_box[3], (320 - 190 * phase, 260))
        mask = np.zeros(SIZE[::-1], np.uint8)
        size = (front_box[2] * 1.5, front_box[3] * 1.75)
        cv2.ellipse(mask, (tuple(map(float, front_box[:2] - [0, front_box[3] * 0.08])), size, 0), 255, -1)
        low = tuple(int(v) for v in front_box[:2] + [-front_box[2] * 0.85, front_box[3] * 0.55])
        cv2.rectangle(mask, low, (int(front_box[0] + front_box[2] * 0.85), SIZE[1]), 255, -1)
        alpha = cv2.GaussianBlur(mask, (0, 0), 3)[:, :, None] / 255
        picture = (back + (front.astype(float) - back) * alpha).astype(np.uint8)
        x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
        within = (np.abs(x - back_box[0]) < back_box[2] / 2) & (np.abs(y - back_box[1]) < back_box[3] / 2)
        seen = 1 - float(alpha[:, :, 0][within].mean())
        yield noisy(picture, random, 2), [(0, back_box, seen), (1, front_box, 1.0)]


def still(clip, _, random):
    frame, box = clip.at(0)
    picture, box = view(frame, box, 150 / box[3], (320, 240))
    for _ in range(FRAMES):
        yield noisy(picture, random, 3), [(0, box, 1.0)]


def fast_turn(clip, _, random):
    frame, box = clip.at(0)
    scale = 120 / box[3]
    for i in range(FRAMES):
        swing = 2 * np.abs((i / 60) % 1 * 2 - 1) - 1  # a triangle: steady speed, sharp turns
        centre = (320 + swing * 1.5 * box[2] * scale, 240)
        picture, moved = view(frame, box, scale, centre)
        yield noisy(picture, random, 3), [(0, moved, 1.0)]


CLIPS = {f.__name__: f for f in (occlusion, low_light, fast_zoom, crossing, still, fast_turn)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--teachers", required=True)
    parser.add_argument("--people", nargs=2, help="two clips of one face each, in place of d9 and d12 (the regressor's training had d12)")
    parser.add_argument("--out", default="training/runs/face_stress")
    arguments = parser.parse_args()
    out, folder = Path(arguments.out), Path(arguments.data) / "clips/liveportrait"
    out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    teacher = data.Teacher(arguments.teachers)
    one, two = (Clip(path, teacher) for path in arguments.people or (folder / "d9.mp4", folder / "d12.mp4"))
    for name, make in CLIPS.items():
        random = np.random.default_rng(5)
        writer = cv2.VideoWriter(str(out / f"{name}.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 30, SIZE)
        with open(out / f"{name}.gt.csv", "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["frame", "id", "x", "y", "w", "h", "visible"])
            for number, (picture, faces) in enumerate(make(one, two, random)):
                writer.write(picture)
                for who, box, seen in faces:
                    x, y, w, h = box[0] - box[2] / 2, box[1] - box[3] / 2, box[2], box[3]
                    rows.writerow([number, who, *(round(float(v), 2) for v in (x, y, w, h)), round(max(0.0, seen), 3)])
        writer.release()
        print(name)


if __name__ == "__main__":
    main()
