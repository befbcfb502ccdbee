"""Measures a landmark network on people who were not trained on, and writes its card and a contact sheet.

Points: hand-set faces, from boxes as a tracker has them, beside OpenSeeFace, raw and after a linear map to the same convention.
Presence: faces of people not trained on (plain, in bad light, half covered) against crops that hold none.

python training/face/evaluate_landmarks.py --data DATA --teachers MODELS [--card MINUTES] [--sheet SHEET.png]
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

import cards
import data
import marks
from evaluate_points import Points, jittered, tile
from export import milliseconds
from light import Light, compress, occlude, texture
from model import FaceLandmarks

SIDE, CONTEXT = FaceLandmarks.SIDE, FaceLandmarks.CONTEXT
HAS = [i for i in range(68) if i not in (60, 64)]  # the points that OpenSeeFace has
REGIONS = {"jaw": (0, 17), "brows": (17, 27), "nose": (27, 36), "eyes": (36, 48), "mouth": (48, 68)}
UNIT = "mean distance over the distance of the eyes' outer corners"
NOISE, NOISY = 3.0, 16  # levels of 255; copies of a still picture
RIDGE = 0.05
MEASURE = "training/face/evaluate_landmarks.py --data ../shared/data --teachers ../shared/models"


def rough(face, random):
    """The worst row that a tracker should hand over: middle off by up to 12 %, size by a quarter, turn by 20 degrees."""
    out, size = face.copy(), max(face[2:4])
    out[:2] += random.uniform(-0.12, 0.12, 2) * size
    out[2:4] *= np.exp(random.uniform(-np.log(1.25), np.log(1.25)))
    angle = np.deg2rad(random.uniform(-20, 20))
    cos, sin = np.cos(angle), np.sin(angle)
    five = out[4:14].reshape(5, 2)
    out[4:14] = ((five - face[:2]) @ np.array([[cos, sin], [-sin, cos]]) + face[:2]).ravel()
    return out


def known(people, by_hand):
    """[(picture, face row, points)] of the hand-set faces whose box the detector found."""
    found = []
    for number, points in by_hand.items():
        middle = points.mean(0)
        face = min(people[number].sure, key=lambda f: np.linalg.norm(f[:2] - middle), default=None)
        if face is not None and np.abs(face[:2] - middle).max() <= 0.5 * face[2]:
            found.append((people[number], face, points))
    return found


def answer(teacher, rgb, face):
    """OpenSeeFace's 66 points, pixels of its crop, and the crop's map."""
    matrix = marks.upright(face)
    first, _, _ = teacher(cv2.warpAffine(rgb, matrix, (marks.CROP, marks.CROP)))
    return first, matrix


def corrected(teacher, faces, random):
    """The map [133, 132] from OpenSeeFace's points to the hand-set convention, fitted on people who are trained on."""
    seen, wanted = [], []
    for picture, face, points in faces:
        first, matrix = answer(teacher, picture.rgb, jittered(face, random))
        seen.append(np.append(first.ravel() / marks.CROP - 0.5, 1.0))
        wanted.append(((marks.through(points, matrix)[HAS] - first) / marks.CROP).ravel())
    seen, wanted = np.array(seen), np.array(wanted)
    return np.linalg.solve(seen.T @ seen + RIDGE * np.eye(seen.shape[1]), seen.T @ wanted)


def nme(found, points):
    return np.linalg.norm(found - points, axis=1).mean() / np.linalg.norm(points[36] - points[45])


