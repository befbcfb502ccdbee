"""Measures what was exported: the detector on pictures nobody trained on, both networks together on every clip.

python training/face/evaluate.py --data DATA --out training/runs/face_eval

Writes NAME.csv (frame,id,x,y,w,h,score) for each clip and sheet.png, frames with boxes and points to look at. With --cards it also
writes the model cards, with the figures in them.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

import cards
import data
import follow
from export import milliseconds
from model import TRACK_SIDE

TRUTH = {
    "OTB_DragonBaby": "tracking/OTB_DragonBaby/groundtruth_rect.txt",
    "leave_return": "clips/stress/leave_return.gt.csv",
    "two_faces": "clips/stress/two_faces.gt.csv",
}
SHEET_FRAMES = 8
COLOURS = [(80, 255, 80), (80, 160, 255), (255, 200, 40), (255, 80, 255)]


def detector_figures(detector, validation):
    """Recall of the teacher's sure, large faces on held-out pictures, by set, and false faces on face-free ones."""
    figures, sets = {}, {}
    for picture in validation:
        if picture.kind == "clip" and (picture.frame % 6 or picture.person in data.TESTS_ONLY):
            continue
        name = picture.person if picture.kind == "clip" else picture.kind
        sets.setdefault(name, []).append(picture)
    for name, pictures in sorted(sets.items()):
        hits, total, false, overlaps, offsets = 0, 0, 0, [], []
        for picture in pictures:
            faces = detector(picture.rgb)
            if name == "empty":
                false += int((faces[:, 14] >= follow.START).sum())
            for truth in picture.faces[(picture.faces[:, 14] > 0.8) & (picture.faces[:, 2] > 24)]:
                total += 1
                overlap = data.iou(truth, faces) if len(faces) else np.zeros(1)
                if overlap.max() > 0.5:
                    hits += 1
                    face = faces[overlap.argmax()]
                    overlaps.append(overlap.max())
                    gap = (face[4:14] - truth[4:14]).reshape(5, 2)
                    offsets.append(np.hypot(*gap.T).mean() / np.sqrt(truth[2] * truth[3]))
        if name == "empty":
            figures["false faces in face-free pictures"] = (false, f"in {len(pictures)} pictures")
        elif total:
            figures[f"recall {name}"] = (hits / total, f"of {total} faces")
            figures[f"mean IoU {name}"] = (float(np.mean(overlaps)), "IoU with the teacher")
            figures[f"point error {name}"] = (float(np.mean(offsets)), "of the face's size")
    return figures


def tracking_score(rows, truth):
    """AUC of the success curve (0 to 0.952) of the id that covers the face first, and false presence."""
    shown = {f: np.array(t[:4]) for f, t in truth.items() if t[4] >= 0.5}
    gone = [f for f, t in truth.items() if t[4] < 0.05]
    overlaps, chosen = [], None
    for number, box in sorted(shown.items()):
        here = {track: found for track, found, *_ in rows.get(number, [])}
        if chosen is None and here:
            chosen = max(here, key=lambda track: data.iou(here[track], box))
        overlaps.append(float(data.iou(here[chosen], box)) if chosen in here else 0.0)
    overlaps = np.array(overlaps)
    auc = float(np.mean([(overlaps > t).mean() for t in np.arange(21) * 0.05]))
    claimed = float(np.mean([bool(rows.get(f)) for f in gone])) if gone else None
    return auc, claimed


def draw(frame, seen, number):
    """A frame of the sheet: boxes, points, presence."""
    scale = 200 / frame.shape[0]
    image = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for track, box, presence, points in seen:
        colour = COLOURS[track % len(COLOURS)]
        low, top = ((box[:2] + s * box[2:4] / 2) * scale for s in (-1, 1))
        cv2.rectangle(image, tuple(map(int, low)), tuple(map(int, top)), colour, 1)
        for x, y in points.reshape(5, 2) * scale:
            cv2.circle(image, (int(x), int(y)), 1, colour, -1)
        text = f"{track}: {presence:.2f}"
        cv2.putText(image, text, (int(low[0]), max(9, int(low[1]) - 2)), cv2.FONT_HERSHEY_SIMPLEX, 0.33, colour, 1)
    cv2.putText(image, str(number), (3, 195), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (255, 255, 255), 1)
    return image


