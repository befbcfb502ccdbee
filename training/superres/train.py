"""Trains a network for super-resolution x4, on a CPU or a GPU: first `--stage mse`, then, if wished, `--stage gan` from it."""

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from data import SCALE, Pairs, benchmark
from features import Features, distance
from metrics import score, torch_enlarger
from model import Discriminator, build, grown, parameters

WARM_UP = 0.01  # share of the training over which the rate rises
ADVERSARIAL = 1e-3  # weight beside the distance of the features
PIXELS = 1e-2  # weight of the absolute difference beside it
GRID = 10.0  # weight of a weave of SCALE pixels, to which SqueezeNet's first layer, two pixels a step, is blind
GRID_CELLS = 8  # side of the windows in which a weave is looked for, low-resolution pixels
LUMA = (0.299, 0.587, 0.114)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=["full", "deep", "medium", "small"], required=True)
    parser.add_argument("--stage", choices=["mse", "gan"], default="mse")
    parser.add_argument("--data", required=True, nargs="+", type=Path, help="folders of pictures in high resolution")
    parser.add_argument("--faces", nargs="*", type=Path, default=[], help="folders of faces, drawn less often")
    parser.add_argument("--stylized", type=Path, help="folder of stylized faces, as stylized.py makes them")
    parser.add_argument("--test", required=True, type=Path, help="folder of Set5: best.pt is chosen by it")
    parser.add_argument("--judge", type=int, default=64, help="channels of the discriminator's first layer")
    parser.add_argument("--features", type=Path, help="squeezenet10.onnx, for --stage gan")
    parser.add_argument("--start", help="a checkpoint whose averaged weights to start from; of a smaller network of the family, too")
    parser.add_argument("--out", required=True, type=Path, help="for last.pt and best.pt; a last.pt in it is taken up again")
    parser.add_argument("--minutes", type=float, default=math.inf, help="budget: on a CPU, minutes of one core")
    parser.add_argument("--steps", type=float, default=math.inf, help="budget in steps; the earlier end counts")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--fall", choices=["cosine", "half"], default="cosine", help="half: a tenth of the rate from half-way on")
    parser.add_argument("--l1", type=float, default=0.7, help="share of the training with absolute differences; squares then")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--side", type=int, default=96, help="side of the crops in high resolution, a multiple of 16")
    parser.add_argument("--every", type=float, default=2.0, help="minutes between validations")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if math.isinf(options.minutes) and math.isinf(options.steps):
        parser.error("give --minutes or --steps")
    if options.stage == "gan" and not options.features:
        parser.error("--stage gan needs --features")
    return options


