"""Measures the exported seeker and writes its card: on made-up examples of people and things nobody trained on, and as a tracker of
the first true box of a clip, with nothing else to help it.

python training/face/evaluate_seeker.py --data DATA [--card MINUTES]

The tracker is the simplest that there is: the best answer of each frame, weighted a little by how near it is, moves the box.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

import cards
import data
from evaluate import TRUTH, tracking_score
from export import milliseconds, session
from model import ObjectSeeker
from seeks import Seeks

EXAMPLES = 1024
RIGHT = 0.35  # of the object's side: a found middle within this is right
NEARNESS = 0.1  # how much the way counts against the score, as in the app
SEEN = 0.5  # presence from which it counts as seen, as in the app
CERTAIN = 0.7  # presence from which its looks are learnt anew, as in the app
GROWTH = 0.4  # how far the size follows a frame, as in the app
CLIPS = {"OTB_DragonBaby": "tracking/OTB_DragonBaby", "leave_return": "clips/stress/leave_return.mp4", "two_faces": "clips/stress/two_faces.mp4"}


class Seeker:
    """models/object_seek.onnx: where the object of two templates is."""

    def __init__(self, path):
        self.net = session(path)
        along = np.hanning(ObjectSeeker.GRID + 2)[1:-1]
        self.near = np.outer(along, along).ravel()

    def __call__(self, templates, search):
        """Crops float [2, 3, 64, 64] and [1, 3, 128, 128]: (x, y, growth), presence."""
        scores, places = self.net.run(None, {"templates": templates, "search": search})
        best = (scores[0] * (1 - NEARNESS) + self.near * NEARNESS).argmax()
        return places[0, :, best], float(scores[0, best])


def cut(rgb, centre, side, pixels):
    """The square round `centre` as the network takes it; black outside."""
    scale = pixels / side
    if scale < 0.6:
        rgb, centre, scale = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), centre * scale, 1.0
    matrix = np.float32([[scale, 0, pixels / 2 - centre[0] * scale], [0, scale, pixels / 2 - centre[1] * scale]])
    crop = cv2.warpAffine(rgb, matrix, (pixels, pixels), flags=cv2.INTER_LINEAR)
    return crop.transpose(2, 0, 1)[None].astype(np.float32) / 255


def follow(seeker, frames, box):
    """{frame: [(0, box, presence, None)]} of the box cx, cy, w, h in the first frame."""
    centre, size = np.array(box[:2]), np.array(box[2:4])
    template = lambda rgb: cut(rgb, centre, ObjectSeeker.CONTEXT / 2 * size.max(), ObjectSeeker.TEMPLATE)
    best = last = None
    rows = {}
    for number, rgb in enumerate(frames):
        if best is None:
            best = last = template(rgb)
            rows[number] = [(0, np.concatenate([centre, size]), 1.0, None)]
            continue
        side = ObjectSeeker.CONTEXT * size.max()
        (x, y, growth), presence = seeker(np.concatenate([best, last]), cut(rgb, centre, side, ObjectSeeker.SIDE))
        rows[number] = []
        if presence >= SEEN:
            centre = np.clip(centre + (np.array([x, y]) - 0.5) * side, 0, rgb.shape[1::-1])
            size = size * (1 + (np.clip(growth, 0.7, 1.4) - 1) * GROWTH)
            if presence >= CERTAIN:
                last = template(rgb)
            rows[number] = [(0, np.concatenate([centre, size]), presence, None)]
    return rows


def example_figures(seeker, validation):
    """How often the place is right where the object is, and how well presence tells whether it is."""
    seeks, right, told = Seeks(validation, 1), [], []
    for _ in range(EXAMPLES):
        templates, search, _, (x, y, _, present, _) = seeks.example()
        flat = lambda image: np.ascontiguousarray(image.transpose(2, 0, 1))[None].astype(np.float32) / 255
        place, presence = seeker(np.concatenate([flat(t) for t in templates]), flat(search))
        if present > 0:
            right.append(np.hypot(place[0] - x, place[1] - y) * ObjectSeeker.CONTEXT < RIGHT)
        if present >= 0:
            told.append((presence, present))
    told = np.array(told)
    there, gone = told[told[:, 1] > 0, 0], told[told[:, 1] == 0, 0]
    return {
        "right within 0.35 of the object's side": (float(np.mean(right)), f"of {len(right)} made-up examples"),
        "presence, area under the ROC curve": (float((there[:, None] > gone[None]).mean()), f"{len(there)} there, {len(gone)} gone"),
        f"gone, and claimed ({SEEN})": (float((gone >= SEEN).mean()), "of those that are gone"),
        f"there, and not seen ({SEEN})": (float((there < SEEN).mean()), "of those that are there"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--cache", default="training/runs/face_data")
    parser.add_argument("--models", default="models")
    parser.add_argument("--card", type=float, metavar="MINUTES", help="write the card; minutes of training")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    seeker, source = Seeker(Path(arguments.models) / "object_seek.onnx"), Path(arguments.data)
    random = np.random.default_rng(0).random
    feed = {
        "templates": random((2, 3, ObjectSeeker.TEMPLATE, ObjectSeeker.TEMPLATE), np.float32),
        "search": random((1, 3, ObjectSeeker.SIDE, ObjectSeeker.SIDE), np.float32),
    }
    figures = {"time, one core": (milliseconds(seeker.net, feed), "ms")}
    figures |= example_figures(seeker, data.load(arguments.cache)[1])
    for name, clip in CLIPS.items():
        truth = data.truth_of(source / TRUTH[name])
        frames = (np.ascontiguousarray(f[:, :, ::-1]) for f in data.frames(source / clip))
        auc, claimed = tracking_score(follow(seeker, frames, truth[0][:4]), truth)
        figures[f"AUC {name}"] = (auc, "AUC, 0.952 is perfect; from the first true box, seeker alone")
        if claimed is not None:
            figures[f"false presence {name}"] = (claimed, "of the frames without a face")
    print(json.dumps(figures, indent=1))
    if arguments.card:
        cards.write(Path(arguments.models), "object_seek", figures, arguments.card)


if __name__ == "__main__":
    main()
