"""Trains the face detector on made-up scenes. One command, CPU or GPU:

python training/face/train_detector.py --data DATA --teachers MODELS --minutes 35 --out training/runs/face_detect
"""

import cv2
import numpy as np
import torch
from torch.nn import functional

import data
import loop
from model import FaceDetector
from scenes import SIZE_CHANCES, SIZES, Scenes

REACH = {8: (0.0, 40.0), 16: (28.0, 84.0), 32: (56.0, 1e9)}  # face size (root of area, pixels) that a level answers for
SLACK = 1.5  # a level that misses a face by less than this factor is neither right nor wrong
VALIDATION_SCENES = 320


def assign(cells, strides, labels):
    """For every cell the index of its face [B, N], whether it answers for it, and whether it counts for the score."""
    centre, size = labels[:, None, :, :2], labels[:, None, :, 2:4]
    root = (labels[:, :, 2] * labels[:, :, 3]).sqrt()[:, None]
    stride = strides[None, :, None]
    low = torch.tensor([REACH[int(s)][0] for s in strides.tolist()], device=strides.device)[None, :, None]
    top = torch.tensor([REACH[int(s)][1] for s in strides.tolist()], device=strides.device)[None, :, None]
    away = (cells[None, :, None] - centre).abs().amax(3)
    radius = torch.maximum(0.51 * stride, torch.minimum(1.5 * stride, 0.35 * root))
    sure = (labels[:, :, 14] > 0)[:, None]
    doubtful = (labels[:, :, 14] < 0)[:, None]
    fits = (root >= low) & (root < top)
    nearly = (root >= low / SLACK) & (root < top * SLACK)
    positive = sure & fits & (away <= radius)
    inside = ((cells[None, :, None] - centre).abs() < 0.6 * size).all(3)
    skipped = (doubtful & inside) | (sure & nearly & (away <= radius * 1.5))
    cost = torch.where(positive, root.expand_as(away), torch.inf)
    index = cost.argmin(2)
    answers = positive.any(2)
    counts = answers | ~skipped.any(2)
    return index, answers, counts


def overlap(a, b):
    """(IoU, generalised IoU) of boxes cx, cy, w, h."""
    a_low, a_top = a[:, :2] - a[:, 2:4] / 2, a[:, :2] + a[:, 2:4] / 2
    b_low, b_top = b[:, :2] - b[:, 2:4] / 2, b[:, :2] + b[:, 2:4] / 2
    both = (torch.minimum(a_top, b_top) - torch.maximum(a_low, b_low)).clamp(min=0).prod(1)
    union = a[:, 2] * a[:, 3] + b[:, 2] * b[:, 3] - both
    hull = (torch.maximum(a_top, b_top) - torch.minimum(a_low, b_low)).prod(1)
    iou = both / union.clamp(min=1e-6)
    return iou, iou - (hull - union) / hull.clamp(min=1e-6)


def losses(model, levels, labels):
    """Score, box and point losses of one batch."""
    logits, boxes, points, cells, strides = model.decode([level.float() for level in levels])
    index, answers, counts = assign(cells, strides, labels)
    chosen = torch.gather(labels, 1, index[:, :, None].expand(-1, -1, 15))[answers]
    box, point = boxes[answers], points[answers]
    iou, generalised = overlap(box, chosen)
    target = torch.zeros_like(logits)
    # The score says "a face, and its box is good", so that suppression keeps the best box.
    target[answers] = ((iou.detach() - 0.2) / 0.5).clamp(0.3, 1.0)
    probability = torch.sigmoid(logits)
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    positives = answers.sum().clamp(min=1)
    score = (entropy * (target - probability.detach()).abs() ** 2 * counts).sum() / positives
    if not len(box):
        return score * 4, score * 0, score * 0
    unit = (chosen[:, 2:3] * chosen[:, 3:4]).sqrt()
    placed = functional.smooth_l1_loss(point / unit, chosen[:, 4:14] / unit, beta=0.03)
    return score * 4, (1 - generalised).mean() * 2, placed * 8


def found(model, images, least=0.05):
    """Per picture the faces [N, 15] after suppression."""
    with torch.no_grad():
        rows = model.faces(model.raw(images)).float().cpu().numpy()
    return [data.suppress(r[r[:, 14] > least]) for r in rows]


def judge(results, truths):
    """Average precision and, at a score of 0.5, recall and false faces a picture; IoU 0.5. Doubtful faces do not count."""
    hits, scores, total = [], [], 0
    for faces, truth in zip(results, truths):
        sure, doubtful = truth[truth[:, 14] > 0], truth[truth[:, 14] < 0]
        total += len(sure)
        used = set()
        for face in faces:
            overlaps = data.iou(face, sure) if len(sure) else np.zeros(0)
            best = int(overlaps.argmax()) if len(sure) else -1
            hit = best >= 0 and overlaps[best] > 0.5 and best not in used
            if not hit and len(doubtful) and data.iou(face, doubtful).max() > 0.2:
                continue
            if hit:
                used.add(best)
            hits.append(hit)
            scores.append(face[14])
    order = np.argsort(-np.array(scores))
    hits = np.array(hits, bool)[order]
    scores = np.array(scores)[order]
    right = np.cumsum(hits)
    precision = right / (np.arange(len(hits)) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at_half = scores > 0.5
    return {
        "ap": float((precision * hits).sum() / max(total, 1)),
        "recall": float(hits[at_half].sum() / max(total, 1)),
        "false": float((~hits[at_half]).sum() / max(len(truths), 1)),
    }


def main():
    options = loop.arguments(__doc__, minutes=35)
    cv2.setNumThreads(1)
    train, validation = data.load(options.cache, options.data, options.teachers)
    run = loop.Run("face_detect", FaceDetector(), options)
    scenes = Scenes(train, options.seed + run.steps)
    fixed = Scenes(validation, 0)
    batches = [fixed.batch(32, *SIZES[i % len(SIZES)]) for i in range(VALIDATION_SCENES // 32)]

    def tensors(images, labels):
        pixels = torch.from_numpy(images).to(run.device).float().div_(255)
        return pixels.to(memory_format=torch.channels_last), torch.from_numpy(labels).to(run.device)

    def one_step():
        size = SIZES[scenes.random.choice(len(SIZES), p=SIZE_CHANCES)]
        images, labels = tensors(*scenes.batch(options.batch, *size))
        with run.autocast():
            levels = run.model.raw(images)
        score, box, points = losses(run.model, levels, labels)
        return score + box + points, {"score": score.detach(), "box": box.detach(), "points": points.detach()}

    def validate(model):
        results, truths = [], []
        for images, labels in batches:
            results += found(model, tensors(images, labels)[0])
            truths += list(labels)
        figures = judge(results, truths)
        return figures["ap"], figures

    run.train(one_step, validate)


if __name__ == "__main__":
    main()
