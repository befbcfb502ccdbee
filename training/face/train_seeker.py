"""Trains the seeker on made-up and real changes of an object. One command, CPU or GPU:

python training/face/train_seeker.py --data DATA --teachers MODELS --minutes 70 --out training/runs/object_seek

Its tower also learns to see as the backbone of NanoTrack V3 does, on the same windows before light and blur are changed: that one
has seen far more things than there are here.
"""

import multiprocessing
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional

import data
import loop
from export import session
from model import ObjectSeeker
from seeks import Seeks

VALIDATION = 768
SPREAD = 1.0  # of the wanted answer about the object's middle, cells
NEAR = 1.6  # cells from the middle within which place and growth are learnt
RIGHT = 0.35  # of the object's side: a found middle within this is right
TEACHER_SIDE = 255
TEACHING = 0.5  # weight of the teacher's loss at the start; it fades to a fifth


def losses(model, logits, middles, growth, labels):
    """Heat, place and growth losses."""
    cells = model.cells * model.GRID  # [2, N], in cells
    middle = labels[:, :2] * model.GRID
    present, placed = labels[:, 3], labels[:, 4]
    apart = (cells[None] - middle[:, :, None]).norm(dim=1)
    wanted = torch.exp(-0.5 * (apart / SPREAD) ** 2) * (present > 0)[:, None]
    # Penalty-reduced focal loss (CornerNet: Law, Deng, ECCV 2018).
    chance = torch.sigmoid(logits)
    peak = (wanted > 0.75).float()
    yes = functional.logsigmoid(logits) * (1 - chance) ** 2 * peak
    no = functional.logsigmoid(-logits) * chance**2 * (1 - wanted) ** 4 * (1 - peak)
    judged = (present >= 0).float()
    heat = -((yes + no).sum(1) * judged).sum() / peak.sum().clamp(min=1)
    near = (apart < NEAR).float() * placed[:, None]
    count = near.sum().clamp(min=1)
    gap = functional.smooth_l1_loss(middles * model.GRID, middle[:, :, None].expand_as(middles), beta=0.2, reduction="none")
    place = (gap.sum(1) * near).sum() / count
    grown = functional.smooth_l1_loss(growth, labels[:, 2:3].expand_as(growth), beta=0.05, reduction="none")
    return heat, place, (grown * near).sum() / count


def draw(cache, sources, seed, batch, queue):
    """A process that draws batches."""
    cv2.setNumThreads(1)
    train, _ = data.load(cache, *sources)
    seeks = Seeks(train, seed)
    while True:
        queue.put(seeks.batch(batch))


def main():
    options = loop.arguments(__doc__, minutes=70)
    cv2.setNumThreads(1)
    sources = options.data, options.teachers
    _, validation = data.load(options.cache, *sources)
    run = loop.Run("object_seek", ObjectSeeker(), options)
    teacher = session(Path(options.teachers) / "nanotrack-v3/nanotrack_v3_backbone.onnx")
    fixed = Seeks(validation, 0)
    batches = [fixed.batch(64) for _ in range(VALIDATION // 64)]
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(6)
    painters = 1 if run.device.type == "cpu" else 12
    workers = [
        context.Process(target=draw, args=(options.cache, sources, options.seed + run.steps + 1000 * i, options.batch, queue), daemon=True)
        for i in range(painters)
    ]
    for worker in workers:
        worker.start()

    def tensors(templates, search, clean, labels):
        crops = [
            torch.from_numpy(c).to(run.device).float().div_(255).to(memory_format=torch.channels_last)
            for c in (templates, search)
        ]
        return *crops, torch.from_numpy(labels).to(run.device)

    def taught(clean):
        """The teacher's features [N, 96, 16, 16], each scaled to unit length, of a part of the batch."""
        large = [
            cv2.resize(np.ascontiguousarray(c.transpose(1, 2, 0)[:, :, ::-1]), (TEACHER_SIDE, TEACHER_SIDE)).transpose(2, 0, 1)
            for c in clean
        ]
        seen = [teacher.run(None, {"input": c[None].astype(np.float32)})[0] for c in large]
        return functional.normalize(torch.from_numpy(np.concatenate(seen)).to(run.device), dim=1)

    def one_step():
        drawn = queue.get()
        templates, search, labels = tensors(*drawn)
        some = max(1, options.batch // 3)
        with run.autocast():
            logits, middles, growth, seen = run.model.raw(templates, search)
            like = run.model.as_teacher(seen[:some])
        heat, place, grown = losses(run.model, logits, middles, growth, labels)
        apart = 1 - (functional.normalize(like.float(), dim=1) * taught(drawn[2][:some])).sum(1).mean()
        done = min(1.0, run.spent / (options.minutes * 60))
        total = heat + place + grown * 2 + apart * TEACHING * (1 - 0.8 * done)
        figures = {"heat": heat, "place": place, "growth": grown, "teacher": apart}
        return total, {name: value.detach() for name, value in figures.items()}

    def validate(model):
        right, told, faces = [], [], []
        for drawn in batches:
            templates, search, labels = tensors(*drawn)
            with torch.no_grad():
                scores, found = model(templates, search)
            best = scores.argmax(1)
            at = found.gather(2, best[:, None, None].expand(-1, 3, 1))[:, :, 0]
            apart = (at[:, :2] - labels[:, :2]).norm(dim=1) * model.CONTEXT
            there = labels[:, 3] > 0
            right.append((apart < RIGHT)[there])
            peak = scores.gather(1, best[:, None])[:, 0]
            told.append(torch.stack([peak, labels[:, 3]], 1)[labels[:, 3] >= 0])
        told = torch.cat(told)
        # How often a window with the object scores over one without.
        with_it, without = told[told[:, 1] > 0, 0], told[told[:, 1] == 0, 0]
        order = (with_it[:, None] > without[None]).float().mean()
        figures = {"right": float(torch.cat(right).float().mean()), "presence (AUC)": float(order)}
        return figures["right"] + 0.5 * figures["presence (AUC)"], figures

    run.train(one_step, validate)


if __name__ == "__main__":
    main()
