"""Labels for the landmark network: 68 points (iBUG order) for the faces of the cache.

YouTube faces come with points set by hand. For all other sets two teachers answer, OpenSeeFace (66 points) and FaceMesh (468);
a linear map, fitted on the hand-set points of the people who are trained on, takes both answers to the 68 points, so that the
labels follow one convention. Where the two teachers disagree, the face is left out.
"""

import csv
from pathlib import Path

import cv2
import numpy as np

from data import shrink
from export import session

COUNT = 68
# FaceMesh vertices nearest to the iBUG points.
MESH = [
    162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,  # jaw
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301,  # brows
    168, 197, 5, 4, 75, 97, 2, 326, 305,  # nose
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,  # eyes
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87,  # mouth
]  # fmt: skip
# Places of the 68 points after mirroring.
MIRROR = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46]
    + [39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)
CROP = 192  # side of the teachers' upright crop, pixels
CONTEXT = 1.5  # its side over the box's longer side
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
RIDGE = 3.0
AGREE = 0.085  # most mean distance of the teachers, units of the eyes' outer corners' distance


def roll_of(face):
    """Angle of the line through the eyes, radians, clockwise."""
    (rx, ry), (lx, ly) = face[4:6], face[6:8]
    return float(np.arctan2(ly - ry, lx - rx)) if lx - rx > 0.05 * face[2] else 0.0


def upright(face, side=CROP, context=CONTEXT):
    """The map [2, 3] from picture to an upright crop of `side` pixels round the box of `face`."""
    scale = side / (context * max(face[2], face[3]))
    angle = roll_of(face)
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
    matrix[:, 2] = side / 2 - matrix[:, :2] @ face[:2]
    return matrix


def through(points, matrix):
    return points @ matrix[:, :2].T + matrix[:, 2]


def back(matrix):
    return cv2.invertAffineTransform(matrix)


