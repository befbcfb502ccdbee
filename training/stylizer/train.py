"""Trains the one-shot stylizer by distillation from magenta-arbitrary.

usage: train.py --data ../shared/data --teachers ../shared/models --minutes 50 --out training/runs/stylizer

The transfer network learns to paint the teacher's picture; the encoder learns the teacher's style vector from frozen
statistics and is tuned through the transfer network at the same time. The student sees each content with noise and at another
offset than the teacher saw it, so that it learns a picture that neither boils with noise nor clings to the pixel grid.

`--minutes` counts the whole training, over all starts: run the same command with more minutes and it goes on from
`last.pt`. `best.pt` is the averaged weights with the highest PSNR on held-out pairs; `sheet.png` shows them.
"""

import argparse
import copy
import math
import shlex
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from data import PairBuffer, Pictures, StyleBank, Teacher, content_crop, tensor_from_pictures
from evaluate import Encode, HeldOut, Transfer, save_picture
from model import StyleEncoder, TransferNetwork

FIRST_STYLES = 1500
TEACHER_MARGIN = 16
# The teacher's brush strokes cling to its own grid of 4 pixels. Seen at every offset alike they average out to a smooth skin;
# seen mostly on that grid they stay, and the rest of the offsets still keeps them from boiling.
ALIGNED_SHARE = 0.6
MIX_SHARE = 0.2
TEXTURE_WEIGHT = 1.0
GRID_WEIGHT = 4.0
AVERAGE_DECAY = 0.998
WARM_UP_STEPS = 200


