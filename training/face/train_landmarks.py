"""Trains the landmark network on upright crops. One command, CPU or GPU:

python training/face/train_landmarks.py --data DATA --teachers MODELS --minutes 45 --batch 64 --out training/runs/face_landmarks
"""

from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional

import data
import loop
import marks
from light import Light, compress, motion_blur, occlude, soften, texture
from model import FaceLandmarks
from scenes import Scenes, warp

SIDE, CONTEXT = FaceLandmarks.SIDE, FaceLandmarks.CONTEXT
FACES = 0.78  # share of examples with a face
WILD = 0.2  # share of faces whose window is far off: their points are what leads to a better one
NEAR, FAR = 0.45, 0.25  # overlap of box and window's box from which it is a face, under which it is none
VALIDATION = 1024
MIRAGES = 0.5  # share of crops with nobody that show a pattern which the detector takes for a face, where there are some
SHARES = {"hand": 0.45, "lfw": 0.3, "faker_cc0": 0.1, "clip": 0.15}


class Marked(Scenes):
    """Draws crops with points; shares the face-free pictures with the detector's scenes."""

    def __init__(self, pictures, labels, seed, mirages=()):
        super().__init__(pictures, seed)
        self.mirages = mirages
        self.pictures = pictures
        self.points = labels["points"]
        self.where = list(zip(labels["picture"], labels["face"]))
        groups = {}
        for i, (picture, hand) in enumerate(zip(labels["picture"], labels["hand"])):
            kind = "hand" if hand else pictures[picture].kind
            groups.setdefault(kind, {}).setdefault(pictures[picture].person, []).append(i)
        self.groups_of = {k: list(v.values()) for k, v in groups.items() if k in SHARES}
        total = sum(SHARES[k] for k in self.groups_of)
        self.kinds = list(self.groups_of)
        self.kind_chances = [SHARES[k] / total for k in self.kinds]

    def example(self):
        """(crop uint8 [S, S, 3], points [68, 2] in units of the side, presence 1, 0 or -1 for either, whether points count)."""
        random = self.random
        people = self.groups_of[self.kinds[random.choice(len(self.kinds), p=self.kind_chances)]]
        members = people[random.integers(len(people))]
        index = members[random.integers(len(members))]
        number, face_number = self.where[index]
        picture, points = self.pictures[number], self.points[index]
        face = picture.faces[face_number]
        fate = random.random()
        if fate > FACES + (1 - FACES) * 0.5:  # nobody
            if len(self.mirages) and random.random() < MIRAGES:
                crop = self.mirage()
            else:
                crop = texture(random, self.backgrounds, SIDE, SIDE)
            return self.finish(crop), np.zeros((68, 2), np.float32), 0.0, 0.0
        matrix = marks.upright(face, SIDE, CONTEXT)
        if fate > FACES:  # beside the face, or far too near or far
            turn, away = random.uniform(0, 2 * np.pi), random.uniform(0.45, 1.6)
            shift = np.array([np.cos(turn), np.sin(turn)]) * away
            grow = np.exp(random.normal(0, 0.35))
        else:
            off = 2.5 if random.random() < WILD else 1.0
            shift = random.laplace(0, 0.05 * off, 2)
            grow = np.exp(np.clip(random.laplace(0, 0.07 * off), -0.6, 0.35))
        angle = np.deg2rad(np.clip(random.normal(0, 8 if random.random() < 0.8 else 22), -45, 45))
        cos, sin = np.cos(angle) * grow, np.sin(angle) * grow
        move = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
        middle = np.array([SIDE / 2, SIDE / 2])
        move[:, 2] = middle + shift * SIDE / CONTEXT - move[:, :2] @ middle
        matrix = move @ np.vstack([matrix, [0, 0, 1]])
        crop, mask = warp(picture.rgb, matrix, SIDE, SIDE)
        if random.random() < 0.5:
            ground = texture(random, self.backgrounds, SIDE, SIDE)
            crop[mask == 0] = ground[mask == 0]
        size = max(face[2:4]) * np.hypot(matrix[0, 0], matrix[1, 0])
        window = np.array([SIDE / 2, SIDE / 2, SIDE / CONTEXT, SIDE / CONTEXT])
        box = np.array([*marks.through(face[None, :2], matrix)[0], size, size])
        overlap = float(data.iou(box, window))
        presence = 1.0 if overlap > NEAR else 0.0 if overlap < FAR else -1.0
        hidden = 0.0
        if presence == 1.0 and random.random() < 0.25:
            where = box[:2] + box[2:] * random.uniform(-0.5, 0.5, 2)
            cover = occlude(crop, random, self.backgrounds, where, box[2:])
            low, top = np.clip(box[:2] - box[2:] / 2, 0, SIDE).astype(int), np.clip(box[:2] + box[2:] / 2, 1, SIDE).astype(int)
            hidden = float(cover[low[1] : top[1], low[0] : top[0]].mean()) if (top > low).all() else 1.0
            if hidden > 0.5:
                presence = -1.0 if hidden < 0.85 else 0.0
        points = marks.through(points, matrix) / SIDE
        if random.random() < 0.12:
            turn, length = random.uniform(0, np.pi), random.uniform(2, 12)
            crop = motion_blur(crop, np.cos(turn) * length, np.sin(turn) * length)
        crop = self.finish(crop)
        if random.random() < 0.5:
            crop, points = crop[:, ::-1], points[marks.MIRROR] * [-1, 1] + [1, 0]
        counts = float(fate <= FACES and presence != 0.0 and hidden < 0.5)
        return crop, points.astype(np.float32), presence, counts

    def mirage(self):
        """A pattern like a face, from a window that is a little off."""
        random = self.random
        crop = self.mirages[random.integers(len(self.mirages))]
        if random.random() < 0.5:
            crop = crop[:, ::-1]
        angle, grow = np.deg2rad(random.normal(0, 6)), np.exp(random.normal(0, 0.1))
        matrix = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0]]) * grow
        middle = np.array([SIDE / 2, SIDE / 2])
        matrix[:, 2] = middle + random.normal(0, 0.04, 2) * SIDE - matrix[:, :2] @ middle
        return cv2.warpAffine(np.ascontiguousarray(crop), matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)

    def finish(self, crop):
        random = self.random
        return compress(Light(random)(soften(crop, random), random), random, 0.2)

    def examples(self, count):
        """Crops uint8 [B, 3, S, S]; labels float32 [B, 138]: points, presence, whether the points count."""
        drawn = [self.example() for _ in range(count)]
        crops = np.stack([d[0].transpose(2, 0, 1) for d in drawn])
        return crops, np.stack([np.append(d[1].ravel(), d[2:]) for d in drawn]).astype(np.float32)


