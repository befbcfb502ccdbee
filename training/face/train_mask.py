"""Trains the mask network on head cut-outs. One command, CPU or GPU:

python training/face/train_mask.py --data DATA --teachers MODELS --rate 3e-3 --minutes 30 --out training/runs/face_mask
"""

from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional

import data
import heads
import loop
import marks
from covers import cover
from light import Light, compress, motion_blur, soften
from model import FaceMask

SIDE = FaceMask.SIDE
VALIDATION = 384
SHARES = {"lfw": 0.42, "faker_cc0": 0.26, "youtube_faces": 0.22, "clip": 0.1}
COVERED = 0.5  # share of examples with something in front
COVER_WEIGHT = 2.0  # how much more a pixel of it counts
NOBODY = 0.15  # share of examples without a head: the tracker asks the mask, too, whether there is one
SCALES = -0.23, 0.23  # log of the least and the largest error of the crop's size


class Heads:
    """Draws cut-outs and masks from the kept ones."""

    def __init__(self, folder, name, pictures, seed):
        self.crops = np.load(folder / f"{name}_crops.npy", mmap_mode="r")
        self.masks = np.load(folder / f"{name}_masks.npy", mmap_mode="r")
        kinds = np.load(folder / f"{name}_kinds.npy")
        kept = np.ones(len(kinds), bool)
        if (folder / f"{name}_kept.npy").exists():  # see clean_heads.py
            kept[:] = np.isin(np.arange(len(kinds)), np.load(folder / f"{name}_kept.npy"))
        names = sorted(set(kinds))
        self.kinds = [np.flatnonzero((kinds == k) & kept) for k in names]
        self.chances = np.array([SHARES[k] for k in names]) / sum(SHARES[k] for k in names)
        self.backgrounds = [p for p in pictures if p.kind == "empty"]
        self.random = np.random.default_rng(seed)

    def member(self):
        """Number of a kept cut-out, each set as often as its share says."""
        members = self.kinds[self.random.choice(len(self.kinds), p=self.chances)]
        return members[self.random.integers(len(members))]

    def example(self, covered=None, soiled=True):
        """(crop uint8 [S, S, 3], mask float32 [S, S, 2], what covers it [S, S]); `soiled`: in poor light, blurred, compressed."""
        if covered is None and self.random.random() < NOBODY:
            empty = np.zeros((SIDE, SIDE, 3), np.float32)
            return self.place(), empty[:, :, :2], empty[:, :, 0]
        random, index = self.random, self.member()
        spread = 0.06 if random.random() < 0.6 else 0.16
        scale = SIDE * heads.CONTEXT / heads.SEEN / heads.SIDE * np.exp(np.clip(random.normal(0, spread), *SCALES))
        # The five points of a head that leans far are often too level, so that its cut-out leans, too.
        angle = np.deg2rad(np.clip(random.normal(0, 6 if random.random() < 0.75 else 17), -35, 35))
        cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
        matrix = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
        centre = np.array([SIDE / 2, SIDE / 2]) + np.clip(random.normal(0, 0.03, 2), -0.09, 0.09) * SIDE
        matrix[:, 2] = centre - matrix[:, :2] @ np.array([heads.SIDE / 2, heads.SIDE / 2])
        how = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
        crop = cv2.warpAffine(self.crops[index], matrix, (SIDE, SIDE), **how)
        mask = cv2.warpAffine(self.masks[index], matrix, (SIDE, SIDE), **how).astype(np.float32) / 255
        if random.random() < 0.08:  # at the picture's edge
            crop, mask = self.cut(crop), self.cut(mask, again=True)
        hidden = np.zeros((SIDE, SIDE), np.float32)
        if covered if covered is not None else random.random() < COVERED:
            source = self.crops[index if random.random() < 0.6 else self.member()]
            crop, hidden = cover(random, crop, source, self.backgrounds)
            mask = mask * (1 - hidden[:, :, None])
        if soiled:
            if random.random() < 0.1:
                turn, length = random.uniform(0, np.pi), random.uniform(2, 9)
                crop = motion_blur(crop, np.cos(turn) * length, np.sin(turn) * length)
            crop = compress(Light(random)(soften(crop, random), random), random, 0.15)
        if random.random() < 0.5:
            crop, mask, hidden = crop[:, ::-1], mask[:, ::-1], hidden[:, ::-1]
        return crop, mask, hidden

    def place(self):
        """A crop uint8 [S, S, 3] of a picture without faces, often so much enlarged that it is plain, often in the colour of skin."""
        random = self.random
        source = self.backgrounds[random.integers(len(self.backgrounds))].rgb
        height, width = source.shape[:2]
        side = min(height, width) * np.exp(random.uniform(np.log(0.06), 0.0))
        x, y = random.uniform(0, width - side), random.uniform(0, height - side)
        matrix = np.array([[SIDE / side, 0, -x * SIDE / side], [0, SIDE / side, -y * SIDE / side]])
        crop = cv2.warpAffine(source, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if random.random() < 0.5:
            head = self.crops[self.member()][heads.SIDE // 2 - 12 : heads.SIDE // 2 + 12, heads.SIDE // 2 - 12 : heads.SIDE // 2 + 12]
            skin, grey = np.median(head.reshape(-1, 3), 0), crop.mean(2, keepdims=True).astype(np.float32)
            contrast = random.uniform(0.0, 1.0)
            crop = (skin * (1 + contrast * (grey / max(grey.mean(), 1.0) - 1))).clip(0, 255).astype(np.uint8)
        if random.random() < 0.08:
            crop = self.cut(crop)
        return compress(Light(random)(soften(crop, random), random), random, 0.15)

    def cut(self, image, again=False):
        """The picture ends within the crop: its last row or column goes on to the border. `again`: at the same place."""
        if not again:
            self.edge = self.random.integers(4), int(SIDE * self.random.uniform(0.04, 0.35))
        turns, depth = self.edge
        turned = np.rot90(image, turns).copy()
        turned[:depth] = turned[depth]
        return np.ascontiguousarray(np.rot90(turned, -turns))

    def examples(self, count, covered=None):
        drawn = [self.example(covered) for _ in range(count)]
        crops = np.stack([d[0].transpose(2, 0, 1) for d in drawn])
        masks = np.stack([d[1].transpose(2, 0, 1) for d in drawn])
        return crops, masks.astype(np.float32), np.stack([d[2] for d in drawn])


def losses(logits, masks, hidden):
    """Cross entropy, and overlap as a whole (Dice), for face and hair."""
    weights = 1 + COVER_WEIGHT * hidden[:, None]
    entropy = functional.binary_cross_entropy_with_logits(logits, masks, weights.expand_as(masks))
    share = torch.sigmoid(logits)
    both = (share * masks).sum((2, 3))
    dice = 1 - (2 * both + 50) / (share.sum((2, 3)) + masks.sum((2, 3)) + 50)
    return entropy, dice.mean()


def overlap(share, masks):
    """IoU of face and hair at one half."""
    a, b = share > 0.5, masks > 0.5
    return [float((a[:, i] & b[:, i]).sum() / (a[:, i] | b[:, i]).sum().clamp(min=1)) for i in range(2)]


def main():
    options = loop.arguments(__doc__, minutes=30)
    cv2.setNumThreads(1)
    train, validation = data.load(options.cache, options.data, options.teachers)
    folder = Path(options.cache).parent / "face_mask_data"
    if not (folder / "validation_kinds.npy").exists():
        file = Path(options.cache).parent / "face_marks/marks.npz"
        if not file.exists():
            marks.prepare(options.data, options.teachers, train, validation, file)
        stored = np.load(file)
        for name, pictures in (("train", train), ("validation", validation)):
            points = {k: stored[f"{name}_{k}"] for k in ("picture", "face", "points")}
            heads.prepare(options.teachers, pictures, points, name, folder)
    run = loop.Run("face_mask", FaceMask(), options)
    source = Heads(folder, "train", train, options.seed + run.steps)
    fixed = Heads(folder, "validation", validation, 0)
    batches = [fixed.examples(64, covered=bool(i % 2)) for i in range(VALIDATION // 64)]

    def tensors(crops, masks, hidden):
        crops, masks, hidden = (torch.from_numpy(np.ascontiguousarray(a)).to(run.device) for a in (crops, masks, hidden))
        return crops.float().div_(255).to(memory_format=torch.channels_last), masks, hidden

    def one_step():
        crops, masks, hidden = tensors(*source.examples(options.batch))
        with run.autocast():
            logits = run.model.raw(crops)
        entropy, dice = losses(logits.float(), masks, hidden)
        return entropy * 2 + dice, {"entropy": entropy.detach(), "dice": dice.detach()}

    def validate(model):
        found, leaks = [], []
        for batch in batches:
            pixels, masks, hidden = tensors(*batch)
            with torch.no_grad():
                share = model(pixels)
            found.append(overlap(share, masks))
            if (hidden > 0.5).any():
                leaks.append(float((share.amax(1)[hidden > 0.5] > 0.5).float().mean()))
        face, hair = np.mean(found, axis=0)
        return face + 0.5 * hair - 0.3 * np.mean(leaks), {"face": face, "hair": hair, "covered": float(np.mean(leaks))}

    run.train(one_step, validate)


if __name__ == "__main__":
    main()