class Stylizer(nn.Module):
    """Both networks and the scaling between the teacher's vectors and our codes."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = StyleEncoder()
        self.transfer = TransferNetwork()
        self.register_buffer("vector_mean", torch.zeros(100))
        self.register_buffer("vector_scale", torch.ones(100))

    def code_from_vector(self, vector: Tensor) -> Tensor:
        return (vector - self.vector_mean) / self.vector_scale

    def fit_scales(self, bank: StyleBank) -> None:
        """Both the statistics and the codes get zero mean and unit variance over the first styles."""
        statistics = bank.statistics[: bank.count]
        vectors = torch.from_numpy(bank.vectors[: bank.count])
        self.encoder.statistics_mean.copy_(statistics.mean(0))
        self.encoder.statistics_scale.copy_(1.0 / (statistics.std(0) + 1e-2))
        self.vector_mean.copy_(vectors.mean(0))
        self.vector_scale.copy_(vectors.std(0) + 1e-3)


def gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def picture_loss(result: Tensor, target: Tensor) -> Tensor:
    """L1 on pixels, edges and the low-passed picture, plus how much texture there is in each 8x8 patch at two scales.

    The texture term cares for the amount only: where the exact brush stroke cannot be known, L1 alone would leave a blur.
    Alone it would be served cheapest by a dot pattern on the 4-pixel grid of the pixel shuffle; the grid term forbids that.
    """
    loss = functional.l1_loss(result, target)
    loss = loss + functional.l1_loss(functional.avg_pool2d(result, 8), functional.avg_pool2d(target, 8))
    loss = loss + sum(functional.l1_loss(a, b) for a, b in zip(gradients(result), gradients(target)))
    for scale in (1, 2):
        ours, theirs = (gradients(functional.avg_pool2d(x, scale)) for x in (result, target))
        for a, b in zip(ours, theirs):
            amounts = functional.avg_pool2d(a.abs(), 8 // scale), functional.avg_pool2d(b.abs(), 8 // scale)
            loss = loss + TEXTURE_WEIGHT / scale * functional.l1_loss(*amounts)
    return loss + GRID_WEIGHT * functional.l1_loss(grid_pattern(result), grid_pattern(target))


def grid_pattern(x: Tensor) -> Tensor:
    """What repeats every 4 pixels: the mean of each of the 16 positions in a cell, over windows of 8x8 cells."""
    return functional.avg_pool2d(functional.pixel_unshuffle(x, 4), 8, stride=4)


def add_camera_noise(content: Tensor) -> Tensor:
    """Gaussian noise of up to 3 % on half of the pictures."""
    strength = 0.03 * torch.rand(len(content), 1, 1, 1, device=content.device)
    strength = strength * (torch.rand_like(strength) < 0.5)
    return (content + strength * torch.randn_like(content)).clamp(0.0, 1.0)


class Batches:
    """Draws training batches: some fresh pairs from the teacher, the rest from the buffer."""

    def __init__(self, pictures: Pictures, teacher: Teacher, bank: StyleBank, side: int, size: int, fresh: int) -> None:
        self.pictures, self.teacher, self.bank = pictures, teacher, bank
        self.side, self.size, self.fresh = side, size, fresh
        self.buffer = PairBuffer(3000, side + TEACHER_MARGIN)

    def add_fresh_pair(self, rng: np.random.Generator) -> int:
        content = content_crop(self.pictures, rng, self.side + TEACHER_MARGIN)
        styles = rng.integers(self.bank.count, size=2)
        mix = float(rng.random() * (rng.random() < MIX_SHARE))
        vectors = self.bank.vectors[styles]
        vector = (1 - mix) * vectors[0] + mix * vectors[1]
        target = self.teacher.stylize(tensor_from_pictures([content]), vector[None])[0]
        return self.buffer.add(content, target, styles, mix)

    def next(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, np.ndarray, Tensor]:
        """Contents, targets, the two style indices of each and how much of the second is mixed in, [n, 1]."""
        fresh = [self.add_fresh_pair(rng) for _ in range(self.fresh)]
        slots = np.concatenate([fresh, self.buffer.random_slots(self.size - len(fresh), rng)]).astype(np.int64)
        y, x = rng.integers(TEACHER_MARGIN + 1, size=2)
        if rng.random() < ALIGNED_SHARE:
            y, x = y // 4 * 4, x // 4 * 4
        window = np.s_[:, y : y + self.side, x : x + self.side]
        contents = tensor_from_pictures(list(self.buffer.contents[slots][window]))
        targets = tensor_from_pictures(list(self.buffer.targets[slots][window]))
        mixes = torch.from_numpy(self.buffer.style_mixes[slots])[:, None]
        return contents, targets, self.buffer.style_indices[slots], mixes


class Training:
    """The loop's state: everything that a checkpoint keeps."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.rng = np.random.default_rng(arguments.seed)
        self.stylizer = Stylizer().to(self.device)
        self.stylizer.encoder.statistics.load_squeezenet(arguments.teachers / "squeezenet10/squeezenet10.onnx")
        self.optimizer = torch.optim.AdamW(
            [
                {"params": list(self.stylizer.transfer.parameters()), "peak": arguments.rate, "weight_decay": 0.0},
                {"params": self.stylizer.encoder.head_parameters(), "peak": arguments.rate * 0.5, "weight_decay": 0.05},
            ],
            lr=arguments.rate,
            betas=(0.9, 0.99),
        )
        self.step, self.seconds, self.best = 0, 0.0, 0.0
        self.commands: list[str] = []
        self.bank = StyleBank(arguments.styles)
        self.average = copy.deepcopy(self.stylizer).eval()

    def load_checkpoint(self) -> bool:
        path = self.arguments.out / "last.pt"
        if not path.exists():
            return False
        stored = torch.load(path, map_location=self.device, weights_only=True)
        self.stylizer.load_state_dict(stored["stylizer"])
        self.average.load_state_dict(stored["average"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.step, self.seconds, self.best = stored["step"], stored["seconds"], stored["best"]
        self.commands = stored["commands"]
        self.bank.load(self.arguments.out / "bank.pt")
        # A new start must not draw the same crops again.
        self.rng = np.random.default_rng([self.arguments.seed, self.step])
        return True

    def save_checkpoint(self) -> None:
        state = {
            "stylizer": self.stylizer.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "best": self.best,
            "commands": self.commands,
        }
        write_whole(state, self.arguments.out / "last.pt")
        self.bank.save(self.arguments.out / "bank.pt")

    def set_rates(self) -> float:
        """Cosine over the time budget after a short warm-up; returns the part of the budget that is spent."""
        spent = min(self.seconds / (self.arguments.minutes * 60.0), 1.0)
        factor = (0.5 + 0.5 * math.cos(math.pi * spent)) * min(1.0, (self.step + 1) / WARM_UP_STEPS) + 0.005
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        return spent

    def codes(self, styles: np.ndarray, mixes: Tensor, own_share: float) -> Tensor:
        """Mixed codes; a share of the batch gets them from our encoder, the rest from the teacher's vectors."""
        both = []
        for column in (0, 1):
            theirs = torch.from_numpy(self.bank.vectors[styles[:, column]]).to(self.device)
            theirs = self.stylizer.code_from_vector(theirs)
            ours = self.stylizer.encoder.code_from_statistics(self.bank.statistics[styles[:, column]].to(self.device))
            both.append((theirs, ours))
        own = (torch.rand(len(styles), 1, device=self.device) < own_share).float()
        first, second = (own * ours + (1 - own) * theirs for theirs, ours in both)
        return (1 - mixes) * first + mixes * second

    def vector_loss(self) -> Tensor:
        """How far the encoder is from the teacher's vectors, on a random part of the bank."""
        rows = self.rng.integers(self.bank.count, size=96)
        vectors = torch.from_numpy(self.bank.vectors[rows]).to(self.device)
        codes = self.stylizer.encoder.code_from_statistics(self.bank.statistics[rows].to(self.device))
        return functional.smooth_l1_loss(codes, self.stylizer.code_from_vector(vectors))

    def train_step(self, batches: Batches) -> tuple[float, float]:
        spent = self.set_rates()
        contents, targets, styles, mixes = batches.next(self.rng)
        contents, targets, mixes = (t.to(self.device) for t in (contents, targets, mixes))
        codes = self.codes(styles, mixes, own_share=0.3 + 0.4 * spent)
        with torch.autocast(self.device.type, torch.bfloat16):
            results = self.stylizer.transfer(add_camera_noise(contents), codes)
        pictures, vectors = picture_loss(results.float(), targets), self.vector_loss()
        self.optimizer.zero_grad()
        (pictures + 0.3 * vectors).backward()
        nn.utils.clip_grad_norm_(self.stylizer.parameters(), 1.0)
        self.optimizer.step()
        decay = min(AVERAGE_DECAY, (self.step + 1) / (self.step + 20))
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.stylizer.parameters()):
                kept.lerp_(new, 1.0 - decay)
        self.step += 1
        return pictures.item(), vectors.item()

    def validate(self, held_out: HeldOut) -> dict[str, float]:
        with torch.no_grad():
            scores = held_out.scores(*self.networks())
        if scores["psnr_db"] > self.best:
            self.best = scores["psnr_db"]
            kept = {"stylizer": self.average.state_dict(), "step": self.step, "commands": self.commands}
            write_whole(kept, self.arguments.out / "best.pt")
        return scores

    def networks(self) -> tuple[Encode, Transfer]:
        encode = lambda style: self.average.encoder(style.to(self.device)).cpu()
        transfer = lambda content, code: self.average.transfer(content.to(self.device), code.to(self.device)).cpu()
        return encode, transfer


def write_whole(state: dict, path: Path) -> None:
    """A reader never sees half a checkpoint."""
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/models"))
    parser.add_argument("--out", type=Path, default=Path("training/runs/stylizer"))
    parser.add_argument("--minutes", type=float, default=50.0, help="time budget over all starts")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--fresh", type=int, default=2, help="pairs of each batch that are new from the teacher")
    parser.add_argument("--side", type=int, default=192, help="side of the training crops in pixels")
    parser.add_argument("--styles", type=int, default=9000, help="style crops in the bank when it is full")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--validate-every", type=int, default=1000, help="in steps")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)

    training = Training(arguments)
    pictures, teacher = Pictures.load(arguments.data), Teacher(arguments.teachers, arguments.threads)
    held_out = HeldOut(pictures, teacher)
    print(f"{len(pictures.faces) + len(pictures.portraits)} faces, {len(pictures.styles)} styles,", end=" ")
    print(f"{len(pictures.photos)} photos; {training.device}", flush=True)
    if not training.load_checkpoint():
        while training.bank.count < min(FIRST_STYLES, arguments.styles):
            training.bank.grow(pictures, teacher, training.stylizer.encoder.statistics, training.rng)
        training.stylizer.fit_scales(training.bank)
        training.average.load_state_dict(training.stylizer.state_dict())
    training.commands.append(shlex.join([".venv/bin/python", *sys.argv]))
    batches = Batches(pictures, teacher, training.bank, arguments.side, arguments.batch, arguments.fresh)
    run(training, batches, held_out)


def run(training: Training, batches: Batches, held_out: HeldOut) -> None:
    arguments, losses, last = training.arguments, np.zeros(2), time.monotonic()
    training.stylizer.train()
    while training.seconds < arguments.minutes * 60.0:
        if not training.bank.full and training.step % 2 == 0:
            training.bank.grow(batches.pictures, batches.teacher, training.stylizer.encoder.statistics, training.rng)
        losses = 0.98 * losses + 0.02 * np.array(training.train_step(batches))
        training.seconds += time.monotonic() - last
        last = time.monotonic()
        out_of_time = training.seconds >= arguments.minutes * 60.0
        if training.step % arguments.validate_every == 0 or out_of_time:
            scores = training.validate(held_out)
            training.save_checkpoint()
            with torch.no_grad():
                save_picture(arguments.out / "sheet.png", held_out.contact_sheet(*training.networks()))
            line = f"step {training.step} {training.seconds / 60:.1f} min loss {losses[0]:.4f} vector {losses[1]:.4f}"
            print(line, " ".join(f"{k} {v:.4f}" for k, v in scores.items()), f"bank {training.bank.count}", flush=True)


if __name__ == "__main__":
    main()