def losses(points, presence, labels):
    wanted = labels[:, :136].reshape(-1, 68, 2)
    there, counts = labels[:, 136], labels[:, 137]
    eyes = (wanted[:, 36] - wanted[:, 45]).norm(dim=1).clamp(min=0.08)[:, None]
    gap = (points.reshape(-1, 68, 2) - wanted).norm(dim=2) / eyes
    # Log near zero, so that small errors still pull (the idea of the wing loss).
    wing = torch.log1p(gap / 0.02) * 0.02 + gap
    placed = (wing.mean(1) * counts).sum() / counts.sum().clamp(min=1)
    known = (there >= 0).float()
    entropy = functional.binary_cross_entropy_with_logits(presence[:, 0], there.clamp(min=0), reduction="none")
    nme = (gap.detach().mean(1) * counts).sum() / counts.sum().clamp(min=1)
    return placed, (entropy * known).sum() / known.sum().clamp(min=1), nme


def main():
    options = loop.arguments(__doc__, minutes=45)
    cv2.setNumThreads(1)
    train, validation = data.load(options.cache, options.data, options.teachers)
    file = Path(options.cache).parent / "face_marks/marks.npz"
    if not file.exists():
        marks.prepare(options.data, options.teachers, train, validation, file)
    stored = np.load(file)
    labels = {w: {k: stored[f"{w}_{k}"] for k in ("picture", "face", "points", "hand")} for w in ("train", "validation")}
    patterns = file.with_name("mirages.npy")
    mirages = np.load(patterns) if patterns.exists() else ()
    print(f"{len(mirages)} patterns that pass for faces")
    source = Marked(train, labels["train"], options.seed, mirages)
    model = FaceLandmarks()
    shapes = [marks.through(p, marks.upright(train[n].faces[f], SIDE, CONTEXT)) for (n, f), p in zip(source.where, source.points)]
    model.start_at((np.mean(shapes, 0) / SIDE).ravel())
    run = loop.Run("face_landmarks", model, options)
    source.random = np.random.default_rng(options.seed + run.steps)
    fixed = Marked(validation, labels["validation"], 0)
    batches = [fixed.examples(128) for _ in range(VALIDATION // 128)]

    def tensors(crops, wanted):
        pixels = torch.from_numpy(np.ascontiguousarray(crops)).to(run.device).float().div_(255)
        return pixels.to(memory_format=torch.channels_last), torch.from_numpy(wanted).to(run.device)

    def one_step():
        crops, wanted = tensors(*source.examples(options.batch))
        with run.autocast():
            points, presence = run.model.raw(crops)
        placed, there, nme = losses(points.float(), presence.float(), wanted)
        return placed * 8 + there * 0.5, {"nme": nme, "presence": there.detach()}

    def validate(network):
        errors, right = [], []
        for batch in batches:
            crops, wanted = tensors(*batch)
            with torch.no_grad():
                points, presence = network(crops)
            _, _, nme = losses(points, torch.logit(presence.clamp(1e-6, 1 - 1e-6)), wanted)
            errors.append(float(nme))
            known = wanted[:, 136] >= 0
            right.append(((presence[:, 0] > 0.5) == (wanted[:, 136] > 0.5))[known])
        figures = {"nme": float(np.mean(errors)), "presence": float(torch.cat(right).float().mean())}
        return figures["presence"] * 0.2 - figures["nme"], figures

    run.train(one_step, validate)


if __name__ == "__main__":
    main()