def accuracy(ours, teacher, faces, trained_on, random):
    """Figures of the points."""
    linear = corrected(teacher, trained_on, random)
    sums = {}
    add = lambda name, value: sums.setdefault(name, []).append(value)
    for picture, face, points in faces:
        eyes = np.linalg.norm(points[36] - points[45])
        box = jittered(face, random)
        found, _ = ours(picture.rgb, box)
        add("NME, people not trained on", nme(found, points))
        gaps = np.linalg.norm(found - points, axis=1) / eyes
        for region, (first, last) in REGIONS.items():
            add(f"NME {region}", gaps[first:last].mean())
        add("NME, 66 points", gaps[HAS].mean())
        theirs, matrix = answer(teacher, picture.rgb, box)
        mapped = theirs + (np.append(theirs.ravel() / marks.CROP - 0.5, 1.0) @ linear).reshape(-1, 2) * marks.CROP
        for name, value in (("OpenSeeFace", theirs), ("OpenSeeFace after a linear map", mapped)):
            gap = np.linalg.norm(marks.through(value, marks.back(matrix)) - points[HAS], axis=1)
            add(f"NME of {name}, 66 points", gap.mean() / eyes)
        add("NME from rough boxes", nme(ours(picture.rgb, rough(face, random))[0], points))
        noisy = [np.clip(picture.rgb + random.normal(0, NOISE, picture.rgb.shape), 0, 255).astype(np.uint8) for _ in range(NOISY)]
        add("jitter under noise of 3 levels", np.std([ours(n, face)[0] for n in noisy], axis=0).mean() / face[2] * 100)
        wobbly = [ours(picture.rgb, jittered(face, random))[0] for _ in range(NOISY)]
        add("jitter from boxes that tremble by 3 %", np.std(wobbly, axis=0).mean() / face[2] * 100)
    figures = {name: (np.mean(values), "% of the face's width" if name.startswith("jitter") else UNIT) for name, values in sums.items()}
    figures["failures, NME over 0.1"] = (np.mean(np.array(sums["NME, people not trained on"]) > 0.1), "of people not trained on")
    return figures


def shifted(picture, face, away, angle):
    """The face row moved by `away` sizes; None where another face is near or the place is out of the picture."""
    out, size = face.copy(), max(face[2:4])
    move = np.array([np.cos(angle), np.sin(angle)]) * away * size
    out[:2] += move
    out[4:14] += np.tile(move, 5)
    high, wide = picture.rgb.shape[:2]
    if not (0 < out[0] < wide and 0 < out[1] < high) or any(data.iou(out, f) > 0.25 for f in picture.faces):
        return None
    return out


def presences(ours, people, clips, random):
    """{group: (probabilities, whether a face is there, [(picture, row)])}."""
    groups = {}
    backgrounds = [p for p in people if p.kind == "empty"]

    def add(group, there, rgb, row):
        probabilities, _, cases = groups.setdefault(group, ([], there, []))
        probabilities.append(ours(rgb, row)[1])
        cases.append((rgb, row))

    stills = [p for p in people if p.kind in ("lfw", "faker_cc0", "youtube_faces") and len(p.sure)]
    moving = [p for p in people if p.kind == "clip" and len(p.sure)]
    for picture in [*stills, *moving[::4]]:
        face = picture.sure[0]
        if max(face[2:4]) < 32:
            continue
        add("faces", 1, picture.rgb, rough(face, random))
        add("faces, bad light", 1, compress(Light(random)(picture.rgb, random), random, 0.5), rough(face, random))
        covered = picture.rgb.copy()
        side = random.choice([-1, 1]) * random.uniform(0.2, 0.5)
        occlude(covered, random, backgrounds, face[:2] + face[2:4] * [side, random.uniform(-0.3, 0.4)], face[2:4])
        add("faces, partly covered", 1, covered, jittered(face, random))
        for group, away, angle in (
            ("half-gone faces", random.uniform(0.7, 0.9), random.uniform(0, 2 * np.pi)),
            ("beside faces", random.uniform(0.9, 1.8), random.uniform(0, 2 * np.pi)),
            ("necks and chests", random.uniform(0.9, 1.6), np.pi / 2 + random.normal(0, 0.2)),
        ):
            row = shifted(picture, face, away, angle)
            if row is not None:
                add(group, 0, picture.rgb, row)
    for _ in range(600):
        patch = compress(Light(random)(texture(random, backgrounds, SIDE, SIDE), random), random)
        row = np.array([SIDE / 2, SIDE / 2, SIDE / CONTEXT, SIDE / CONTEXT, *[0] * 11], np.float32)
        add("face-free patches", 0, patch, row)
    for group, there, rgb, row in clips:
        add(group, there, rgb, row)
    return groups


