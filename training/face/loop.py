"""What both trainings share: a clock that sets the rate, smoothed weights, checkpoints, resume, the best by validation."""

import argparse
import copy
import math
import time
from pathlib import Path

import torch

WARM_UP = 0.02  # share of the time over which the rate rises


def arguments(description, minutes):
    """The command line of a training."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", help="folder of the data sets; needed while the cache is not there")
    parser.add_argument("--teachers", help="folder of the teachers' models; needed while the cache is not there")
    parser.add_argument("--cache", default="training/runs/face_data", help="prepared pictures (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=minutes, help="training time (default: %(default)s)")
    parser.add_argument("--out", required=True, help="folder for last.pt and best.pt; a last.pt in it is taken up again")
    parser.add_argument("--start", help="a checkpoint whose smoothed weights to start from")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Run:
    """One training run. `network` is the file name of its model."""

    def __init__(self, network, model, options):
        torch.set_num_threads(options.threads)
        torch.manual_seed(options.seed)
        self.network, self.options = network, options
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model).eval()
        decayed = [p for p in model.parameters() if p.ndim > 1]
        others = [p for p in model.parameters() if p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=options.rate)
        self.out = Path(options.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.steps, self.spent, self.best = 0, 0.0, -math.inf
        if options.start:
            state = torch.load(options.start, map_location=self.device, weights_only=True)
            self.model.load_state_dict(state["average"])
            self.average.load_state_dict(state["average"])
        if (self.out / "last.pt").exists():
            state = torch.load(self.out / "last.pt", map_location=self.device, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.steps, self.spent, self.best = state["steps"], state["spent"], state["best"]
            print(f"takes up {self.out} at {self.spent / 60:.1f} min, {self.steps} steps")

    def clock(self):
        """Seconds. On a CPU those that the process had of one core, so that a busy machine takes no training away."""
        if self.device.type == "cuda":
            return time.perf_counter()
        return time.process_time() / self.options.threads

    def autocast(self):
        """bfloat16 in the convolutions: twice as fast or more, on CPUs with AVX-512 BF16 and on GPUs."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def rate(self):
        done = min(1.0, self.spent / (self.options.minutes * 60))
        if done < WARM_UP:
            return self.options.rate * (0.05 + 0.95 * done / WARM_UP)
        return self.options.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)

    def step(self, loss):
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimizer.step()
        self.steps += 1
        keep = min(0.998, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for smooth, value in zip(self.average.state_dict().values(), self.model.state_dict().values()):
                if smooth.dtype.is_floating_point:
                    smooth.lerp_(value, 1 - keep)

    def save(self, value):
        """Writes last.pt, and best.pt where `value` (higher is better) is the best so far."""
        better, self.best = value >= self.best, float(max(value, self.best))
        state = {
            "network": self.network,
            "average": self.average.state_dict(),
            "steps": self.steps,
            "spent": self.spent,
            "best": self.best,
        }
        if better:
            torch.save(state, self.out / "best.pt")
        state |= {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        torch.save(state, self.out / "last.tmp")
        (self.out / "last.tmp").replace(self.out / "last.pt")

    def train(self, one_step, validate, every=3.0):
        """Calls `one_step()` (gives a loss and a dict of figures) until the time is over; validates `every` minutes."""
        budget, since, sums, count = self.options.minutes * 60, 0.0, {}, 0
        while self.spent < budget:
            start = self.clock()
            self.model.train()
            loss, figures = one_step()
            self.step(loss)
            for name, value in figures.items():
                sums[name] = sums.get(name, 0.0) + float(value)
            count += 1
            took = self.clock() - start
            self.spent, since = self.spent + took, since + took
            if since > every * 60 or self.spent >= budget:
                line = "  ".join(f"{name} {value / count:.3f}" for name, value in sums.items())
                value, scores = validate(self.average)
                told = "  ".join(f"{name} {score:.4f}" for name, score in scores.items())
                print(f"{self.spent / 60:5.1f} min  step {self.steps}  {line}  |  {told}", flush=True)
                self.save(value)
                since, sums, count = 0.0, {}, 0
