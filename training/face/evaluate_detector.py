"""How many of YuNet's faces the detector finds, and how often it sees one where there is none. Prints; writes nothing.

Faces: those that YuNet finds in the original picture with a score over 0.8 and a longer side over 40 pixels; found: a box of ours with
a score of at least 0.5 that shares half of the area (IoU). LFW: people who were not trained on, and those who were, apart.

python training/face/evaluate_detector.py --data DATA --teachers MODELS
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from data import CLIPS, FACE_FREE, HELD_OUT, TESTS_ONLY, Teacher, frames, held_out, iou
from follow import Detector

AT = 0.5


class Plain(Teacher):
    """YuNet once, as people use it: the picture's longer side at 320 pixels."""

    def __call__(self, image):
        return self.once(image, 320, False)


def recall(pictures, teacher, ours):
    """(faces of the teacher, those found)."""
    total = found = 0
    for image in pictures:
        wanted = [f for f in teacher(image) if f[14] > 0.8 and max(f[2:4]) > 40]
        boxes = ours(image[:, :, ::-1], AT)
        total += len(wanted)
        found += sum(len(boxes) and iou(f, boxes).max() >= 0.5 for f in wanted)
    return total, int(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--teachers", required=True)
    parser.add_argument("--models", default="models")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    root, teacher, ours = Path(arguments.data), Plain(arguments.teachers), Detector(f"{arguments.models}/face_detect.onnx")
    files = sorted((root / "faces/lfw").rglob("*.jpg"))
    for name, wanted in (("LFW, people not trained on", True), ("LFW, others, every fourth", False)):
        chosen = [f for f in files if held_out(f.stem, 0.08) == wanted][:: 1 if wanted else 4]
        total, found = recall((cv2.imread(str(f)) for f in chosen), teacher, ours)
        print(f"{name}: {found} of {total}, {found / max(total, 1):.4f}", flush=True)
    for clip in CLIPS:
        pictures = [p for i, p in enumerate(frames(root / clip)) if i % 4 == 0]
        total, found = recall(pictures, teacher, ours)
        note = ", not trained on" if Path(clip).stem in set(HELD_OUT) - set(TESTS_ONLY) else ""
        print(f"{Path(clip).stem}{note}: {found} of {total}, {found / max(total, 1):.4f}", flush=True)
    wrong, count, worst = 0, 0, []
    strict = Teacher(arguments.teachers, sides=(256, 480), least=0.3)
    for file in sorted(f for folder in FACE_FREE[:1] for f in (root / folder).rglob("*") if f.is_file())[::2]:
        image = cv2.imread(str(file))
        if image is None or min(image.shape[:2]) < 64 or len(strict(image)):
            continue
        count += 1
        boxes = ours(image[:, :, ::-1], 0.6)
        wrong += len(boxes)
        worst += [(float(b[14]), file.name) for b in boxes]
    print(f"face-free photographs: {wrong} false faces in {count} (score at least 0.6)", sorted(worst)[-5:])


if __name__ == "__main__":
    main()