def leaving(folder):
    """leave_return: (group, there, picture, box) with a face, and with the box of the last frame that had one after it left."""
    truth, row = data.truth_of(folder / "clips/stress/leave_return.gt.csv"), None
    for number, image in enumerate(data.frames(folder / "clips/stress/leave_return.mp4")):
        cx, cy, w, h, visible = truth.get(number, [0] * 5)
        if visible == 1:
            row = np.array([cx, cy, w, h, *[0] * 11], np.float32)
            yield "faces, leave_return", 1, image[:, :, ::-1].copy(), row
        elif visible == 0 and row is not None:
            yield "after the face left, leave_return", 0, image[:, :, ::-1].copy(), row


def figures_of(groups):
    """Share of right answers at 0.5 a group, over all, and how often the answer is clear."""
    figures, right, clear = {}, [], []
    for group, (probabilities, there, _) in groups.items():
        values = np.array(probabilities)
        figures[f"told as present: {group}"] = (np.mean(values > 0.5), f"of {len(values)}; {'1' if there else '0'} is perfect")
        right.append(np.mean((values > 0.5) == there))
        clear.append(np.mean((values < 0.1) | (values > 0.9)))
    figures["presence accuracy"] = (np.mean(right), "mean over the groups")
    figures["clear presence, under 0.1 or over 0.9"] = (np.mean(clear), "mean over the groups")
    return figures


def labelled(rgb, row, points, presence):
    out = tile(rgb, row, points)
    cv2.putText(out, f"{presence:.2f}", (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 0), 1, cv2.LINE_AA)
    return out


def sheet(ours, faces, people, groups, random, file):
    """Rows of 12: hand-set faces, the worst of them, lfw, both held-out clips, then the most wrong presences of each group."""
    shown = lambda cases: [labelled(rgb, row, *ours(rgb, row)) for rgb, row in cases]
    errors = [nme(ours(p.rgb, f)[0], points) for p, f, points in faces]
    worst = [(faces[i][0].rgb, faces[i][1]) for i in np.argsort(errors)[::-1][:12]]
    some = lambda those: [those[i] for i in np.linspace(0, len(those) - 1, 12).astype(int)]
    rows = [[(p.rgb, jittered(f, random)) for p, f, _ in some(faces)], worst]
    for kind in ("lfw", "d9", "OTB_DragonBaby"):
        those = [p for p in people if kind in (p.kind, p.person) and len(p.sure)]
        rows.append([(p.rgb, jittered(p.sure[0], random)) for p in some(those)])
    for probabilities, there, cases in groups.values():
        order = np.argsort(np.array(probabilities) * (1 if there else -1))[:12]
        rows.append([cases[i] for i in order])
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(file, np.vstack([np.hstack(shown(row)) for row in rows if len(row) == 12])[:, :, ::-1])


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
    random = np.random.default_rng(1)
    train, people = data.load(arguments.cache, arguments.data, arguments.teachers)
    ours, teacher = Points(f"{arguments.models}/face_landmarks.onnx"), marks.Teachers(arguments.teachers)
    figures = {"time, one core": (milliseconds(ours.net, {"image": random.random((1, 3, SIDE, SIDE), np.float32)}, 1000), "ms")}
    faces = known(people, marks.hand_set(arguments.data, people))
    figures |= accuracy(ours, teacher, faces, known(train, marks.hand_set(arguments.data, train)), random)
    groups = presences(ours, people, leaving(Path(arguments.data)), random)
    figures |= figures_of(groups)
    for name, (value, unit) in figures.items():
        print(f"{name}: {value:.4f} {unit}")
    print(len(faces), "hand-set faces of", len({p.person for p, _, _ in faces}), "videos")
    if arguments.sheet:
        sheet(ours, faces, people, groups, random, arguments.sheet)
    if arguments.card is not None:
        cards.NETWORKS["face_landmarks"]["measure"] = MEASURE
        cards.write(arguments.models, "face_landmarks", figures, arguments.card)


if __name__ == "__main__":
    main()
