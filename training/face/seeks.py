"""Examples for the seeker: how an object looked when it was seen best, how it was seen last, and a wide window in which it is now.

The object is a face with more or less of the head around it, as a person or a tracker might box it, or any thing. Frames of clips
and moments of videos bring true changes of pose; stills get made-up ones.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from data import iou
from light import Light, compress, motion_blur, occlude, soften, texture
from model import ObjectSeeker
from pairs import Pairs
from scenes import laid, placing, warp

SIDE, TEMPLATE, CONTEXT = ObjectSeeker.SIDE, ObjectSeeker.TEMPLATE, ObjectSeeker.CONTEXT
UNIT = SIDE / CONTEXT  # longer side of the object's box in pixels of the window
FACE_SHARE = 0.65
SEEN, GONE = 0.4, 0.1  # visible share of a box from which it is present, under which it is absent
MOTIONS = [(0.3, 0.05, 0.02), (0.4, 0.25, 0.06), (0.3, 0.6, 0.1)]  # chance, b of shift, b of scale
LONGEST = 30  # frames between the best look and now, in clips


@dataclass
class View:
    """A picture, the object's box [15] in it, and a mirror for what is made of it."""

    picture: object
    box: np.ndarray


class Seeks(Pairs):
    """Draws examples."""

    def moments(self):
        """Three views of one face: long ago, a moment ago, now; and whether they are different pictures."""
        random, now = self.random, self.picture()
        face = now.sure[random.integers(len(now.sure))]
        still = [View(now, face)] * 3, False
        if now.kind == "youtube_faces":
            others = self.videos.get(now.person, [])
            if len(others) < 2 or random.random() < 0.3:
                return still
            long_ago, last = (others[random.integers(len(others))] for _ in range(2))
            return [View(long_ago, long_ago.sure[0]), View(last, last.sure[0]), View(now, now.sure[0])], True
        if now.kind != "clip":
            return still
        clip, views = self.clips[now.person], [View(now, face)]
        # Back in time step by step, the face that overlaps most.
        back, ago = int(random.integers(1, 5)), int(random.integers(1, LONGEST))
        way = 1 if random.random() < 0.5 else -1
        for distance in (back, ago):
            found = self.same(clip, now.frame, views[0].box, way, distance)
            if found is None:
                return still
            views.append(found)
        return [views[2], views[1], views[0]], True

    def same(self, clip, frame, face, way, distance):
        """The view of `face` so many frames away, if it can be followed there."""
        view = None
        for step in range(1, distance + 1):
            picture = clip.get(frame + way * step)
            if picture is None or not len(picture.sure):
                return view
            overlaps = iou(face, picture.sure)
            if overlaps.max() < 0.3:
                return view
            face = picture.sure[overlaps.argmax()]
            view = View(picture, face)
        return view

    def boxed(self, views):
        """The same views with boxes as somebody would draw them: the face, more of the head, or a part, in any proportions."""
        random = self.random
        larger = np.exp(random.uniform(np.log(0.85), np.log(2.0), 2) + random.normal(0, 0.1))
        aside, up = random.normal(0, 0.06), random.uniform(-0.05, 0.25) * (larger[1] > 1.1)
        out = []
        for view in views:
            box = view.box.copy()
            box[0] += aside * box[2]
            box[1] -= up * box[3]
            box[2:4] *= larger
            out.append(View(view.picture, box))
        return out

    def looks(self, view, centre, size, tilt, squeeze):
        """The map that puts the box with a longer side of `size` pixels there, narrowed to `squeeze` as if it turned away."""
        matrix = placing(view.box, centre, size, tilt)
        narrowed = np.array([[squeeze, 0.0, centre[0] * (1 - squeeze)], [0.0, 1.0, 0.0]])
        return narrowed @ np.vstack([matrix, [0, 0, 1]])

    def drawn(self, view, matrix, ground, centre, half, cut):
        """The view over the ground; with `cut` only an oval or a box of it."""
        high, wide = ground.shape[:2]
        image, mask = warp(view.picture.rgb, matrix, high, wide)
        if cut:
            return laid(image, mask, ground, centre, half, cut["oval"])
        out = ground.copy()
        np.copyto(out, image, where=mask[:, :, None] > 0)
        return out

    def ground(self, wide_one=None):
        """A place of the window's size; of the same room as `wide_one`, a little moved, if there is one."""
        if wide_one is None or self.random.random() < 0.15:
            if self.random.random() < 0.1:
                return np.zeros((SIDE, SIDE, 3), np.uint8)
            return texture(self.random, self.backgrounds, SIDE, SIDE)
        move = np.float32([[1, 0, self.random.laplace(0, 6)], [0, 1, self.random.laplace(0, 6)]])
        return cv2.warpAffine(wide_one, move, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)

    def others(self, search, place, half, sort):
        """Other faces or things in the window, not over the object."""
        random = self.random
        for _ in range(1 + (random.random() < 0.3)):
            if sort == "face" or random.random() < 0.4:
                picture = self.picture()
                view = View(picture, picture.sure[random.integers(len(picture.sure))])
            else:
                view = View(*self.thing())
            size = UNIT * np.exp(random.normal(0, 0.3))
            centre = random.uniform(0, SIDE, 2)
            reach = half + size * 0.6
            if place is not None and (np.abs(centre - place) < reach).all():
                continue
            matrix = placing(view.box, centre, size, 0.0)
            cut = {"oval": random.random() < 0.7}
            sides = view.box[2:4] / view.box[2:4].max() * size
            search[:] = self.drawn(view, matrix, search, centre, sides * random.uniform(0.5, 0.8), cut)

    def example(self):
        """Templates uint8 [2, 64, 64, 3], search [128, 128, 3], the same search before light and blur, and the label: middle x, y
        (units of the window's side), log of the growth, presence (-1: not to be judged), has a place."""
        random = self.random
        is_face = random.random() < FACE_SHARE
        if is_face:
            views, moving = self.moments()
            views = self.boxed(views)
        else:
            views, moving = [View(*self.thing())] * 3, False
        chance, shift, scale = MOTIONS[random.choice(3, p=[m[0] for m in MOTIONS])]
        shift = np.clip(random.laplace(0, shift, 2), -1.6, 1.6) * UNIT
        grown = np.clip(random.laplace(0, scale), -0.4, 0.4)
        slip = random.laplace(0, 0.06, 2) * UNIT
        misjudged = np.clip(random.laplace(0, 0.08), -0.3, 0.3)
        size = UNIT * np.exp(-misjudged)
        tilt = np.deg2rad(self.tilt()) * 0.5
        turns = random.normal(0, 0.12, 3) if not moving else np.zeros(3)
        squeezes = np.where(random.random(3) < (0.0 if moving else 0.4), random.uniform(0.6, 1.0, 3), 1.0)
        cut = None
        if random.random() < (0.45 if is_face else 0.8):
            cut = {"oval": random.random() < 0.7}
        spread = random.uniform(0.5, 0.8) if is_face else random.uniform(0.48, 0.56)
        sides = views[2].box[2:4] / views[2].box[2:4].max()
        here = self.ground()
        # The templates: at the middle of their windows, a little off.
        templates = []
        for i, off in ((0, random.laplace(0, 0.04, 2) * UNIT), (1, slip)):
            centre = TEMPLATE / 2 + off
            own = size if i else UNIT * np.exp(np.clip(random.laplace(0, 0.05), -0.2, 0.2))
            at = self.looks(views[i], centre, own, tilt + turns[i], squeezes[i])
            first = (SIDE - TEMPLATE) // 2
            place = here if i or random.random() < 0.5 else self.ground()
            place = np.ascontiguousarray(place[first : first + TEMPLATE, first : first + TEMPLATE])
            templates.append(self.drawn(views[i], at, place, centre, sides * own * spread * [squeezes[i], 1], cut))
        centre = SIDE / 2 + slip + shift
        there = size * np.exp(grown)
        half = sides * there / 2
        search = self.ground(here)
        present, fate = 1.0, random.random()
        matrix = self.looks(views[2], centre, there, tilt + turns[2], squeezes[2])
        if fate < 0.16:
            present = 0.0
            if fate < 0.06:
                self.others(search, None, half, "face" if is_face else "thing")
        else:
            if random.random() < 0.25 and cut:
                self.others(search, None, half, "face" if is_face else "thing")
            search = self.drawn(views[2], matrix, search, centre, half * 2 * spread * [squeezes[2], 1], cut)
        if random.random() < 0.3:
            self.others(search, centre if present else None, half, "face" if is_face else "thing")
        hidden = np.zeros((SIDE, SIDE), np.uint8)
        if random.random() < 0.2:
            where = centre + half * random.uniform(-1.3, 1.3, 2)
            hidden = occlude(search, random, self.backgrounds, where, half * 2)
        if random.random() < 0.12:  # the frame's edge
            edge = int(random.integers(4, SIDE // 2))
            turn = int(random.integers(4))
            for image in (np.rot90(search, turn), np.rot90(hidden, turn)):
                image[:edge] = 1 if image.ndim == 2 else 0
            inner = max(0, edge - (SIDE - TEMPLATE) // 2)
            np.rot90(templates[1], turn)[:inner] = 0
        shown = seen_part(centre, half, hidden) if present else 0.0
        if present:
            present = 1.0 if shown >= SEEN else 0.0 if shown < GONE else -1.0
        clean = search.copy()
        if random.random() < 0.55 and np.abs(shift).max() > 0.1 * UNIT:
            search = motion_blur(search, *(shift * random.uniform(0.15, 0.8)))
            if random.random() < 0.4:
                templates[1] = motion_blur(templates[1], *(shift * random.uniform(0.1, 0.5) + random.normal(0, 2, 2)))
        light = Light(random)
        then = light.varied(random, 4.0)
        templates[0] = compress(then(templates[0], random), random, 0.1)
        templates[1] = compress(light(soften(templates[1], random), random), random, 0.15)
        search = compress(light.varied(random, 1.5)(soften(search, random), random), random, 0.15)
        middle = centre / SIDE
        if random.random() < 0.5:
            templates = [t[:, ::-1] for t in templates]
            search, clean, middle = search[:, ::-1], clean[:, ::-1], np.array([1 - middle[0], middle[1]])
        if random.random() < 0.12:  # seen from the other side
            templates[0] = templates[0][:, ::-1]
        placed = float(present != 0.0 and shown >= 0.25)
        label = [*middle, grown - misjudged, present, placed]
        return templates, search, clean, label

    def batch(self, count):
        """Templates uint8 [2 B, 3, 64, 64] (all first ones, then all second ones), search and clean search [B, 3, 128, 128], labels
        float32 [B, 5]."""
        drawn = [self.example() for _ in range(count)]
        flat = lambda images: np.ascontiguousarray(np.stack(images).transpose(0, 3, 1, 2))
        templates = flat([d[0][0] for d in drawn] + [d[0][1] for d in drawn])
        labels = np.array([d[3] for d in drawn], np.float32)
        return templates, flat([d[1] for d in drawn]), flat([d[2] for d in drawn]), labels


def seen_part(centre, half, hidden):
    """Share of the box that lies in the window and is not hidden."""
    low, top = np.clip(centre - half, 0, SIDE), np.clip(centre + half, 0, SIDE)
    inside = np.prod(np.maximum(top - low, 0))
    if inside < 1:
        return 0.0
    (x0, y0), (x1, y1) = low.astype(int), np.ceil(top).astype(int)
    return float(inside / np.prod(half * 2) * (1 - hidden[y0:y1, x0:x1].mean()))
