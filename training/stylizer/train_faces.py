"""Second training of the transfer network: the brush of one teacher, the other's respect for faces, style inside the face.

usage: train_faces.py --start training/runs/stylizer/best.pt --minutes 75 --out training/runs/stylizer_faces

Starts from the averaged weights of `train.py`. The style encoder that ships stays as it is: the codes are its own. The target's
colours are the mean of magenta-arbitrary's and microast's pictures, its amount of texture is magenta's. Beside it stand a Gram
loss inside the face against the reference (against its own face where it shows one), the person's likeness (MobileFaceNet), 68
landmarks (our own), the features that hold eyes and mouth (SqueezeNet fire 5), as much spread of colour as the teachers' pictures have,
and that a picture moved by less than a brush stroke gives the moved result.

`--start` also takes a network that ships (models/style_transfer.onnx): a clone has no runs. The landmarks' checkpoint comes from
`training/face/reopen.py`.

`--minutes` counts seconds of the processor over all starts; the same command goes on from `last.pt`, which also holds the average.
"""

import argparse
import copy
import math
import shlex
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn import functional

from data import Pictures, Teacher, random_crop, read_picture, resize, style_crop, tensor_from_pictures
from evaluate import middle_square, psnr, save_picture, sharpness
from faces import Content, FaceContents, FaceFinder, Landmarks, Person, Place, StyleGrams, clip_frames, face_ellipse
from model import STYLE_SIDE, TransferNetwork
from train import add_camera_noise, gradients, grid_pattern, write_whole

FIRST_STYLES = 400
MIX_SHARE = 0.15
MICROAST_SHARE = 0.5
# How far the result may go from the target is decided by these.
PICTURE, TEXTURE, GRID, STRIPES, STYLE, PERSON, SHAPE, STEADY = 1.0, 1.4, 20.0, 4.0, 1.0, 0.35, 0.12, 1.9
POINTS, COLOURS = 9.0, 2.0
# Our own references are few and are what most people see first.
OWN_SHARE = 0.12
LIKE_ENOUGH = 0.8
WARM_UP_STEPS = 100
NEW_STYLE_EVERY = 3  # steps
GRAM_UNIT = 1000.0  # the sums exceed what half floats hold
AVERAGE_DECAY = 0.998