class Teachers:
    """Both teachers on an upright crop, RGB uint8 [192, 192, 3]; points in crop pixels."""

    def __init__(self, models):
        self.seeface = session(Path(models) / "openseeface/lm_model0_opt.onnx")
        self.mesh = session(Path(models) / "facemesh-468/face_landmark_468.onnx")

    def __call__(self, crop):
        """(OpenSeeFace [66, 2], FaceMesh [68, 2], presence logit of FaceMesh)."""
        # OpenSeeFace wants the face and a tenth more round it: the middle 0.8 of the crop.
        edge = round(CROP * 0.1)
        part = cv2.resize(crop[edge:-edge, edge:-edge], (224, 224), interpolation=cv2.INTER_LINEAR)
        feed = ((part / np.float32(255) - MEAN) / DEVIATION).transpose(2, 0, 1)[None].astype(np.float32)
        out = self.seeface.run(None, {self.seeface.get_inputs()[0].name: feed})[0][0].reshape(198, -1)
        at, rows = out[:66].argmax(1), np.arange(66)
        down, right = (np.clip(out[rows + offset, at], 1e-7, 1 - 1e-7) for offset in (66, 132))
        logit = lambda p: np.log(p / (1 - p))
        y = 223 * (at // 28) / 27 + 223 * logit(down) / 16
        x = 223 * (at % 28) / 27 + 223 * logit(right) / 16
        first = np.stack([x, y], 1) * (CROP - 2 * edge) / 224 + edge
        points, presence = self.mesh.run(None, {"input_1": crop[None].astype(np.float32) / 127.5 - 1})
        mesh = points.reshape(468, 3)
        self.solid = mesh[MESH]  # three numbers a point; depth in the same unit
        return first, mesh[MESH, :2], float(presence.ravel()[0])


def features(first, mesh):
    """One row of what the linear map sees, crop units about the middle."""
    return np.concatenate([first.ravel(), mesh.ravel()]) / CROP - 0.5


def guess(first, mesh):
    """68 points before the map: the mean of both, the inner mouth's corners by FaceMesh alone."""
    points = mesh.copy()
    has = [i for i in range(COUNT) if i not in (60, 64)]
    points[has] = (mesh[has] + first) / 2
    return points


def hand_set(data, pictures):
    """{index of a picture of the cache: points [68, 2] in its pixels}; a picture is known again by its pixels."""
    folder = Path(data) / "tracking/youtube_faces"
    known = {p.rgb.tobytes(): i for i, p in enumerate(pictures) if p.kind == "youtube_faces"}
    found = {}
    rows = csv.reader(open(folder / "keypoints.csv", encoding="utf-8"))
    next(rows)
    for name, *numbers in rows:
        image = cv2.imread(str(folder / "frames" / name))
        if image is None:
            continue
        small = shrink(image)
        index = known.get(np.ascontiguousarray(small[:, :, ::-1]).tobytes())
        if index is not None:
            points = np.array(numbers[: 2 * COUNT], np.float32).reshape(COUNT, 2)
            found[index] = (points + 0.5) * (small.shape[1] / image.shape[1]) - 0.5
    return found


def prepare(data, models, train, validation, out):
    """Writes marks.npz: for train and validation the picture's number, the face's number, points, and whether set by hand."""
    teachers, result = Teachers(models), {}
    answers, targets = {}, []
    sets = {"train": train, "validation": validation}
    by_hand = {name: hand_set(data, pictures) for name, pictures in sets.items()}
    for name, pictures in sets.items():
        for number, picture in enumerate(pictures):
            if picture.kind == "clip" and picture.frame % 2 and picture.person not in ("d9", "OTB_DragonBaby"):
                continue
            for face_number, face in enumerate(picture.faces):
                if face[14] < 0.7 or max(face[2:4]) < 32:
                    continue
                matrix = upright(face)
                crop = cv2.warpAffine(picture.rgb, matrix, (CROP, CROP), flags=cv2.INTER_LINEAR)
                first, mesh, presence = teachers(crop)
                truth = by_hand[name].get(number)
                if truth is not None:
                    truth = through(truth, matrix)
                    inside = np.abs(truth.mean(0) - CROP / 2).max() < CROP / 5
                    truth = truth if inside else None
                answers[name, number, face_number] = (features(first, mesh), guess(first, mesh), first, presence, truth)
    rows = [v for k, v in answers.items() if k[0] == "train" and v[4] is not None]
    seen = np.stack([np.append(v[0], 1.0) for v in rows])
    wanted = np.stack([((v[4] - v[1]) / CROP).ravel() for v in rows])
    ridge = RIDGE * np.eye(seen.shape[1])
    ridge[-1, -1] = 1e-6
    ridge *= len(rows) / 1000
    linear = np.linalg.solve(seen.T @ seen / 1.0 + ridge * 0.02, seen.T @ wanted)
    for name, pictures in sets.items():
        kept = {"picture": [], "face": [], "points": [], "hand": []}
        errors, dropped = [], 0
        for (which, number, face_number), (row, start, first, presence, truth) in answers.items():
            if which != name:
                continue
            made = start + (np.append(row, 1.0) @ linear).reshape(COUNT, 2) * CROP
            eyes = np.linalg.norm(made[36] - made[45])
            if truth is not None:
                errors.append(np.linalg.norm(made - truth, axis=1).mean() / np.linalg.norm(truth[36] - truth[45]))
                made = truth
            else:
                has = [i for i in range(COUNT) if i not in (60, 64)]
                apart = np.linalg.norm(start[has] - first, axis=1).mean() / max(eyes, 1)
                if apart > AGREE or presence < 0 or eyes < CROP * 0.12:
                    dropped += 1
                    continue
            picture = pictures[number]
            kept["picture"].append(number)
            kept["face"].append(face_number)
            kept["points"].append(through(made, back(upright(picture.faces[face_number]))))
            kept["hand"].append(truth is not None)
        print(name, len(kept["picture"]), "faces,", sum(kept["hand"]), "set by hand,", dropped, "left out;",
              f"teachers after the map: NME {np.mean(errors):.4f}", flush=True)  # fmt: skip
        result |= {f"{name}_{key}": np.array(value) for key, value in kept.items()}
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    np.savez(out, linear=linear, **result)
