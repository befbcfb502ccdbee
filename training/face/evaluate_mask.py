"""Measures models/face_mask.onnx on people who were not trained on, draws contact sheets, writes the card.

python training/face/evaluate_mask.py [--sheet SHEET.png] [--card MINUTES]
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

import cards
import data
import heads
from export import milliseconds, session
from model import FaceMask
from train_mask import Heads, overlap

SIDE = FaceMask.SIDE
COUNT = 300  # examples of each kind
NOISE = 3.0  # deviation of the noise that shows the unrest, levels of 255
COLUMNS = 8  # heads in a row of the sheet


def planes(crop):
    """[1, 3, S, S] float32 of RGB uint8 [S, S, 3]."""
    return np.ascontiguousarray(crop.transpose(2, 0, 1))[None].astype(np.float32) / 255


def tinted(crop, mask):
    """The crop beside itself with the face in green and the hair in red; `mask` [2, S, S]."""
    tint = crop.astype(np.float32) * 0.5
    tint[:, :, 1] += mask[0] * 115
    tint[:, :, 0] += mask[1] * 125
    return np.hstack([crop, np.clip(tint, 0, 255).astype(np.uint8)])


def measure(net, source):
    """{what: (value, unit)}, and tiles of covered heads."""
    ask = lambda crop: net.run(None, {"image": planes(crop)})[0][0]
    kinds = {"clear": (False, False), "poor": (False, True), "covered": (True, False), "both": (True, True)}
    found, leaks, lost, unrest, tiles = {}, {"covered": [], "both": []}, [], [], []
    for kind, (covered, soiled) in kinds.items():
        shares, masks = [], []
        for _ in range(COUNT):
            crop, mask, hidden = source.example(covered, soiled)
            shares.append(ask(crop))
            masks.append(mask.transpose(2, 0, 1))
            over = hidden > 0.5
            if over.any():
                leaks[kind].append((shares[-1].max(0)[over] > 0.5).mean())
            if kind == "both" and len(tiles) < 5 * COLUMNS:
                tiles.append(tinted(crop, shares[-1]))
            if kind == "clear" and len(unrest) < 100:
                noisy = [np.clip(crop + source.random.normal(0, NOISE, crop.shape), 0, 255).astype(np.uint8) for _ in range(2)]
                unrest.append(np.abs(ask(noisy[0]) - ask(noisy[1])).mean((1, 2)))
            if kind == "clear":
                inside = cv2.erode(mask[:, :, 0], np.ones((9, 9))) > 0.95
                lost.append((shares[-1][0][inside] < 0.5).mean() if inside.any() else 0.0)
        found[kind] = overlap(torch.tensor(np.array(shares)), torch.tensor(np.array(masks)))
    label = "IoU to the teachers' label"
    return {
        "time, one core": (milliseconds(net, {"image": np.zeros((1, 3, SIDE, SIDE), np.float32)}, 500), "ms"),
        "face, people not trained on": (found["clear"][0], label),
        "hair, people not trained on": (found["clear"][1], label),
        "face, in poor light, blurred, compressed": (found["poor"][0], label),
        "hair, in poor light, blurred, compressed": (found["poor"][1], label),
        "face with a thing in front": (found["covered"][0], label),
        "hair with a thing in front": (found["covered"][1], label),
        "face with a thing in front, in poor light": (found["both"][0], label),
        "hair with a thing in front, in poor light": (found["both"][1], label),
        "things in front that are told as face or hair": (np.mean(leaks["covered"]), "of their area"),
        "the same in poor light": (np.mean(leaks["both"]), "of their area"),
        "holes in the face": (np.mean(lost), "of the face's inner area"),
        "unrest of the face under noise of 3 levels": (np.mean(unrest, 0)[0], "mean change over the crop"),
        "unrest of the hair under noise of 3 levels": (np.mean(unrest, 0)[1], "mean change over the crop"),
    }, tiles


def shown(net, pictures, people):
    """Tiles of heads: people who were not trained on, and moments of every clip, those of training last."""
    random, groups = np.random.default_rng(3), []
    for kind in ("lfw", "faker_cc0", "youtube_faces"):
        some = [p for p in people if p.kind == kind and len(p.sure)]
        groups.append([some[i] for i in random.choice(len(some), 2 * COLUMNS, replace=False)])
    for source in (people, pictures):
        for name in sorted({p.person for p in source if p.kind == "clip"}):
            some = sorted((p for p in source if p.kind == "clip" and p.person == name and len(p.sure)), key=lambda p: p.frame)
            groups.append([some[i] for i in np.linspace(0, len(some) - 1, COLUMNS).astype(int)])
    tiles = []
    for picture in sum(groups, []):
        face = picture.sure[picture.sure[:, 2].argmax()]
        how = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
        crop = cv2.warpAffine(picture.rgb, heads.cutting(face, SIDE, heads.SEEN), (SIDE, SIDE), **how)
        tiles.append(tinted(crop, net.run(None, {"image": planes(crop)})[0][0]))
    return tiles


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="not needed: all comes from the caches")
    parser.add_argument("--cache", default="training/runs/face_data")
    parser.add_argument("--models", default="models")
    parser.add_argument("--card", type=float, help="minutes of training; writes the card")
    parser.add_argument("--sheet", help="picture of tinted heads to look at")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    pictures, people = data.load(arguments.cache)
    source = Heads(Path(arguments.cache).parent / "face_mask_data", "validation", people, 7)
    net = session(f"{arguments.models}/face_mask.onnx")
    figures, tiles = measure(net, source)
    for name, (value, unit) in figures.items():
        print(f"{name}: {value:.4f} {unit}")
    if arguments.sheet:
        tiles += shown(net, pictures, people)
        rows = [np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles) // COLUMNS * COLUMNS, COLUMNS)]
        cv2.imwrite(arguments.sheet, np.vstack(rows)[:, :, ::-1])
    if arguments.card:
        cards.write(arguments.models, "face_mask", figures, arguments.card)


if __name__ == "__main__":
    main()
