"""The app's loop in a few lines of Python: detect at the start, when unsure and now and then; regress in between.

Simpler than the app: no landmarks judge the regressor, and nobody is known again by their looks; a new face gets the id of the one
that left last. Good to compare detectors and regressors with each other; what the app reaches stands in docs/experiments/2026-11-29-tracker.md.
"""

import cv2
import numpy as np

from data import iou, suppress
from export import session
from model import CONTEXT, TRACK_SIDE, FaceDetector

INPUT_AREA = 576 * 320
START = 0.7  # detector score that starts a track
CONFIRM = 0.3  # detector score that keeps one
INSIDE = 0.35  # least share of the box within the picture of a face that counts as seen
SEEN = 0.5  # presence from which a face counts as seen
EVERY = 4  # frames between two detections while all is well
MISSES = 4  # detections in a row without a face there that end a track, whatever the tracker claims
COAST = 10  # frames that an unseen face is kept, without being told
SAME = 0.2  # overlap from which a detection belongs to a track
APART = 0.05  # most overlap with a track of a detection that starts another
PULL = 0.5  # how far a detection pulls the box


def feed(net, canvas):
    """The detector's input from an RGB uint8 picture: bytes with an alpha, or planes of floats before quantize.py."""
    (image,) = net.get_inputs()
    if image.type == "tensor(uint8)":
        return {image.name: np.dstack([canvas, np.full(canvas.shape[:2], 255, np.uint8)])[None]}
    return {image.name: canvas.transpose(2, 0, 1)[None].astype(np.float32) / 255}


class Detector:
    """models/face_detect.onnx on an RGB uint8 picture of any size: faces [N, 15]."""

    def __init__(self, path):
        self.net = session(path)

    def __call__(self, rgb, least=CONFIRM):
        high, wide = rgb.shape[:2]
        aspect = np.clip(wide / high, 0.25, 4.0)
        w, h = (max(1, round(np.sqrt(v) / 32)) * 32 for v in (INPUT_AREA * aspect, INPUT_AREA / aspect))
        scale = min(w / wide, h / high)
        canvas = np.zeros((h, w, 3), np.uint8)
        small = (max(1, min(w, round(wide * scale))), max(1, min(h, round(high * scale))))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        canvas[: small[1], : small[0]] = cv2.resize(rgb, small, interpolation=how)
        rows = FaceDetector.faces(self.net.run(None, feed(self.net, canvas)))[0].numpy()
        rows[:, :14] /= scale
        return suppress(rows[rows[:, 14] >= least])


class Regressor:
    """models/face_track.onnx: where the box of one frame lies in the next."""

    def __init__(self, path):
        self.net = session(path)

    def __call__(self, before, after, box):
        """(box [4], presence, points [10]) in pixels of the frames."""
        side = CONTEXT * max(box[2], box[3])
        origin = box[:2] - side / 2
        scale = TRACK_SIDE / side
        matrix = np.array([[scale, 0, -origin[0] * scale], [0, scale, -origin[1] * scale]])
        feed = {"previous": self.cut(before, matrix, scale), "search": self.cut(after, matrix, scale)}
        found, presence, points = self.net.run(None, feed)
        found, points = found[0] * side, points[0] * side + np.tile(origin, 5)
        found[:2] += origin
        return found, float(presence[0, 0]), points

    @staticmethod
    def cut(frame, matrix, scale):
        size = (TRACK_SIDE, TRACK_SIDE)
        if scale < 0.6:  # as a mean over the pixels that fall into one
            factor = int(np.ceil(1 / scale))
            wide = matrix * factor + np.array([[0, 0, 0.5], [0, 0, 0.5]]) * (factor - 1)
            crop = cv2.warpAffine(frame, wide, (TRACK_SIDE * factor,) * 2, flags=cv2.INTER_LINEAR)
            crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        else:
            crop = cv2.warpAffine(frame, matrix, size, flags=cv2.INTER_LINEAR)
        return crop.transpose(2, 0, 1)[None].astype(np.float32) / 255


def inside(box, shape):
    """Share of the box that lies in a picture of this shape."""
    low = np.clip(box[:2] - box[2:] / 2, 0, shape[1::-1])
    top = np.clip(box[:2] + box[2:] / 2, 0, shape[1::-1])
    return float(np.prod(top - low) / max(np.prod(box[2:]), 1e-6))


class Loop:
    """Follows all faces of a clip, frame by frame."""

    def __init__(self, detector, regressor, every=EVERY, seen=SEEN, pull=PULL):
        self.detector, self.regressor = detector, regressor
        self.every, self.seen, self.pull = every, seen, pull
        self.tracks, self.lost, self.before, self.since, self.next = [], [], None, 0, 0
        self.detections = 0

    def __call__(self, rgb):
        """[(id, box, presence, points)] of the faces that are seen in this frame."""
        for track in self.tracks:
            box, presence, points = self.regressor(self.before, rgb, track["box"])
            if presence >= self.seen and inside(box, rgb.shape) >= INSIDE:
                track.update(box=box, presence=presence, points=points, away=0)
            else:
                track.update(presence=presence, away=track["away"] + 1)
        self.before = rgb
        self.since += 1
        unsure = not self.tracks or any(t["away"] or t["missed"] for t in self.tracks)
        if unsure or self.since >= self.every:
            self.since = 0
            self.correct(self.detector(rgb))
        kept = []
        for track in self.tracks:
            alive = track["away"] <= COAST and track["missed"] < MISSES and max(track["box"][2:]) >= 8
            if not alive:
                self.lost.append(track["id"])
            elif all(iou(track["box"], other["box"]) < 0.55 for other in kept):
                kept.append(track)
        self.tracks = kept
        return [(t["id"], t["box"], t["presence"], t["points"]) for t in kept if not t["away"]]

    def correct(self, faces):
        self.detections += 1
        free = list(faces)
        for track in self.tracks:
            best = max(range(len(free)), key=lambda i: iou(track["box"], free[i]), default=None)
            if best is not None and iou(track["box"], free[best]) > SAME:
                face = free.pop(best)
                pull = 1.0 if track["away"] else self.pull
                track["box"] = track["box"] + (face[:4] - track["box"]) * pull
                track["points"] = track["points"] + (face[4:14] - track["points"]) * pull
                track.update(missed=0, away=0)
            else:
                track["missed"] += 1
        for face in free:
            if face[14] >= START and all(iou(t["box"], face) < APART for t in self.tracks):
                if not self.lost:  # else it is the one that left last
                    self.lost.append(self.next)
                    self.next += 1
                start = {"id": self.lost.pop(), "box": face[:4], "points": face[4:14], "presence": float(face[14])}
                self.tracks.append(start | {"away": 0, "missed": 0})
