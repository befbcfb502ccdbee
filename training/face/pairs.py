"""Pairs of crops for the tracker: the same square window in two frames, between which a face (or any object) moved.

GOTURN's motion model (Laplace, b = 1/5 of the size for the shift, 1/15 for the scale) is the middle of three: small steps, for
a steady answer, and wild ones, for a stalled camera. Faces come from stills and from neighbouring frames of clips; the window
is cut round an inexact previous box, so that the answer pulls back to the face and does not drift.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from data import iou, mirror
from light import Light, compress, motion_blur, occlude, soften, texture
from model import CONTEXT, TRACK_SIDE
from scenes import Scenes, laid, placing, turned, warp

FACE_SHARE = 0.75
SEEN, GONE = 0.4, 0.12  # visible share of a box from which it is present, under which it is absent
MOTIONS = [(0.25, 0.02, 0.01), (0.45, 1 / 5, 1 / 15), (0.3, 0.4, 0.18)]  # chance, b of shift, b of scale


@dataclass
class Pair:
    """Two crops uint8 [96, 96, 3], the box and points in units of the side, and what of it may be learnt from."""

    previous: np.ndarray
    search: np.ndarray
    box: np.ndarray
    points: np.ndarray
    presence: float  # 1 there, 0 gone, -1 not to be judged
    has_box: float
    has_points: float


class Pairs(Scenes):
    """Draws pairs; shares the choice of pictures with the detector's scenes."""

    def __init__(self, pictures, seed):
        super().__init__(pictures, seed)
        self.clips, self.videos = {}, {}
        for picture in pictures:
            if picture.kind == "clip":
                self.clips.setdefault(picture.person, {})[picture.frame] = picture
            elif picture.kind == "youtube_faces" and len(picture.sure) == 1:
                self.videos.setdefault(picture.person, []).append(picture)

    def step(self, small=False):
        """Shift in units of the object's size, scale, turn (radians)."""
        random = self.random
        chances = [m[0] for m in MOTIONS]
        _, shift, scale = MOTIONS[0] if small else MOTIONS[random.choice(3, p=chances)]
        moved = np.clip(random.laplace(0, shift, 2), -2, 2)
        grown = np.clip(1 + random.laplace(0, scale), 0.5, 1.8)
        return moved, grown, np.deg2rad(np.clip(random.normal(0, 30 * scale), -25, 25))

    def neighbours(self):
        """(picture, face) before and after: the same still twice, near frames of a clip, or moments of a video."""
        random, before = self.random, self.picture()
        face = before.sure[random.integers(len(before.sure))]
        if before.kind == "youtube_faces" and random.random() < 0.6:
            # Moments of one video: the same person with another pose, mouth and light.
            others = self.videos.get(before.person, [])
            if len(others) > 1:
                after = others[random.integers(len(others))]
                return (before, face), (after, after.sure[0]), after is not before
        if before.kind != "clip":
            return (before, face), (before, face), False
        clip = self.clips[before.person]
        after = clip.get(before.frame + int(random.choice([-4, -3, -2, -1, 1, 1, 2, 3, 4])), before)
        if not len(after.sure):
            return (before, face), (before, face), False
        overlaps = iou(face, after.sure)
        if overlaps.max() < 0.15:
            return (before, face), (before, face), False
        return (before, face), (after, after.sure[overlaps.argmax()]), after is not before

    def thing(self):
        """Any object: a box in a face-free picture that holds some texture."""
        random = self.random
        while True:
            picture = self.backgrounds[random.integers(len(self.backgrounds))]
            high, wide = picture.rgb.shape[:2]
            size = np.exp(random.uniform(np.log(24), np.log(0.6 * min(high, wide))))
            aspect = np.exp(random.normal(0, 0.3))
            w, h = size * min(1, aspect), size * min(1, 1 / aspect)
            x, y = random.uniform([w / 2, h / 2], [wide - w / 2, high - h / 2])
            part = picture.rgb[int(y - h / 2) : int(y + h / 2) + 1, int(x - w / 2) : int(x + w / 2) + 1]
            if part[::2, ::2].std() > 18 or random.random() < 0.02:
                face = np.zeros(15, np.float32)
                face[:4] = x, y, w, h
                face[4:14:2], face[5:14:2], face[14] = x, y, 1.0
                return picture, face

    def draw(self, picture, matrix, ground, box, cut):
        """The picture over the ground; with `cut`, only a soft oval or box round the object."""
        image, mask = warp(picture.rgb, matrix, TRACK_SIDE, TRACK_SIDE)
        if cut:
            return laid(image, mask, ground, box[:2], box[2:4] * cut["half"], cut["oval"])
        image[mask == 0] = ground[mask == 0]
        return image

    def stranger(self, previous, search, here, there):
        """A second face near the first in both crops; not over it."""
        random, other = self.random, self.picture()
        face = other.sure[random.integers(len(other.sure))]
        size = max(here[2:4]) * random.uniform(0.6, 1.3)
        turn = random.uniform(0, 2 * np.pi)
        offset = np.array([np.cos(turn), 0.5 * np.sin(turn)]) * size * random.uniform(0.9, 1.6)
        cut = {"half": random.uniform(0.6, 1.0), "oval": random.random() < 0.7}
        wander = random.laplace(0, 0.1, 2) * size
        for crop, place, centre in ((previous, here, here[:2] + offset), (search, there, there[:2] + offset + wander)):
            matrix = placing(face, centre, size, 0.0)
            box = turned(face[None], matrix)[0]
            if iou(box[:4] * [1, 1, 1.2, 1.2], place[:4]) < 0.08:
                crop[:] = self.draw(other, matrix, crop, box, cut)

    def pair(self):
        """One training example."""
        random, side = self.random, TRACK_SIDE
        is_face = random.random() < FACE_SHARE
        if is_face:
            (before, a), (after, b), moving = self.neighbours()
        else:
            before, a = self.thing()
            after, b, moving = before, a, False
        # The window: round a previous box that a tracker would have had.
        tilt = np.deg2rad(self.tilt()) if is_face else 0.0
        slip = random.laplace(0, 0.05, 2) if is_face else np.zeros(2)
        misjudged = np.exp(np.clip(random.laplace(0, 0.06), -0.4, 0.4)) if is_face else 1.0
        upright = turned(a[None], placing(a, np.zeros(2), max(a[2:4]), tilt))[0]
        size = side / CONTEXT / max(upright[2:4]) * max(a[2:4]) / misjudged
        centre = side / 2 + slip * side / CONTEXT
        previous_from_picture = placing(a, centre, size, tilt)
        here = turned(a[None], previous_from_picture)[0]
        # The step from one frame to the next, about the object's middle.
        shift, scale, turn = self.step(small=moving and random.random() < 0.6)
        motion = placing(np.array([*here[:2], 1, 1]), here[:2] + shift * side / CONTEXT, scale, turn)
        still = previous_from_picture
        if after is not before and after.kind == "youtube_faces":
            still = placing(b, here[:2], max(here[2:4]), tilt)
        whole = motion @ np.vstack([still, [0, 0, 1]])
        there = turned(b[None], whole)[0]
        if random.random() < 0.3:
            ground = np.zeros((side, side, 3), np.uint8)
        else:
            ground = texture(random, self.backgrounds, side, side)
        cut = None
        if random.random() < (0.3 if is_face else 0.6):
            half = random.uniform(0.55, 1.0) if is_face else 0.5
            cut = {"half": half, "oval": random.random() < 0.6}
            if not ground.any():
                ground = texture(random, self.backgrounds, side, side)
        previous = self.draw(before, previous_from_picture, ground, here, cut)
        present, fate = 1.0, random.random()
        if fate < 0.07:  # gone, the place behind it is seen
            search, present = ground.copy() if cut else texture(random, self.backgrounds, side, side), 0.0
        elif fate < 0.11:  # cut to another picture
            search, present = texture(random, self.backgrounds, side, side), 0.0
        elif fate < 0.14:  # it was gone before
            previous, search, present = ground.copy(), ground.copy(), 0.0
            if ground[::4, ::4].std() > 25:
                present = -1.0  # with texture it might be an object to follow
        else:
            search = self.draw(after, whole, ground, there, cut)
        if is_face and present == 1.0 and random.random() < 0.15:
            self.stranger(previous, search, here, there)
        hidden = np.zeros((side, side), np.uint8)
        if random.random() < 0.22:
            where = there[:2] + there[2:4] * random.uniform(-0.7, 0.7, 2)
            hidden = occlude(search, random, self.backgrounds, where, there[2:4])
        if random.random() < 0.08:
            occlude(previous, random, self.backgrounds, here[:2] + here[2:4] * random.uniform(-0.7, 0.7, 2), here[2:4] * 0.8)
        shown = visible(there, hidden) if present == 1.0 else 0.0
        if present == 1.0:
            present = 1.0 if shown >= SEEN else 0.0 if shown < GONE else -1.0
        if random.random() < 0.5 and np.abs(shift).max() > 0.08:
            smear = shift * side / CONTEXT * random.uniform(0.1, 0.7)
            search = motion_blur(search, *smear)
            if random.random() < 0.5:  # it moved before, too
                previous = motion_blur(previous, *(smear + random.normal(0, 3, 2)))
        return self.finish(previous, search, there, present, shown, is_face)

    def finish(self, previous, search, there, present, shown, is_face):
        """Light, blur, compression, mirror, units."""
        random, side = self.random, TRACK_SIDE
        light = Light(random)
        previous = compress(light(soften(previous, random), random), random, 0.15)
        search = compress(light.varied(random)(soften(search, random), random), random, 0.15)
        if random.random() < 0.5:
            previous, search = previous[:, ::-1], search[:, ::-1]
            there = mirror(there[None], side)[0]
        good = float(present != 0.0 and shown >= 0.3)
        return Pair(previous, search, there[:4] / side, there[4:14] / side, present, good, good * is_face)

    def pairs(self, count):
        """Crops uint8 [B, 3, 96, 96] twice, and labels [B, 17]: box, points, presence, has box, has points."""
        drawn = [self.pair() for _ in range(count)]
        previous = np.stack([p.previous.transpose(2, 0, 1) for p in drawn])
        search = np.stack([p.search.transpose(2, 0, 1) for p in drawn])
        labels = [np.concatenate([p.box, p.points, [p.presence, p.has_box, p.has_points]]) for p in drawn]
        return previous, search, np.array(labels, np.float32)


def visible(box, hidden):
    """Share of the box that lies in the window and is not hidden."""
    side = TRACK_SIDE
    low = np.clip(box[:2] - box[2:4] / 2, 0, side)
    top = np.clip(box[:2] + box[2:4] / 2, 0, side)
    inside = np.prod(top - low)
    if inside < 1:
        return 0.0
    (x0, y0), (x1, y1) = low.astype(int), np.ceil(top).astype(int)
    return float(inside / np.prod(box[2:4]) * (1 - hidden[y0:y1, x0:x1].mean()))