class Microast:
    """The second teacher."""

    def __init__(self, teachers: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        start = lambda name: onnxruntime.InferenceSession(
            str(teachers / "microast" / name), options, providers=onnxruntime.get_available_providers()
        )
        self.style, self.transfer = start("microast_style.onnx"), start("microast_transfer.onnx")

    def code(self, style: np.ndarray) -> np.ndarray:
        return self.style.run(None, {"style": tensor_from_pictures([style]).numpy()})[0]

    def stylize(self, content: np.ndarray, code: np.ndarray) -> Tensor:
        found = self.transfer.run(None, {"content": tensor_from_pictures([content]).numpy(), "code": code})[0]
        return torch.from_numpy(found).clamp(0.0, 1.0)[0]


def target_of(first: Tensor, second: Tensor) -> Tensor:
    """What is learned of both teachers' pictures, [n, 3, h, w]; the second one's weave is taken out."""
    return torch.lerp(first, (second - upright_stripes(second)).clamp(0.0, 1.0), MICROAST_SHARE)


def upright_stripes(pictures: Tensor, across: float = 8.0, along: float = 4.0) -> Tensor:
    """The upright stripes of a period of 4 pixels in [n, c, h, w]: microast's weave, 8 dB over its surroundings on skin."""
    bell = lambda sigma: torch.exp(-torch.arange(-round(3 * sigma), round(3 * sigma) + 1).float().square() / (2 * sigma * sigma))
    x, y = bell(across), bell(along)
    wave = torch.cos(torch.arange(-(len(x) // 2), len(x) // 2 + 1) * (math.pi / 2))
    x, y = (2 * x * wave / x.sum()).to(pictures), (y / y.sum()).to(pictures)
    flat = pictures.flatten(0, 1)[:, None]
    flat = functional.pad(flat, [len(x) // 2] * 2 + [len(y) // 2] * 2, mode="reflect")
    return functional.conv2d(functional.conv2d(flat, x.view(1, 1, 1, -1)), y.view(1, 1, -1, 1)).view_as(pictures)


class Styles:
    """References with all that the losses need of them; grows while training goes."""

    def __init__(self, capacity: int, teacher: Teacher, second: Microast, encoder: Path, finder: FaceFinder) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.encoder = onnxruntime.InferenceSession(str(encoder), options, providers=["CPUExecutionProvider"])
        self.teacher, self.second, self.finder = teacher, second, finder
        self.pictures = np.zeros((capacity, STYLE_SIDE, STYLE_SIDE, 3), np.uint8)
        self.places: list[Place | None] = []
        self.vectors, self.seconds, self.codes = [], [], []
        self.kept_grams: dict[int, list[Tensor]] = {}

    def add(self, picture: np.ndarray) -> None:
        self.pictures[len(self.codes)] = picture
        self.places.append(self.finder(picture))
        self.vectors.append(self.teacher.vector(picture))
        self.seconds.append(self.second.code(picture))
        self.codes.append(self.encoder.run(None, {"style": tensor_from_pictures([picture]).numpy()})[0][0])

    @property
    def count(self) -> int:
        return len(self.codes)

    @property
    def full(self) -> bool:
        return self.count == len(self.pictures)

    def grams(self, row: int, judge: StyleGrams) -> list[Tensor]:
        """Of the reference, in its face where it shows one; kept, one megabyte a reference."""
        if row not in self.kept_grams:
            mask = torch.from_numpy(face_ellipse(self.places[row], STYLE_SIDE))[None, None]
            device = judge.features.mean_bgr.device
            picture = tensor_from_pictures([self.pictures[row]]).to(device)
            with torch.no_grad():
                self.kept_grams[row] = [g.div(GRAM_UNIT).half() for g in judge.grams(picture, mask.to(device))]
        return [g.float() * GRAM_UNIT for g in self.kept_grams[row]]


class Pairs:
    """A ring of contents with both teachers' pictures."""

    def __init__(self, capacity: int, side: int) -> None:
        self.pictures = np.zeros((capacity, 3, side, side, 3), np.uint8)
        self.places: list[Place | None] = [None] * capacity
        self.styles = np.zeros((capacity, 2), np.int64)
        self.mixes = np.zeros(capacity, np.float32)
        self.written = 0

    def add(self, content: Content, first: Tensor, second: Tensor, styles: np.ndarray, mix: float) -> int:
        slot = self.written % len(self.pictures)
        as_bytes = lambda t: (t.permute(1, 2, 0).numpy() * 255.0 + 0.5).astype(np.uint8)
        self.pictures[slot] = np.stack([content.picture, as_bytes(first), as_bytes(second)])
        self.places[slot], self.styles[slot], self.mixes[slot] = content.place, styles, mix
        self.written += 1
        return slot

    def any(self, count: int, rng: np.random.Generator) -> np.ndarray:
        return rng.integers(min(self.written, len(self.pictures)), size=count)


def moved(pictures: Tensor, shifts: Tensor) -> Tensor:
    """Moved by [n, 2] pixels (x, y), bilinear."""
    theta = torch.eye(2, 3).repeat(len(pictures), 1, 1)
    theta[:, :, 2] = shifts * 2 / pictures.shape[-1]
    grid = functional.affine_grid(theta.to(pictures), pictures.shape, align_corners=False)
    return functional.grid_sample(pictures, grid, align_corners=False, padding_mode="reflection")


class Training:
    """Everything that a checkpoint keeps, and the steps."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.rng = options, np.random.default_rng(options.seed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = TransferNetwork().to(self.device)
        state, self.commands = start_of(options.start)
        self.network.load(state)
        self.average = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.Adam(self.network.parameters(), options.rate, betas=(0.9, 0.99))
        self.step, self.seconds = 0, 0.0
        self.grams, self.person = StyleGrams(options.teachers).to(self.device), Person(options.teachers).to(self.device)
        self.landmarks = Landmarks(options.landmarks).to(self.device)
        if (options.out / "last.pt").exists():
            stored = torch.load(options.out / "last.pt", map_location=self.device, weights_only=True)
            self.network.load_state_dict(stored["network"])
            self.average.load_state_dict(stored["average"])
            self.optimizer.load_state_dict(stored["optimizer"])
            self.step, self.seconds, self.commands = stored["step"], stored["seconds"], stored["commands"]
            self.rng = np.random.default_rng([options.seed, self.step])
        self.commands.append(shlex.join([".venv/bin/python", *sys.argv]))

    def save(self) -> None:
        state = {"network": self.network.state_dict(), "average": self.average.state_dict()}
        state |= {"optimizer": self.optimizer.state_dict(), "step": self.step, "seconds": self.seconds}
        write_whole(state | {"commands": self.commands}, self.options.out / "last.pt")

    def set_rate(self) -> None:
        spent = min(self.seconds / (60 * self.options.minutes), 1.0)
        factor = (0.5 + 0.5 * math.cos(math.pi * spent)) * min(1.0, (self.step + 1) / WARM_UP_STEPS) + 0.005
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * factor

    def fresh(self, contents: FaceContents, styles: Styles, pairs: Pairs) -> int:
        side = self.options.side
        content = contents.draw(self.rng, side)
        rows = self.rng.integers(styles.count, size=2)
        mix = float(self.rng.random() * (self.rng.random() < MIX_SHARE))
        blend = lambda table: (1 - mix) * table[rows[0]] + mix * table[rows[1]]
        first = styles.teacher.stylize(tensor_from_pictures([content.picture]), blend(styles.vectors)[None])[0]
        second = styles.second.stylize(content.picture, blend(styles.seconds))
        return pairs.add(content, first, second, rows, mix)

    def losses(self, styles: Styles, pairs: Pairs, slots: np.ndarray) -> dict[str, Tensor]:
        batch = torch.from_numpy(pairs.pictures[slots]).to(self.device).permute(1, 0, 4, 2, 3).float() / 255
        contents, first, second = batch
        target = target_of(first, second)
        rows, mixes = pairs.styles[slots], torch.from_numpy(pairs.mixes[slots])[:, None]
        codes = [torch.from_numpy(np.stack([styles.codes[i] for i in rows[:, k]])) for k in (0, 1)]
        codes = ((1 - mixes) * codes[0] + mixes * codes[1]).to(self.device)
        shown = add_camera_noise(contents)
        with torch.autocast(self.device.type, torch.bfloat16):
            results = self.network(shown, codes)
        results = results.float()
        found = {"picture": picture_loss(results, target, first)}
        wanted = torch.lerp(colour_spread(first), colour_spread(second), MICROAST_SHARE)
        found["colours"] = functional.l1_loss(colour_spread(results), wanted)
        found |= self.judged(styles, pairs, slots, contents, results, float(self.rng.uniform(0.75, 1.4)))
        half = len(slots) // 2
        whole = self.rng.random() < 0.4
        shifts = torch.from_numpy(self.rng.uniform(-3, 3, (half, 2)).astype(np.float32))
        shifts = shifts.round() if whole else shifts
        with torch.autocast(self.device.type, torch.bfloat16):
            again = self.network(add_camera_noise(moved(contents[:half], shifts)), codes[:half])
        there = moved(results[:half], shifts)
        found["steady"] = (again.float() - there)[..., 6:-6, 6:-6].abs().mean()
        return found

    def judged(
        self, styles: Styles, pairs: Pairs, slots: np.ndarray, contents: Tensor, results: Tensor, scale: float = 1.0
    ) -> dict[str, Tensor]:
        """Style in the face, likeness, and the shape of the features.

        SqueezeNet sees the results at `scale`: at one scale alone a pattern of dots on the pixel shuffle's grid would do.
        """
        side, places = results.shape[-1], [pairs.places[i] for i in slots]
        masks = torch.from_numpy(np.stack([face_ellipse(p, side) for p in places]))[:, None].to(self.device)
        rows = pairs.styles[slots][:, 0]
        pure = torch.from_numpy((pairs.mixes[slots] == 0).astype(np.float32)).to(self.device)
        wanted = [torch.cat(layer) for layer in zip(*(styles.grams(row, self.grams) for row in rows))]
        with torch.autocast(self.device.type, torch.bfloat16):
            with torch.no_grad():
                before = self.grams.maps(scaled(contents, scale))
            maps = self.grams.maps(scaled(results, scale))
        distance = self.grams.distance(self.grams.grams_of(maps, masks), wanted)
        with torch.no_grad():
            raw = self.grams.distance(self.grams.grams_of(before, masks), wanted)
        relative = distance / raw.clamp_min(0.3)
        found = {"style": (relative * pure).sum() / pure.sum().clamp_min(1.0)}
        alike = functional.cosine_similarity(maps[5].float(), before[5].float(), dim=1)
        weight = functional.adaptive_avg_pool2d(masks, alike.shape[-2:])[:, 0]
        found["shape"] = ((1 - alike) * weight).sum() / weight.sum()
        inside = [k for k, p in enumerate(places) if p is not None and p.points.min() > 4 and p.points.max() < side - 4]
        found["person"], found["points"] = results.new_zeros(()), results.new_zeros(())
        if inside:
            points = np.stack([places[k].points for k in inside])
            ours = self.person(results[inside], points)
            with torch.no_grad():
                theirs = self.person(contents[inside], points)
            found["person"] = functional.relu(LIKE_ENOUGH - (ours * theirs).sum(1)).mean()
            ours = self.landmarks(results[inside], [places[k] for k in inside])
            with torch.no_grad():
                theirs = self.landmarks(contents[inside], [places[k] for k in inside])
            found["points"] = (ours - theirs).square().sum(2).add(1e-6).sqrt().mean()
        return found

    def train_step(self, styles: Styles, pairs: Pairs, slots: np.ndarray) -> dict[str, float]:
        self.set_rate()
        found = self.losses(styles, pairs, slots)
        weights = {"picture": PICTURE, "style": STYLE, "person": PERSON, "shape": SHAPE, "steady": STEADY}
        weights |= {"points": POINTS, "colours": COLOURS}
        self.optimizer.zero_grad()
        sum(weights[name] * value for name, value in found.items()).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        decay = min(AVERAGE_DECAY, (self.step + 1) / (self.step + 20))
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.network.parameters()):
                kept.lerp_(new, 1.0 - decay)
        return {name: float(value.detach()) for name, value in found.items()}


def start_of(path: Path) -> tuple[dict[str, Tensor], list[str]]:
    """Weights and the commands that made them, of a checkpoint or of a network that ships, with its card beside it."""
    if path.suffix == ".onnx":
        tensors = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
        # The one that export gave a name of its own is the bias of the even upsampling, before it is repeated.
        state = {name if "::" not in name else "from_quarter.bias": torch.from_numpy(v.copy()) for name, v in tensors.items()}
        state["from_quarter.bias"] = state["from_quarter.bias"].flatten()
        return state, tomllib.loads(path.with_suffix(".card.toml").read_text())["training"].split("; then ")
    stored = torch.load(path, map_location="cpu", weights_only=True)
    begins = "transfer." if "stylizer" in stored else ""
    state = stored.get("stylizer") or stored["average"]
    return {k[len(begins) :]: v for k, v in state.items() if k.startswith(begins)}, list(stored["commands"])


def colour_spread(pictures: Tensor) -> Tensor:
    """How far colours lie apart in each of [n, 3, h, w], strokes evened out: deviations of what each channel has beyond grey, [n, 3]."""
    even = functional.avg_pool2d(pictures, 4)
    return (even - even.mean(1, keepdim=True)).flatten(2).std(2)


def scaled(pictures: Tensor, scale: float) -> Tensor:
    return pictures if scale == 1.0 else functional.interpolate(pictures, scale_factor=scale, mode="bilinear", antialias=True)


def picture_loss(result: Tensor, target: Tensor, brush: Tensor) -> Tensor:
    """L1 on pixels, edges and the low-passed picture of the target; the amount of texture is that of `brush`."""
    loss = functional.l1_loss(result, target)
    loss = loss + functional.l1_loss(functional.avg_pool2d(result, 8), functional.avg_pool2d(target, 8))
    loss = loss + 0.5 * sum(functional.l1_loss(a, b) for a, b in zip(gradients(result), gradients(target)))
    for scale in (1, 2):
        ours, theirs = (gradients(functional.avg_pool2d(x, scale)) for x in (result, brush))
        for a, b in zip(ours, theirs):
            amounts = functional.avg_pool2d(a.abs(), 8 // scale), functional.avg_pool2d(b.abs(), 8 // scale)
            loss = loss + TEXTURE / scale * functional.l1_loss(*amounts)
    loss = loss + STRIPES * functional.l1_loss(upright_stripes(result), upright_stripes(target))
    return loss + GRID * functional.l1_loss(grid_pattern(result), grid_pattern(target))


def mixed_run(first: Path, second: Path, share: float, out: Path) -> None:
    """Writes a checkpoint between two runs, the second of which began where the first ended: weights blend there."""
    ends = [torch.load(run / "last.pt", map_location="cpu", weights_only=True) for run in (first, second)]
    average = {name: torch.lerp(value, ends[1]["average"][name], share) for name, value in ends[0]["average"].items()}
    note = f".venv/bin/python training/stylizer/mix_faces.py {first} {second} --share {share} --out {out}"
    out.mkdir(parents=True, exist_ok=True)
    write_whole(ends[1] | {"average": average, "commands": [*ends[1]["commands"], note]}, out / "last.pt")


class HeldOutFaces:
    """Held-out faces and styles, each style on one face, with both teachers' pictures."""

    def __init__(self, pictures: Pictures, styles: Styles, finder: FaceFinder, side: int = 256) -> None:
        squares = [middle_square(s, STYLE_SIDE) for s in pictures.held_styles]
        for square in squares:
            styles.add(square)
        contents = FaceContents(pictures.held_faces, [], finder)
        rng = np.random.default_rng(11)
        self.pairs = Pairs(len(squares), side)
        for k in range(len(squares)):
            content = contents.draw(rng, side)
            first = styles.teacher.stylize(tensor_from_pictures([content.picture]), styles.vectors[k][None])[0]
            second = styles.second.stylize(content.picture, styles.seconds[k])
            self.pairs.add(content, first, second, np.array([k, k]), 0.0)
        self.styles = styles

    def scores(self, training: Training, network: nn.Module, pairs_of: str = "ours") -> tuple[dict[str, float], list[Tensor]]:
        sums, pictures = {}, []
        with torch.no_grad():
            for k in range(self.pairs.written):
                content, first, second = torch.from_numpy(self.pairs.pictures[k]).permute(0, 3, 1, 2).float()[:, None] / 255
                code = torch.from_numpy(self.styles.codes[k])[None].to(training.device)
                result = network(content.to(training.device), code).float().cpu() if pairs_of == "ours" else {"first": first, "second": second}[pairs_of]
                pictures.append(torch.cat([content[0], first[0], second[0], result[0]], 1))
                found = training.judged(self.styles, self.pairs, np.array([k]), content.to(training.device), result.to(training.device))
                row = {"psnr": psnr(result, target_of(first, second)), "style": float(found["style"])}
                row |= {"points": float(found["points"])}
                row |= {"like": LIKE_ENOUGH - float(found["person"]), "sharp": sharpness(result) / sharpness(first)}
                for name, value in row.items():
                    sums[name] = sums.get(name, 0.0) + value / self.pairs.written
        return sums, pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teachers", type=Path, default=Path("../shared/models"))
    parser.add_argument("--encoder", type=Path, default=Path("models/style_encoder.onnx"))
    parser.add_argument("--start", type=Path, default=Path("training/runs/stylizer/best.pt"))
    parser.add_argument("--landmarks", type=Path, default=Path("training/runs/face_landmarks/shipped.pt"))
    parser.add_argument("--own", type=Path, default=Path("assets/styles"), help="our own references")
    parser.add_argument("--out", type=Path, default=Path("training/runs/stylizer_faces"))
    parser.add_argument("--minutes", type=float, default=75.0, help="of the processor, over all starts")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--side", type=int, default=192, help="of the training crops, pixels")
    parser.add_argument("--styles", type=int, default=2000, help="references when the bank is full")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--validate-every", type=float, default=5.0, help="minutes")
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)

    training, pictures = Training(options), Pictures.load(options.data)
    teacher, second, finder = Teacher(options.teachers, options.threads), Microast(options.teachers), FaceFinder(options.teachers)
    held = HeldOutFaces(pictures, Styles(len(pictures.held_styles), teacher, second, options.encoder, finder), finder)
    faces = pictures.faces + pictures.portraits + clip_frames(options.data)
    contents = FaceContents(faces, pictures.photos + pictures.styles, finder)
    own = [read_picture(p, 640) for p in sorted(options.own.glob("*.jpg"))]
    print(f"{len(contents.faces)} faces, {len(pictures.styles)} styles, {held.pairs.written} held-out pairs", flush=True)
    for name in ("first", "second"):
        print(name, {k: round(v, 3) for k, v in held.scores(training, training.average, name)[0].items()}, flush=True)
    styles = Styles(options.styles, teacher, second, options.encoder, finder)
    while styles.count < min(FIRST_STYLES, options.styles):
        styles.add(reference(pictures, own, training.rng))
    run(training, lambda: reference(pictures, own, training.rng), contents, styles, held)


def reference(pictures: Pictures, own: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    if rng.random() > OWN_SHARE:
        return style_crop(pictures, rng)
    picture = own[rng.integers(len(own))]
    if rng.random() < 0.5:
        return middle_square(picture, STYLE_SIDE)
    return np.ascontiguousarray(resize(random_crop(picture, rng, 0.6), STYLE_SIDE, STYLE_SIDE))


def run(
    training: Training, draw: Callable[[], np.ndarray], contents: FaceContents, styles: Styles, held: HeldOutFaces
) -> None:
    options, pairs, kept = training.options, Pairs(1500, training.options.side), {}
    last, shown = time.process_time(), -math.inf
    while True:
        over = training.seconds >= 60 * options.minutes
        if over or training.seconds - shown > 60 * options.validate_every:
            shown = training.seconds
            training.save()
            scores, sheet = held.scores(training, training.average)
            save_picture(options.out / "sheet.png", sheet_of(sheet))
            told = " ".join(f"{k} {v:.4f}" for k, v in [*kept.items(), *((f"held-out {k}", v) for k, v in scores.items())])
            print(f"{training.seconds / 60:.1f} min step {training.step} styles {styles.count} {told}", flush=True)
            last = time.process_time()
        if over:
            break
        if not styles.full and training.step % NEW_STYLE_EVERY == 0:
            styles.add(draw())
        fresh = [training.fresh(contents, styles, pairs)]
        slots = np.array([*fresh, *pairs.any(options.batch - 1, training.rng)])
        for name, value in training.train_step(styles, pairs, slots).items():
            kept[name] = 0.98 * kept.get(name, value) + 0.02 * value
        spent, last = time.process_time() - last, time.process_time()
        training.seconds += spent / options.threads


def sheet_of(columns: list[Tensor]) -> np.ndarray:
    """Content, first teacher, second teacher, ours, for every other held-out pair."""
    sheet = torch.cat(columns[::2][:18], 2).clamp(0, 1).permute(1, 2, 0).numpy()
    return (sheet * 255 + 0.5).astype(np.uint8)


if __name__ == "__main__":
    main()
