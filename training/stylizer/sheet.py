"""Draws held-out faces in held-out styles, by both teachers and by ours, to be compared cell by cell.

usage: sheet.py [--network models/style_transfer.onnx] [--out sheet.jpg] [--faces 12] [--styles 12] [--cell 128] [--lfw]

The plain faces stand on top, the references at the left as the encoder sees them. Each style has three strips: magenta-arbitrary,
microast, and the network that is asked for, in ONNX Runtime as the app runs it. All three see the same crop of 256x256.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch

from data import Pictures, Teacher, resize, tensor_from_pictures
from evaluate import middle_square
from faces import FaceContents, FaceFinder
from model import STYLE_SIDE
from train_faces import Microast, Styles

SIDE = 256
# First on the sheet, of the held-out pictures in their order; the others follow. Generated portraits with large faces of many ages
# and skins, so that no real person's face is published; LFW's have open mouths, glasses, hats and poor light.
PORTRAITS = (0, 1, 3, 4, 5, 8, 10, 12, 13, 14, 15, 17)
SNAPSHOTS = (45, 22, 29, 31, 37, 41, 42, 53, 57, 61, 83, 114)
# Public-domain art, from photographic to abstract: Polenov, Leonardo, Delacroix, El Greco, Rousseau, van Gogh, two tarot cards, Matisse
# twice, Delaunay, Picabia.
STYLES = (20, 5, 13, 2, 1, 10, 22, 24, 3, 33, 30, 31)
MOST_BYTES = 1_500_000
LABEL, GAP = 18, 6
WHITE, GREY = 255, (90, 90, 90)


def first_chosen(chosen: tuple[int, ...], count: int, wanted: int) -> list[int]:
    return [*chosen, *(k for k in range(count) if k not in chosen)][:wanted]


def cut_faces(pictures: list[np.ndarray], chosen: tuple[int, ...], wanted: int, finder: FaceFinder) -> list[np.ndarray]:
    """Cut and lit as in training, [SIDE, SIDE, 3]; the same picture always alike."""
    crops = []
    for k in first_chosen(chosen, len(pictures), len(pictures)):
        if len(crops) == wanted:
            break
        contents = FaceContents([pictures[k]], [], finder)
        if contents.faces:
            crops.append(contents.draw(np.random.default_rng([1, k]), SIDE).picture)
    return crops


def strips_of(styles: Styles, network: Path, faces: list[np.ndarray]) -> dict[str, list[list[np.ndarray]]]:
    """For each painter, for each style, all faces, [SIDE, SIDE, 3]."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    transfer = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    contents = [tensor_from_pictures([face]) for face in faces]
    as_bytes = lambda t: (t.permute(1, 2, 0).numpy() * 255.0 + 0.5).astype(np.uint8)
    ours = lambda content, code: torch.from_numpy(transfer.run(None, {"content": content.numpy(), "code": code[None]})[0])[0].clamp(0, 1)
    return {
        "magenta": [[as_bytes(styles.teacher.stylize(c, v[None])[0]) for c in contents] for v in styles.vectors],
        "microast": [[as_bytes(styles.second.stylize(f, s)) for f in faces] for s in styles.seconds],
        "ours": [[as_bytes(ours(c, code)) for c in contents] for code in styles.codes],
    }


def written(text: str, width: int) -> np.ndarray:
    """In the middle of [LABEL, width, 3]."""
    line = np.full((LABEL, width, 3), WHITE, np.uint8)
    length = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)[0][0]
    cv2.putText(line, text, ((width - length) // 2, LABEL - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.45, GREY, 1, cv2.LINE_AA)
    return line


def drawn(faces: list[np.ndarray], references: list[np.ndarray], strips: dict[str, list[list[np.ndarray]]], cell: int) -> np.ndarray:
    """Numbers and plain faces, then for each style its number, the reference and the strips."""
    row_of = lambda pictures: np.concatenate([resize(p, cell, cell) for p in pictures], 1)
    empty = lambda height, width: np.full((height, width, 3), WHITE, np.uint8)
    numbers = np.concatenate([written(str(k + 1), cell) for k in range(len(faces))], 1)
    top = np.concatenate([numbers, row_of(faces)])
    rows = [np.concatenate([empty(len(top), 2 * cell + LABEL), top], 1)]
    for k, reference in enumerate(references):
        column = empty(len(strips) * cell, 2 * cell)
        column[: 2 * cell] = resize(reference, 2 * cell, 2 * cell)
        column[2 * cell : 2 * cell + LABEL] = written(str(k + 1), 2 * cell)
        names = [cv2.rotate(written(name, cell), cv2.ROTATE_90_COUNTERCLOCKWISE) for name in strips]
        painted = np.concatenate([row_of(styled[k]) for styled in strips.values()])
        rows += [empty(GAP, top.shape[1] + 2 * cell + LABEL), np.concatenate([column, np.concatenate(names), painted], 1)]
    return np.concatenate(rows)


def write(path: Path, picture: np.ndarray) -> None:
    """PNG as it is; JPEG as good as MOST_BYTES allow."""
    for quality in range(90, 30, -5):
        jpeg = [] if path.suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, quality]
        cv2.imwrite(str(path), picture[..., ::-1], jpeg)
        if not jpeg or path.stat().st_size <= MOST_BYTES:
            break
    print(f"{path}: {picture.shape[1]}x{picture.shape[0]}, {path.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", type=Path, default=Path("models/style_transfer.onnx"))
    parser.add_argument("--encoder", type=Path, default=Path("models/style_encoder.onnx"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/models"))
    parser.add_argument("--out", type=Path, default=Path("sheet.jpg"))
    parser.add_argument("--faces", type=int, default=12)
    parser.add_argument("--styles", type=int, default=12)
    parser.add_argument("--cell", type=int, default=128, help="side of a face, pixels")
    parser.add_argument("--lfw", action="store_true", help="snapshots of LFW in place of generated portraits; not to be published")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    pictures, finder = Pictures.load(options.data, held_out_only=True), FaceFinder(options.teachers)
    faces = cut_faces(pictures.held_faces, SNAPSHOTS if options.lfw else PORTRAITS, options.faces, finder)
    shown = first_chosen(STYLES, len(pictures.held_styles), options.styles)
    references = [middle_square(pictures.held_styles[k], STYLE_SIDE) for k in shown]
    styles = Styles(len(references), Teacher(options.teachers), Microast(options.teachers), options.encoder, finder)
    for reference in references:
        styles.add(reference)
    write(options.out, drawn(faces, references, strips_of(styles, options.network, faces), options.cell))


if __name__ == "__main__":
    main()