def weave(difference):
    """What each of SCALE x SCALE places has on average over a window beyond the mean of all, absolute; pictures [n, 3, h, w]."""
    places = functional.pixel_unshuffle(difference, SCALE).unflatten(1, (3, SCALE**2))
    means = functional.avg_pool3d(places, (1, GRID_CELLS, GRID_CELLS), (1, GRID_CELLS // 2, GRID_CELLS // 2))
    return (means - means.mean(2, keepdim=True)).abs().mean()


class Training:
    """Everything that last.pt keeps, and the steps."""

    def __init__(self, options):
        torch.set_num_threads(options.threads)
        torch.manual_seed(options.seed)
        self.options = options
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = self.placed(build(options.model))
        self.optimizers = {"generator": torch.optim.Adam(self.model.parameters(), options.rate, betas=(0.9, 0.999))}
        self.judge = None
        if options.stage == "gan":
            self.judge = self.placed(Discriminator(options.side, options.judge))
            self.features = self.placed(Features(options.features))
            self.optimizers["judge"] = torch.optim.Adam(self.judge.parameters(), options.rate, betas=(0.9, 0.999))
        if options.start:
            state = torch.load(options.start, map_location=self.device, weights_only=True)
            self.model.load_state_dict(grown(self.model, state["average"]))
        self.average = copy.deepcopy(self.model).eval()
        self.steps, self.spent, self.best = 0, 0.0, -math.inf
        options.out.mkdir(parents=True, exist_ok=True)
        if (options.out / "last.pt").exists():
            self.take_up(torch.load(options.out / "last.pt", map_location=self.device, weights_only=True))
        self.random = np.random.default_rng((options.seed, self.steps))

    def placed(self, module):
        return module.to(self.device, memory_format=torch.channels_last)

    def take_up(self, state):
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        if self.judge:
            self.judge.load_state_dict(state["judge"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.steps, self.spent, self.best = state["steps"], state["spent"], state["best"]
        print(f"takes up {self.options.out} at {self.spent / 60:.1f} min, {self.steps} steps", flush=True)

    def save(self, value):
        """Writes last.pt, and best.pt where `value` (dB) is the best so far."""
        better, self.best = value >= self.best, max(value, self.best)
        state = {"network": self.options.model, "stage": self.options.stage, "average": self.average.state_dict()}
        state |= {"steps": self.steps, "spent": self.spent, "best": self.best}
        if better:
            torch.save(state, self.options.out / "best.pt")
        state |= {"model": self.model.state_dict(), "judge": self.judge and self.judge.state_dict()}
        state["optimizers"] = {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()}
        torch.save(state, self.options.out / "last.tmp")
        (self.options.out / "last.tmp").replace(self.options.out / "last.pt")

    def done(self):
        """Share of the training that is over, 0..1."""
        return min(1.0, max(self.spent / (60 * self.options.minutes), self.steps / self.options.steps))

    def clock(self):
        """Seconds. On a CPU those that the process had of one core, so that a busy machine takes no training away."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            return time.perf_counter()
        return time.process_time() / self.options.threads

    def set_rate(self):
        done = self.done()
        share = (1.0 if done < 0.5 else 0.1) if self.options.fall == "half" else 0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = self.options.rate * share * min(1.0, 0.05 + done / WARM_UP)

    def enlarge(self, low):
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            return self.model(low).float()

    def difference(self, ours, high):
        """Of the colours and, as much again, of the brightness, which the eye (and PSNR on y) sees first."""
        measure = functional.l1_loss if self.done() < self.options.l1 else functional.mse_loss
        weight = torch.tensor(LUMA, device=ours.device).view(1, 3, 1, 1)
        return measure(ours, high) + measure((ours * weight).sum(1), (high * weight).sum(1))

    def move(self, name, module, loss):
        self.optimizers[name].zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        self.optimizers[name].step()

    def gan_step(self, low, high):
        """Discriminator, then generator. Returns figures."""
        ours = self.enlarge(low)
        self.judge.requires_grad_(True)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            real, fake = self.judge(high).float(), self.judge(ours.detach()).float()
        judged = functional.softplus(-real).mean() + functional.softplus(fake).mean()
        self.move("judge", self.judge, judged)
        self.judge.requires_grad_(False)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            fake, maps = self.judge(ours).float(), self.features(ours)
            with torch.no_grad():
                wanted = self.features(high)
        content = distance([m.float() for m in maps], [m.float() for m in wanted])
        grid = weave(ours - high)
        loss = content + ADVERSARIAL * functional.softplus(-fake).mean() + PIXELS * functional.l1_loss(ours, high) + GRID * grid
        self.move("generator", self.model, loss)
        return {"content": content.detach(), "judge": judged.detach(), "grid": grid.detach()}

    def step(self, pairs):
        low, high = pairs.batch(self.random, self.options.batch, self.options.side)
        low, high = (t.to(self.device, memory_format=torch.channels_last, non_blocking=True) for t in (low, high))
        self.set_rate()
        self.model.train()
        if self.judge:
            figures = self.gan_step(low, high)
        else:
            loss = self.difference(self.enlarge(low), high)
            self.move("generator", self.model, loss)
            figures = {"loss": loss.detach()}
        self.steps += 1
        keep = min(0.999, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for smooth, value in zip(self.average.state_dict().values(), self.model.state_dict().values()):
                smooth.lerp_(value, 1 - keep) if smooth.dtype.is_floating_point else smooth.copy_(value)
        return figures

    def run(self, pairs, tests):
        sums, count, since = {}, 0, 0.0
        while self.done() < 1.0:
            start = self.clock()
            for _ in range(10):
                for name, value in self.step(pairs).items():
                    sums[name] = sums.get(name, 0.0) + value
                count += 1
            took = self.clock() - start
            self.spent, since = self.spent + took, since + took
            if since > 60 * self.options.every or self.done() >= 1.0:
                told = "  ".join(f"{name} {float(value) / count:.5f}" for name, value in sums.items())
                value, likeness = score(tests, torch_enlarger(self.average, self.device))
                self.save(value)
                print(f"{self.spent / 60:6.1f} min  step {self.steps}  {told}  |  Set5 {value:.3f} dB  {likeness:.4f}", flush=True)
                sums, count, since = {}, 0, 0.0


def main():
    options = arguments()
    training = Training(options)
    pairs, tests = Pairs(options.data, options.faces, options.stylized, options.side), benchmark(options.test)
    print(f"{options.model}: {parameters(training.model)} parameters, {len(pairs)} pictures, {training.device}", flush=True)
    training.run(pairs, tests)
    print(f"best {training.best:.3f} dB on Set5", flush=True)


if __name__ == "__main__":
    main()
