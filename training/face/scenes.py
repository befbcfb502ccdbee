"""Made-up camera pictures for the detector: faces of every size on face-free places, with their labels."""

import cv2
import numpy as np

from bald import bald_heads
from data import SURE, mirror
from light import Light, compress, cover_mouth, motion_blur, occlude, soften, texture

# Height, width: what the app feeds, so that faces that fill it are known, and smaller parts of it, which are cheaper.
SIZES = [(192, 320), (192, 256), (256, 192), (320, 576), (384, 480), (480, 384), (416, 416)]
SIZE_CHANCES = [0.3, 0.1, 0.07, 0.25, 0.1, 0.08, 0.1]
MOST = 12  # faces a scene; unused rows are zero
SMALLEST = 7.0  # pixels; smaller faces are left out of training
TURNED = 0.25  # share of pictures that are drawn from those whose face looks aside
BALD = 0.15  # share of pictures whose person has no hair (bald.py)
BALD_HEADS = (500, 500)  # how many of those are made: of faces that look aside, of others
SMEARED = 0.35  # share of scenes whose faces, or all, are blurred by motion over a good part of a face: heads that jump
SMALL = (14.0, 60.0)  # pixels of the faces that a third of the scenes show: people at the other end of a room


def turned(faces, matrix):
    """The faces after an affine map without shear [2, 3]; a tilted face gets the box round its tilted ellipse."""
    out = faces.copy()
    scale = np.hypot(matrix[0, 0], matrix[1, 0])
    cos, sin = matrix[0, 0] / scale, matrix[1, 0] / scale
    out[:, :2] = faces[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    w, h = faces[:, 2] * scale, faces[:, 3] * scale
    out[:, 2] = np.hypot(w * cos, h * sin)
    out[:, 3] = np.hypot(w * sin, h * cos)
    points = faces[:, 4:14].reshape(-1, 2) @ matrix[:, :2].T + matrix[:, 2]
    out[:, 4:14] = points.reshape(-1, 10)
    return out


def warp(rgb, matrix, high, wide):
    """The picture through the map [2, 3], with its mask; shrinks first by area where bilinear would skip pixels."""
    scale = np.hypot(matrix[0, 0], matrix[1, 0])
    # Only the part that will be seen is touched.
    corners = np.array([[0, 0], [wide, 0], [0, high], [wide, high]]) - matrix[:, 2]
    corners = corners @ np.linalg.inv(matrix[:, :2]).T
    left, top = np.clip(np.floor(corners.min(0)) - 4, 0, None).astype(int)
    right, bottom = (np.ceil(corners.max(0)) + 4).astype(int)
    part = rgb[top : max(bottom, 0), left : max(right, 0)]
    if part.size == 0:
        return np.zeros((high, wide, 3), np.uint8), np.zeros((high, wide), np.uint8)
    matrix = np.hstack([matrix[:, :2], (matrix[:, 2] + matrix[:, :2] @ [left, top])[:, None]])
    if scale < 0.6 and min(part.shape[:2]) * scale >= 1:
        small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        matrix[:, 0] *= part.shape[1] / small.shape[1]
        matrix[:, 1] *= part.shape[0] / small.shape[0]
        part = small
    image = cv2.warpAffine(part, matrix, (wide, high), flags=cv2.INTER_LINEAR)
    mask = cv2.warpAffine(np.full(part.shape[:2], 255, np.uint8), matrix, (wide, high), flags=cv2.INTER_NEAREST)
    return image, mask


def placing(face, centre, size, angle):
    """The map that puts `face` at `centre` with a longer side of `size` pixels, turned by `angle`."""
    scale = size / max(face[2], face[3])
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    matrix = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
    matrix[:, 2] = centre - matrix[:, :2] @ face[:2]
    return matrix


def laid(image, mask, ground, centre, half, oval):
    """What `mask` shows of `image` over `ground`: only a soft oval or a box, of half sides `half`, round `centre`."""
    shape = np.zeros_like(mask)
    if oval:
        cv2.ellipse(shape, (tuple(map(float, centre)), tuple(map(float, half * 2)), 0), 255, -1)
    else:
        low, top = (np.clip(centre + s * half, -999, 999).astype(int) for s in (-1, 1))
        cv2.rectangle(shape, tuple(map(int, low)), tuple(map(int, top)), 255, -1)
    mask = cv2.blur(cv2.bitwise_and(shape, mask), (3, 3))
    alpha = mask[:, :, None].astype(np.float32) / 255
    return (ground + (image.astype(np.float32) - ground) * alpha).astype(np.uint8)


def looks_aside(face):
    """Whether the nose is far from the eyes' middle, along the line through them, or the eyes near each other; three quarters or more."""
    eyes, nose = face[4:8].reshape(2, 2), face[8:10]
    along = eyes[1] - eyes[0]
    apart = np.hypot(*along)
    off = abs((nose - eyes.mean(0)) @ along) / max(apart, 1e-3)
    return off > 0.1 * face[2] or apart < 0.32 * face[2]


def smear(canvas, faces, random):
    """Motion blur over a tenth to two thirds of a face's width: of the whole scene, or of heads before what stands still."""
    face = faces[random.integers(len(faces))]
    angle, length = random.uniform(0, np.pi), min(face[2] * random.uniform(0.1, 0.65), 31.0)
    blurred = motion_blur(canvas, np.cos(angle) * length, np.sin(angle) * length)
    if random.random() < 0.4:
        return blurred
    shape = np.zeros(canvas.shape[:2], np.uint8)
    reach = random.uniform(0.8, 1.6)
    for face in faces:
        cv2.ellipse(shape, (tuple(map(float, face[:2])), tuple(map(float, face[2:4] * 2 * reach)), 0), 255, -1)
    wide = max(3, int(face[2] * 0.3)) | 1
    alpha = cv2.blur(shape, (wide, wide))[:, :, None].astype(np.float32) / 255
    return (canvas + (blurred.astype(np.float32) - canvas) * alpha).astype(np.uint8)


class Scenes:
    """Draws scenes from pictures with faces and face-free pictures."""

    def __init__(self, pictures, seed):
        self.random = np.random.default_rng(seed)
        self.backgrounds = [p for p in pictures if p.kind == "empty"]
        people = {}
        for picture in pictures:
            if len(picture.sure):
                people.setdefault((picture.kind, picture.person), []).append(picture)
        groups = {}
        for (kind, _), members in people.items():
            groups.setdefault(kind, []).append(members)
        self.groups = [(groups[kind], weight) for kind, weight in WEIGHTS.items() if kind in groups]
        total = sum(weight for _, weight in self.groups)
        self.chances = [weight / total for _, weight in self.groups]
        self.turned = [p for p in pictures if p.kind in WEIGHTS and any(looks_aside(face) for face in p.sure)]
        photos = [p for p in pictures if p.kind in WEIGHTS and p.kind != "painting" and len(p.sure)]
        aside = [p for p in self.turned if p.kind != "painting"]
        self.bald = [head for of, most in zip((aside, photos), BALD_HEADS) for head in bald_heads(of, self.random, most)]

    def picture(self):
        """A random picture of a random person of a random set; more often than chance would have it one of a face that looks aside."""
        if self.random.random() < TURNED and self.turned:
            return self.turned[self.random.integers(len(self.turned))]
        if self.random.random() < BALD and self.bald:
            return self.bald[self.random.integers(len(self.bald))]
        people = self.groups[self.random.choice(len(self.groups), p=self.chances)][0]
        members = people[self.random.integers(len(people))]
        return members[self.random.integers(len(members))]

    def tilt(self):
        """Degrees; heads are mostly upright, and now and then lie on a shoulder."""
        return np.clip(self.random.normal(0, 10 if self.random.random() < 0.65 else 30), -60, 60)

    def whole(self, canvas):
        """One picture, with all that is round its faces, somewhere on the canvas."""
        random, (high, wide) = self.random, canvas.shape[:2]
        picture = self.picture()
        face = picture.sure[random.integers(len(picture.sure))]
        size = np.exp(random.uniform(np.log(9), np.log(1.1 * min(high, wide))))
        if random.random() < 0.5:  # the webcam's case: one large face
            size = random.uniform(0.25, 1.1) * min(high, wide)
        if random.random() < 0.3:
            size = np.exp(random.uniform(*np.log(SMALL)))
        centre = random.uniform([0, 0], [wide, high])
        if size > 0.3 * min(high, wide):
            centre = (centre + random.uniform(0.3, 0.7, 2) * [wide, high]) / 2
        matrix = placing(face, centre, size, np.deg2rad(self.tilt()))
        image, mask = warp(picture.rgb, matrix, high, wide)
        np.copyto(canvas, image, where=mask[:, :, None] > 0)
        return turned(picture.faces, matrix)

    def pasted(self, canvas, taken):
        """One face with a little of its surroundings, in a frame or as a soft oval."""
        random, (high, wide) = self.random, canvas.shape[:2]
        picture = self.picture()
        face = picture.sure[random.integers(len(picture.sure))]
        size = np.exp(random.uniform(np.log(8), np.log(0.5 * min(high, wide))))
        centre = random.uniform([0, 0], [wide, high])
        if any(np.abs(centre - t[:2]).max() < 0.7 * (size + max(t[2:4])) for t in taken):
            return None
        matrix = placing(face, centre, size, np.deg2rad(self.tilt()))
        image, mask = warp(picture.rgb, matrix, high, wide)
        reach = random.uniform(0.75, 1.5, 2) if random.random() < 0.6 else random.uniform(1.2, 4.0, 2)
        half = face[2:4] * reach * size / max(face[2], face[3])
        shape = np.zeros_like(mask)
        if random.random() < 0.5:
            low, top = np.clip(centre - half, -999, 999).astype(int), np.clip(centre + half, -999, 999).astype(int)
            cv2.rectangle(shape, tuple(map(int, low)), tuple(map(int, top)), 255, -1)
        else:
            cv2.ellipse(shape, (tuple(map(float, centre)), tuple(map(float, half * 2)), 0), 255, -1)
        shape = cv2.bitwise_and(shape, mask)
        if size > 20:
            shape = cv2.blur(shape, (3, 3))
        alpha = shape[:, :, None].astype(np.float32) / 255
        canvas[:] = (canvas + (image.astype(np.float32) - canvas) * alpha).astype(np.uint8)
        faces = turned(picture.faces, matrix)
        seen = (np.abs(faces[:, :2] - centre) < half + faces[:, 2:4] * 0.3).all(1)
        return faces[seen]

    def scene(self, high, wide):
        """RGB uint8 [h, w, 3] and faces [MOST, 15], rows of zeros where there is none; a negative score means leave out."""
        random = self.random
        kind = random.random()
        if kind < 0.12:  # letterboxed with black
            canvas = np.zeros((high, wide, 3), np.uint8)
        else:
            canvas = texture(random, self.backgrounds, high, wide)
        faces = []
        if kind < 0.6:
            faces = list(self.whole(canvas))
        elif kind < 0.92:
            for _ in range(random.integers(1, 6)):
                more = self.pasted(canvas, faces)
                faces += [] if more is None else list(more)
        for face in faces:
            if random.random() < 0.12 and face[2] > 12:
                centre = face[:2] + face[2:4] * random.uniform(-0.6, 0.6, 2)
                occlude(canvas, random, self.backgrounds, centre, face[2:4] * 0.8)
            elif random.random() < 0.18 and face[2] > 12:
                cover_mouth(canvas, random, self.backgrounds, face)
        faces = np.array(faces, np.float32).reshape(-1, 15)
        if random.random() < 0.5:
            canvas, faces = np.ascontiguousarray(canvas[:, ::-1]), mirror(faces, wide)
        if len(faces) and random.random() < SMEARED:
            canvas = smear(canvas, faces, random)
        canvas = soften(canvas, random)
        canvas = Light(random)(canvas, random)
        canvas = compress(canvas, random)
        return canvas, self.labels(faces, high, wide)

    def labels(self, faces, high, wide):
        out = np.zeros((MOST, 15), np.float32)
        if not len(faces):
            return out
        low = np.clip(faces[:, :2] - faces[:, 2:4] / 2, 0, [wide, high])
        top = np.clip(faces[:, :2] + faces[:, 2:4] / 2, 0, [wide, high])
        shown = np.prod(top - low, axis=1) / np.prod(faces[:, 2:4], axis=1)
        faces = faces[shown > 0.15]
        shown = shown[shown > 0.15]
        doubtful = (faces[:, 14] < SURE) | (faces[:, 2:4].max(1) < SMALLEST) | (shown < 0.55)
        faces[:, 14] = np.where(doubtful, -1.0, 1.0)
        faces = faces[np.argsort(-faces[:, 14], kind="stable")][:MOST]
        out[: len(faces)] = faces
        return out

    def batch(self, count, high, wide):
        """uint8 [B, 3, h, w] and float32 [B, MOST, 15]."""
        drawn = [self.scene(high, wide) for _ in range(count)]
        images = np.stack([image.transpose(2, 0, 1) for image, _ in drawn])
        return images, np.stack([labels for _, labels in drawn])


WEIGHTS = {"lfw": 0.38, "faker_cc0": 0.1, "youtube_faces": 0.22, "clip": 0.2, "painting": 0.1}