def run_clip(path, loop):
    """{frame: what was seen}, and the pictures of the sheet."""
    frames = [np.ascontiguousarray(f[:, :, ::-1]) for f in data.frames(path)]
    picked = set(np.linspace(0, len(frames) - 1, SHEET_FRAMES).astype(int).tolist())
    rows, pictures = {}, []
    for number, frame in enumerate(frames):
        rows[number] = loop(frame)
        if number in picked:
            pictures.append(draw(frame, rows[number], number))
    return rows, np.hstack(pictures)


def write_rows(rows, path):
    with open(path, "w", encoding="utf-8") as file:
        file.write("frame,id,x,y,w,h,score\n")
        for number, seen in rows.items():
            for track, (cx, cy, w, h), presence, _ in seen:
                file.write(f"{number},{track},{cx - w / 2:.2f},{cy - h / 2:.2f},{w:.2f},{h:.2f},{presence:.3f}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--cache", default="training/runs/face_data")
    parser.add_argument("--models", default="models")
    parser.add_argument("--out", default="training/runs/face_eval")
    parser.add_argument("--every", type=int, default=follow.EVERY)
    parser.add_argument("--seen", type=float, default=follow.SEEN)
    parser.add_argument("--only", help="one clip")
    parser.add_argument(
        "--cards", nargs=2, type=float, metavar=("DETECTOR", "TRACKER"), help="write the cards; minutes that each was trained"
    )
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    models, out, source = Path(arguments.models), Path(arguments.out), Path(arguments.data)
    out.mkdir(parents=True, exist_ok=True)
    detector = follow.Detector(models / "face_detect.onnx")
    regressor = follow.Regressor(models / "face_track.onnx")
    crop = np.random.default_rng(0).random((1, 3, TRACK_SIDE, TRACK_SIDE), np.float32)
    figures = {"face_detect": {}, "face_track": {}}
    picture = follow.feed(detector.net, np.zeros((320, 576, 3), np.uint8))
    figures["face_detect"]["time at 576x320, one core"] = (milliseconds(detector.net, picture), "ms")
    figures["face_track"]["time, one core"] = (milliseconds(regressor.net, {"previous": crop, "search": crop}), "ms")
    if not arguments.only:
        figures["face_detect"] |= detector_figures(detector, data.load(arguments.cache)[1])
    sheets = []
    for clip in data.CLIPS:
        name = Path(clip).stem
        if arguments.only and name != arguments.only:
            continue
        loop = follow.Loop(detector, regressor, arguments.every, arguments.seen)
        rows, sheet = run_clip(source / clip, loop)
        write_rows(rows, out / f"{name}.csv")
        sheets.append(sheet)
        found = np.mean([bool(seen) for seen in rows.values()])
        print(f"{name}: {len(rows)} frames, a face in {found:.3f}, {loop.detections} detections, ids {loop.next}")
        if name in TRUTH:
            auc, claimed = tracking_score(rows, data.truth_of(source / TRUTH[name]))
            figures["face_track"][f"AUC {name}"] = (auc, "AUC, 0.952 is perfect")
            if claimed is not None:
                figures["face_track"][f"false presence {name}"] = (claimed, "of the frames without a face")
    width = max(sheet.shape[1] for sheet in sheets)
    sheets = [cv2.copyMakeBorder(s, 0, 4, 0, width - s.shape[1], cv2.BORDER_CONSTANT) for s in sheets]
    cv2.imwrite(str(out / "sheet.png"), np.vstack(sheets)[:, :, ::-1])
    print(json.dumps(figures, indent=1))
    if arguments.cards:
        for (network, measured), minutes in zip(figures.items(), arguments.cards):
            cards.write(models, network, measured, minutes)


if __name__ == "__main__":
    main()
