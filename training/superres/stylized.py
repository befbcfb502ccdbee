"""Makes stylized faces in high resolution with the shipped stylizer: what live enlargement will see.

Writes FOLDER/train and FOLDER/held_out. Held out is every tenth portrait, as in the stylizer's training.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from data import files, read, three
from evaluate import session

HOLD_OUT = 10  # every n-th face
SIDES = (256, 384, 512)  # of the stylizer's input: its strokes have their size in pixels, whatever the face's size
HELD_OUT_SIDE = 512
STYLES_A_FACE = 4
HEAD = (0.02, 0.62, 0.19, 0.81)  # top, bottom, left and right of the head in a portrait
CODE_SIDE = 256


def square(picture, side):
    """The middle square, scaled."""
    height, width = picture.shape[:2]
    short = min(height, width)
    y, x = (height - short) // 2, (width - short) // 2
    area = cv2.INTER_AREA if short > side else cv2.INTER_CUBIC
    return cv2.resize(picture[y : y + short, x : x + short], (side, side), interpolation=area)


def planes(picture):
    return np.moveaxis(picture, 2, 0)[None].astype(np.float32) / 255


class Stylizer:
    """The shipped networks, and the code of every style by its name."""

    def __init__(self, models, styles):
        encoder, self.transfer = (session(models / f"style_{part}.onnx") for part in ("encoder", "transfer"))
        pictures = {path.stem: square(three(read(path)), CODE_SIDE) for path in files(styles)}
        self.codes = {name: encoder.run(None, {"style": planes(p)})[0] for name, p in pictures.items()}

    def paint(self, picture, style):
        """uint8 [h, w, 3] to the same; sides are multiples of 4."""
        styled = self.transfer.run(None, {"content": planes(picture), "code": self.codes[style]})[0][0]
        return np.clip(np.floor(np.moveaxis(styled, 0, 2) * 255 + 0.5), 0, 255).astype(np.uint8)


def head(portrait):
    height, width = portrait.shape[:2]
    top, bottom, left, right = HEAD
    return portrait[int(top * height) : int(bottom * height), int(left * width) : int(right * width)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True, help="folder of portraits, head and shoulders")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder of the stylizer's networks")
    parser.add_argument("--styles", type=Path, default=Path("assets/styles"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    stylizer = Stylizer(options.models, options.styles)
    names = sorted(stylizer.codes)
    for i, path in enumerate(files(options.faces)):
        held = i % HOLD_OUT == 0
        portrait = three(read(path))
        folder = options.out / ("held_out" if held else "train")
        folder.mkdir(parents=True, exist_ok=True)
        for turn in range(STYLES_A_FACE):
            # Held-out faces count from nought too, so that they meet every style.
            at = STYLES_A_FACE * (i // HOLD_OUT if held else i) + turn
            style, side = names[at % len(names)], HELD_OUT_SIDE if held else SIDES[at % len(SIDES)]
            # The head fills the app's crop; now and then the whole portrait, where strokes are small beside the face.
            view = portrait if not held and turn == 0 else head(portrait)
            styled = stylizer.paint(square(view, side), style)
            cv2.imwrite(str(folder / f"{path.stem}_{style}.png"), styled[:, :, ::-1])


if __name__ == "__main__":
    main()
