"""Trains the style encoder that ships to give the codes of the reference encoder, and exports it.

usage: train_encoder.py --reference training/runs/encoder/reference.onnx [--minutes 15] [--data ../shared/data]
                        [--out training/runs/encoder] [--models models]

The reference is the encoder that `train.py` and `export.py` make. Random crops of art, drawings and photos go through it once;
the small encoder learns its answers. A run saves as it goes and goes on from its last state; `--minutes` counts all starts.
Printed: the part of the codes' variance that is explained on held-out styles (1 is perfect).
"""

import argparse
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from data import Pictures, resize, style_crop, tensor_from_pictures
from encoder import SmallStyleEncoder
from model import STYLE_SIDE

BATCH = 24
RATE = 3e-3
REPORT_EVERY_SECONDS = 60
AVERAGE = 0.98


class Reference:
    """The reference encoder in ONNX Runtime, one picture at a time."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def code(self, picture: np.ndarray) -> Tensor:
        """uint8 [256, 256, 3] to [CODE_SIZE]."""
        return torch.from_numpy(self.session.run(None, {"style": tensor_from_pictures([picture]).numpy()})[0][0])


class Crops(IterableDataset):
    """Endless pairs of a random reference picture and its code."""

    def __init__(self, pictures: Pictures, reference: Path, seed: int) -> None:
        self.pictures, self.reference, self.seed = pictures, reference, seed

    def __iter__(self):
        torch.set_num_threads(1)
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        reference = Reference(self.reference)
        while True:
            crop = style_crop(self.pictures, rng)
            yield tensor_from_pictures([crop])[0], reference.code(crop)


def held_out_pairs(pictures: Pictures, reference: Path) -> tuple[Tensor, Tensor]:
    encoder = Reference(reference)
    squares = []
    for picture in pictures.held_styles:
        height, width = picture.shape[:2]
        side = min(height, width)
        y, x = (height - side) // 2, (width - side) // 2
        squares.append(resize(picture[y : y + side, x : x + side], STYLE_SIDE, STYLE_SIDE))
    return tensor_from_pictures(squares), torch.stack([encoder.code(square) for square in squares])


def explained(network: nn.Module, styles: Tensor, codes: Tensor) -> float:
    network.eval()
    with torch.no_grad():
        error = (network(styles) - codes).square().mean()
    network.train()
    return 1.0 - (error / (codes - codes.mean(0)).square().mean()).item()


def export(network: nn.Module, path: Path) -> None:
    network.eval()
    example = torch.rand(1, 3, STYLE_SIDE, STYLE_SIDE)
    torch.onnx.export(
        network, (example,), path, input_names=["style"], output_names=["code"], opset_version=17, dynamo=False
    )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        difference = np.abs(session.run(None, {"style": example.numpy()})[0] - network(example).numpy()).max()
    if difference > 2e-3:
        raise RuntimeError(f"the exported encoder differs by {difference}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", type=Path, default=Path("training/runs/encoder/reference.onnx"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("training/runs/encoder"))
    parser.add_argument("--minutes", type=float, default=15.0)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    pictures = Pictures.load(arguments.data)
    styles, codes = held_out_pairs(pictures, arguments.reference)
    network, average = SmallStyleEncoder(), SmallStyleEncoder()
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-4)
    last, step, spent = arguments.out / "last.pt", 0, 0.0
    if last.is_file():
        state = torch.load(last)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["seconds"]
    batches = DataLoader(Crops(pictures, arguments.reference, step), BATCH, num_workers=1, prefetch_factor=8)
    began, reported = time.monotonic() - spent, time.monotonic()
    for pictures_in, wanted in batches:
        seconds = time.monotonic() - began
        part = min(seconds / (60 * arguments.minutes), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = RATE * (0.5 * (1 + np.cos(np.pi * part)) + 0.01) * min(1.0, (step + 1) / 50)
        loss = nn.functional.smooth_l1_loss(network(pictures_in), wanted)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        keep = min(AVERAGE, 1 - 1 / (step + 1))
        with torch.no_grad():
            for mean, now in zip(average.state_dict().values(), network.state_dict().values()):
                if mean.is_floating_point():
                    mean.lerp_(now, 1 - keep)
        if part >= 1.0 or time.monotonic() - reported > REPORT_EVERY_SECONDS:
            reported = time.monotonic()
            state = {"network": network.state_dict(), "average": average.state_dict(), "seconds": seconds}
            torch.save({**state, "optimizer": optimizer.state_dict(), "step": step}, last)
            score = explained(average, styles, codes)
            print(f"{seconds / 60:5.1f} min  step {step}  loss {loss.item():.4f}  explained {score:.4f}", flush=True)
        if part >= 1.0:
            break
    export(average, arguments.out / "style_encoder.onnx")


if __name__ == "__main__":
    main()
