"""Trains the face tracker on pairs of crops. One command, CPU or GPU:

python training/face/train_tracker.py --data DATA --teachers MODELS --minutes 35 --out training/runs/face_track
"""

import cv2
import torch
from torch.nn import functional

import data
import loop
from model import FaceTracker
from pairs import Pairs
from train_detector import overlap

VALIDATION_PAIRS = 1024
NEAR = 0.09  # attention within this distance of the box's middle is right, units of the window's side


def losses(model, outputs, labels):
    """Box, attention, point and presence losses of one batch."""
    logits, box, points, presence = outputs
    target, placed = labels[:, :4], labels[:, 4:14]
    known, has_box, has_points = (labels[:, 14] >= 0).float(), labels[:, 15], labels[:, 16]
    boxes = has_box.sum().clamp(min=1)
    size = target[:, 2:4].clamp(min=0.05)
    centre = functional.smooth_l1_loss(box[:, :2] / size, target[:, :2] / size, beta=0.02, reduction="none").sum(1)
    extent = functional.smooth_l1_loss(box[:, 2:].log(), size.log(), beta=0.02, reduction="none").sum(1)
    generalised = 1 - overlap(box, target)[1]
    place = ((centre * 2 + extent * 2 + generalised) * has_box).sum() / boxes
    # The middle of a box that is half out of the window lies in the nearest cell.
    middle = target[:, :2].clamp(0.04, 0.96)
    near = ((model.cells[None] - middle[:, :, None]).abs().amax(1) < NEAR).float()
    share = (torch.softmax(logits, 1) * near).sum(1).clamp(min=1e-6)
    attention = (-share.log() * has_box).sum() / boxes
    gap = functional.smooth_l1_loss(points, placed, beta=0.01, reduction="none").sum(1)
    marks = (gap * has_points).sum() / has_points.sum().clamp(min=1)
    there = functional.binary_cross_entropy_with_logits(presence[:, 0], labels[:, 14].clamp(min=0), reduction="none")
    return place, attention, marks, (there * known).sum() / known.sum().clamp(min=1)


def main():
    options = loop.arguments(__doc__, minutes=35)
    cv2.setNumThreads(1)
    train, validation = data.load(options.cache, options.data, options.teachers)
    run = loop.Run("face_track", FaceTracker(), options)
    pairs = Pairs(train, options.seed + run.steps)
    fixed = Pairs(validation, 0)
    batches = [fixed.pairs(128) for _ in range(VALIDATION_PAIRS // 128)]

    def tensors(previous, search, labels):
        crops = [
            torch.from_numpy(c).to(run.device).float().div_(255).to(memory_format=torch.channels_last)
            for c in (previous, search)
        ]
        return *crops, torch.from_numpy(labels).to(run.device)

    def one_step():
        previous, search, labels = tensors(*pairs.pairs(options.batch))
        with run.autocast():
            outputs = run.model.raw(previous, search)
        place, attention, marks, there = losses(run.model, [o.float() for o in outputs], labels)
        figures = {"box": place, "attention": attention, "points": marks, "presence": there}
        total = place * 2 + attention * 0.3 + marks * 10 + there
        return total, {name: value.detach() for name, value in figures.items()}

    def validate(model):
        overlaps, right, faces = [], [], []
        for batch in batches:
            previous, search, labels = tensors(*batch)
            with torch.no_grad():
                box, presence, _ = model(previous, search)
            good = labels[:, 15] > 0
            overlaps.append(overlap(box, labels[:, :4])[0][good])
            faces.append(labels[good, 16] > 0)
            known = labels[:, 14] >= 0
            right.append(((presence[:, 0] > 0.5) == (labels[:, 14] > 0.5))[known])
        overlaps, faces = torch.cat(overlaps), torch.cat(faces)
        figures = {
            "iou face": float(overlaps[faces].mean()),
            "iou thing": float(overlaps[~faces].mean()),
            "presence": float(torch.cat(right).float().mean()),
        }
        return figures["iou face"] + 0.3 * figures["iou thing"] + figures["presence"], figures

    run.train(one_step, validate)


if __name__ == "__main__":
    main()
