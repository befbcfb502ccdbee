"""Leaves out training heads whose label a half-trained network refuses in part: nearly always a real hand, a microphone or a hat
that the teachers took for face. Writes train_kept.npy, numbers of the heads that stay, beside the labels; train_mask.py heeds it.
The heads of validation all stay.

python training/face/clean_heads.py training/runs/face_mask/best.pt
"""

import argparse

import cv2
import numpy as np
import torch

import heads
from export import load
from model import FaceMask

SIDE = FaceMask.SIDE
REFUSED = 0.006  # least share of a face's area that makes a head doubtful
ENOUGH = 0.5  # opacity under which the network says no


def window(image):
    """What the network sees of a kept cut-out, [SIDE, SIDE, C]."""
    scale = SIDE * heads.CONTEXT / heads.SEEN / heads.SIDE
    move = SIDE / 2 - scale * heads.SIDE / 2
    matrix = np.array([[scale, 0.0, move], [0.0, scale, move]])
    return cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def refused(model, crop, mask):
    """Share of the face's area in a label uint8 [S, S, 2] that lies well within it and that the network takes for no face."""
    label = window(mask)[:, :, 0]
    pixels = torch.from_numpy(window(crop).transpose(2, 0, 1).copy())[None].float() / 255
    with torch.no_grad():
        found = model(pixels)[0, 0].numpy()
    inner = cv2.erode(label, np.ones((7, 7), np.uint8)) > 230
    places = cv2.morphologyEx(((found < ENOUGH) & inner).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return places.sum() / max((label > 127).sum(), 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", help="best.pt of a mask training")
    parser.add_argument("--labels", default="training/runs/face_mask_data")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    model = load(arguments.checkpoint)
    crops = np.load(f"{arguments.labels}/train_crops.npy", mmap_mode="r")
    masks = np.load(f"{arguments.labels}/train_masks.npy", mmap_mode="r")
    shares = np.array([refused(model, np.array(crop), np.array(mask)) for crop, mask in zip(crops, masks)])
    kept = np.flatnonzero(shares <= REFUSED)
    np.save(f"{arguments.labels}/train_kept.npy", kept)
    print(f"{len(kept)} of {len(crops)} heads stay")


if __name__ == "__main__":
    main()
