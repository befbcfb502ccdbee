"""Measures the stylizer against its teacher on faces and styles it never saw, and draws the contact sheet.

usage: evaluate.py [--models models] [--data ../shared/data] [--teachers ../shared/models] [--sheet sheet.png]

Prints PSNR and L1 to the teacher (higher and lower are better), PSNR between a shifted picture's result and the shifted
result (higher is steadier), and milliseconds on one core in ONNX Runtime.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch
from torch import Tensor

import procedural
from data import Pictures, Teacher, resize, tensor_from_pictures
from model import STYLE_SIDE

CONTENT_SIDE = 256
SHEET_STYLES = 8

# Styles [n, 3, 256, 256] to codes, and contents [n, 3, h, w] with codes to pictures.
Encode = Callable[[Tensor], Tensor]
Transfer = Callable[[Tensor, Tensor], Tensor]


def middle_square(picture: np.ndarray, side: int) -> np.ndarray:
    height, width = picture.shape[:2]
    short = min(height, width)
    y, x = (height - short) // 2, (width - short) // 2
    return resize(picture[y : y + short, x : x + short], side, side)


def psnr(result: Tensor, target: Tensor) -> float:
    """Mean over the pictures, in dB, of [n, 3, h, w] in [0, 1]."""
    error = ((result - target) ** 2).mean((1, 2, 3)).clamp_min(1e-10)
    return float((-10.0 * torch.log10(error)).mean())


class HeldOut:
    """Pairs of held-out faces and styles with the teacher's pictures, made once."""

    def __init__(self, pictures: Pictures, teacher: Teacher) -> None:
        faces = [middle_square(f, CONTENT_SIDE) for f in pictures.held_faces]
        portraits, snapshots = faces[:6], faces[20 : 20 + 6 * 12 : 12]
        self.faces = tensor_from_pictures(portraits + snapshots)
        squares = [middle_square(s, STYLE_SIDE) for s in pictures.held_styles]
        self.styles = tensor_from_pictures(squares)
        vectors = np.stack([teacher.vector(s) for s in squares])
        self.face_of_pair = [i % len(self.faces) for i in range(len(squares))]
        self.targets = teacher.stylize(self.faces[self.face_of_pair], vectors)

        rng = np.random.default_rng(5)
        sources = (portraits[4], snapshots[3], squares[1], squares[20], portraits[5], snapshots[5])
        drawn = [draw(resize(s, 384, 384), rng) for draw, s in zip(procedural.DRAWINGS, sources)]
        drawn = [resize(d, STYLE_SIDE, STYLE_SIDE) for d in drawn]
        every = max(len(squares) // SHEET_STYLES, 1)
        sheet_squares = squares[::every][:SHEET_STYLES] + drawn + [snapshots[4]]
        self.sheet_styles = tensor_from_pictures(sheet_squares)
        self.sheet_faces = self.faces[[0, 3, 6, 7]]
        sheet_vectors = [teacher.vector(s) for s in sheet_squares]
        self.sheet_targets = [
            teacher.stylize(face[None].expand(len(sheet_squares), -1, -1, -1), np.stack(sheet_vectors))
            for face in self.sheet_faces
        ]

    def results(self, encode: Encode, transfer: Transfer) -> Tensor:
        contents = self.faces[self.face_of_pair]
        return torch.cat([transfer(c[None], encode(s[None])) for c, s in zip(contents, self.styles)])

    def scores(self, encode: Encode, transfer: Transfer) -> dict[str, float]:
        results = self.results(encode, transfer)
        return {
            "psnr_db": psnr(results, self.targets),
            "l1": float((results - self.targets).abs().mean()),
            "sharpness_ratio": sharpness(results) / sharpness(self.targets),
        }

    def shift_psnr(self, encode: Encode, transfer: Transfer) -> float:
        """How equal the same point stays when the picture moves by 1 to 3 pixels, in dB."""
        values = []
        for pair in range(0, len(self.styles), 3):
            content, code = self.faces[self.face_of_pair[pair]][None], encode(self.styles[pair : pair + 1])
            shift = 1 + pair // 3 % 3
            still = transfer(content[..., : CONTENT_SIDE - 4, : CONTENT_SIDE - 4], code)
            moved = transfer(content[..., shift : shift + CONTENT_SIDE - 4, shift : shift + CONTENT_SIDE - 4], code)
            values.append(psnr(moved[..., 8 : -8 - shift, 8 : -8 - shift], still[..., 8 + shift : -8, 8 + shift : -8]))
        return float(np.mean(values))

    def contact_sheet(self, encode: Encode, transfer: Transfer) -> np.ndarray:
        """uint8 picture: styles on top, then for each face a row of the teacher and a row of ours."""
        rows = [torch.cat([torch.ones_like(self.sheet_faces[0]), *self.sheet_styles], 2)]
        for face, targets in zip(self.sheet_faces, self.sheet_targets):
            ours = [transfer(face[None], encode(s[None]))[0] for s in self.sheet_styles]
            rows += [torch.cat([face, *targets], 2), torch.cat([face, *ours], 2)]
        sheet = torch.cat(rows, 1).clamp(0, 1).permute(1, 2, 0).numpy()
        return (sheet * 255 + 0.5).astype(np.uint8)


def sharpness(pictures: Tensor) -> float:
    """Mean absolute difference of neighbours."""
    across = (pictures[..., 1:] - pictures[..., :-1]).abs().mean()
    down = (pictures[..., 1:, :] - pictures[..., :-1, :]).abs().mean()
    return float(across + down)


def onnx_stylizer(models: Path) -> tuple[Encode, Transfer]:
    """The exported networks on one thread, as the app runs them."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    open_model = lambda name: onnxruntime.InferenceSession(models / name, options, providers=["CPUExecutionProvider"])
    encoder, transfer = open_model("style_encoder.onnx"), open_model("style_transfer.onnx")
    return (
        lambda style: torch.from_numpy(encoder.run(None, {"style": style.numpy()})[0]),
        lambda content, code: torch.from_numpy(
            transfer.run(None, {"content": content.contiguous().numpy(), "code": code.numpy()})[0]
        ),
    )


def milliseconds(call: Callable[[], object], runs: int = 150) -> tuple[float, float]:
    """Best and median wall time of one call."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000.0)
    return min(times), float(np.median(times))


def by_turns(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median milliseconds of each call, measured by turns, so that a loud moment of the machine is shared."""
    rounds = [{name: milliseconds(call, 12)[1] for name, call in calls.items()} for _ in range(5)]
    return {name: float(np.median([r[name] for r in rounds])) for name in calls}


def measure(models: Path, held_out: HeldOut) -> dict[str, float]:
    encode, transfer = onnx_stylizer(models)
    scores = held_out.scores(encode, transfer)
    scores["shift_psnr_db"] = held_out.shift_psnr(encode, transfer)
    style, content = held_out.styles[:1], held_out.faces[:1]
    code = encode(style)
    scores["encoder_ms"], scores["encoder_ms_median"] = milliseconds(lambda: encode(style))
    scores["transfer_ms"], scores["transfer_ms_median"] = milliseconds(lambda: transfer(content, code))
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/models"))
    parser.add_argument("--sheet", type=Path, help="where to write the contact sheet")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    held_out = HeldOut(Pictures.load(arguments.data, held_out_only=True), Teacher(arguments.teachers))
    for name, value in measure(arguments.models, held_out).items():
        print(f"{name:20} {value:.4f}")
    if arguments.sheet:
        save_picture(arguments.sheet, held_out.contact_sheet(*onnx_stylizer(arguments.models)))


def save_picture(path: Path, picture: np.ndarray) -> None:
    cv2.imwrite(str(path), picture[..., ::-1])


if __name__ == "__main__":
    main()
