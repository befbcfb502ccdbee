"""What the training sees: contents, style crops with the teacher's vectors, and the teacher's pictures.

Held out and never trained on: every 12th style and every 10th face, counted in sorted order.
Pictures are uint8 RGB [h, w, 3] until they become tensors in [0, 1].
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch
from torch import Tensor

import procedural
from model import CODE_SIZE, STATISTICS_SIZE, STYLE_SIDE, StyleStatistics

HOLD_OUT_STYLE = 12
HOLD_OUT_FACE = 10
# Deep-funneled LFW pictures are turned upright and have black corners; the middle is free of them.
LFW_MIDDLE = slice(35, 215)


def read_picture(path: Path, long_side: int | None = None) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"cannot read the picture {path}")
    if long_side and max(picture.shape[:2]) > long_side:
        factor = long_side / max(picture.shape[:2])
        picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture[..., ::-1])


def tensor_from_pictures(pictures: list[np.ndarray]) -> Tensor:
    """Equal-sized uint8 [h, w, 3] pictures to one f32 [n, 3, h, w] in [0, 1]."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float().div_(255.0).contiguous()


@dataclass
class Pictures:
    """All pictures in memory, split into those for training and those held out."""

    faces: list[np.ndarray]
    portraits: list[np.ndarray]
    photos: list[np.ndarray]
    styles: list[np.ndarray]
    held_faces: list[np.ndarray]
    held_styles: list[np.ndarray]

    @classmethod
    def load(cls, data: Path, held_out_only: bool = False) -> "Pictures":
        lfw = sorted(data.glob("faces/lfw/*.jpg"))
        portraits = sorted(data.glob("faces/faker_cc0/*.jpg"))
        folders = ("paintings", "tarot", "classics")
        styles = [p for name in folders for p in sorted(data.glob(f"styles/{name}/*.jpg"))]
        photos = sorted(p for p in data.glob("super_resolution/train/*/*") if p.suffix in (".jpg", ".png"))
        if not lfw or not portraits or not styles:
            raise FileNotFoundError(f"{data} lacks faces/lfw, faces/faker_cc0 or styles")
        middle = lambda p: read_picture(p)[LFW_MIDDLE, LFW_MIDDLE]
        keep = lambda paths, every: [] if held_out_only else [p for i, p in enumerate(paths) if i % every]
        return cls(
            faces=[middle(p) for p in keep(lfw, HOLD_OUT_FACE)],
            portraits=[read_picture(p, 400) for p in keep(portraits, HOLD_OUT_FACE)],
            photos=[] if held_out_only else [read_picture(p, 481) for p in photos],
            styles=[read_picture(p, 640) for p in keep(styles, HOLD_OUT_STYLE)],
            held_faces=[read_picture(p, 400) for p in portraits[::HOLD_OUT_FACE]]
            + [middle(p) for p in lfw[::HOLD_OUT_FACE]],
            held_styles=[read_picture(p, 640) for p in styles[::HOLD_OUT_STYLE]],
        )


class Teacher:
    """magenta-arbitrary in ONNX Runtime: the style vector of a picture, and the stylized content."""

    def __init__(self, teachers: Path, threads: int = 1, providers: list[str] | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        folder = teachers / "magenta-arbitrary"
        open_model = lambda name: onnxruntime.InferenceSession(
            folder / name, options, providers=providers or onnxruntime.get_available_providers()
        )
        self.predict = open_model("magenta_style_predict_int8.onnx")
        self.transfer = open_model("magenta_style_transfer.onnx")

    def vector(self, style: np.ndarray) -> np.ndarray:
        """uint8 [256, 256, 3] to the teacher's own style vector, [CODE_SIZE]."""
        pixels = style.astype(np.float32)[None] / 255.0
        return self.predict.run(None, {"style_image": pixels})[0].reshape(CODE_SIZE)

    def stylize(self, content: Tensor, vectors: np.ndarray) -> Tensor:
        """[n, 3, h, w] in [0, 1] and [n, CODE_SIZE] to [n, 3, h, w]; one by one, the model takes no batches."""
        styled = [
            self.transfer.run(
                None,
                {
                    "content_image": one.permute(1, 2, 0).contiguous().numpy()[None],
                    "style_vector": vector.astype(np.float32).reshape(1, 1, 1, CODE_SIZE),
                },
            )[0]
            for one, vector in zip(content, vectors)
        ]
        return torch.from_numpy(np.concatenate(styled)).permute(0, 3, 1, 2).clamp(0.0, 1.0).contiguous()


def random_crop(picture: np.ndarray, rng: np.random.Generator, low: float, aspect: float = 1.0) -> np.ndarray:
    """A random part whose short side is `low` to 1 of the picture's; `aspect` is width over height of the part."""
    height, width = picture.shape[:2]
    crop_height = min(height, width / aspect) * rng.uniform(low, 1.0)
    crop_width = max(int(crop_height * aspect), 8)
    crop_height = max(int(crop_height), 8)
    y, x = rng.integers(height - crop_height + 1), rng.integers(width - crop_width + 1)
    return picture[y : y + crop_height, x : x + crop_width]


def resize(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    shrinks = picture.shape[0] > height
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def vary_colours(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Permuted channels, other gamma, other saturation, sometimes grey or inverted."""
    if rng.random() < 0.4:
        picture = picture[..., rng.permutation(3)]
    x = picture.astype(np.float32) / 255.0
    if rng.random() < 0.4:
        x = x ** rng.uniform(0.6, 1.7)
    if rng.random() < 0.3:
        grey = x.mean(-1, keepdims=True)
        x = grey + (x - grey) * rng.choice([0.0, 0.5, 1.6])
    if rng.random() < 0.05:
        x = 1.0 - x
    return (x.clip(0, 1) * 255).astype(np.uint8)


def style_crop(pictures: Pictures, rng: np.random.Generator) -> np.ndarray:
    """One random reference, uint8 [256, 256, 3]: mostly art, at times a drawing of a picture, a photo, or two in one."""
    pick = lambda pool: pool[rng.integers(len(pool))]
    kind = rng.random()
    photo_pool = (pictures.photos or pictures.styles, pictures.portraits, pictures.faces)[rng.integers(3)]
    if kind < 0.62:
        picture = pick(pictures.styles)
    elif kind < 0.82:
        source = resize(random_crop(pick((pictures.styles, photo_pool)[rng.integers(2)]), rng, 0.6), 384, 384)
        picture = procedural.DRAWINGS[rng.integers(len(procedural.DRAWINGS))](source, rng)
    else:
        picture = pick(photo_pool)
    crop = resize(random_crop(picture, rng, 0.45, rng.uniform(0.75, 1.35)), STYLE_SIDE, STYLE_SIDE)
    if rng.random() < 0.06:
        other = resize(random_crop(pick(pictures.styles), rng, 0.5), STYLE_SIDE, STYLE_SIDE)
        cut = int(STYLE_SIDE * rng.uniform(0.3, 0.7))
        crop = np.concatenate([crop[:, :cut], other[:, cut:]], 1)
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    return np.ascontiguousarray(vary_colours(crop, rng) if rng.random() < 0.6 else crop)


def content_crop(pictures: Pictures, rng: np.random.Generator, side: int) -> np.ndarray:
    """One content, uint8 [side, side, 3]: a face at about the size a 256-pixel crop shows it, at times something else."""
    kind = rng.random()
    if kind < 0.75:
        pool = pictures.faces if kind < 0.5 else pictures.portraits
    else:
        pool = pictures.photos if kind < 0.92 and pictures.photos else pictures.styles
    picture = pool[rng.integers(len(pool))]
    target = max(int(rng.uniform(1.0, 2.1) * 144), side)
    factor = target / min(picture.shape[:2])
    picture = resize(picture, max(int(picture.shape[1] * factor), side), max(int(picture.shape[0] * factor), side))
    y, x = rng.integers(picture.shape[0] - side + 1), rng.integers(picture.shape[1] - side + 1)
    crop = picture[y : y + side, x : x + side]
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    gain, lift = rng.uniform(0.6, 1.25), rng.uniform(-20, 20)
    return (crop.astype(np.float32) * gain + lift).clip(0, 255).astype(np.uint8)


class StyleBank:
    """Style crops by what training needs of them: frozen statistics for the encoder, the vector for the teacher.

    It grows while training goes, so that work starts at once and late crops still help the encoder.
    """

    def __init__(self, capacity: int) -> None:
        self.statistics = torch.zeros(capacity, STATISTICS_SIZE)
        self.vectors = np.zeros((capacity, CODE_SIZE), np.float32)
        self.count = 0

    @property
    def full(self) -> bool:
        return self.count == len(self.vectors)

    def grow(self, pictures: Pictures, teacher: Teacher, network: StyleStatistics, rng: np.random.Generator) -> None:
        crop = style_crop(pictures, rng)
        device = network.mean_bgr.device
        with torch.no_grad():
            self.statistics[self.count] = network(tensor_from_pictures([crop]).to(device))[0].cpu()
        self.vectors[self.count] = teacher.vector(crop)
        self.count += 1

    def save(self, path: Path) -> None:
        torch.save({"statistics": self.statistics[: self.count].half(), "vectors": self.vectors[: self.count]}, path)

    def load(self, path: Path) -> None:
        stored = torch.load(path, weights_only=False)
        self.count = min(len(stored["vectors"]), len(self.vectors))
        self.statistics[: self.count] = stored["statistics"][: self.count].float()
        self.vectors[: self.count] = stored["vectors"][: self.count]


class PairBuffer:
    """A ring of contents, styles and teacher pictures, so that each costly teacher picture serves several steps."""

    def __init__(self, capacity: int, side: int) -> None:
        self.contents = np.zeros((capacity, side, side, 3), np.uint8)
        self.targets = np.zeros((capacity, side, side, 3), np.uint8)
        self.style_indices = np.zeros((capacity, 2), np.int64)
        self.style_mixes = np.zeros(capacity, np.float32)
        self.written = 0

    def add(self, content: np.ndarray, target: Tensor, style_indices: np.ndarray, mix: float) -> int:
        slot = self.written % len(self.contents)
        self.contents[slot] = content
        self.targets[slot] = (target.permute(1, 2, 0).numpy() * 255.0 + 0.5).astype(np.uint8)
        self.style_indices[slot] = style_indices
        self.style_mixes[slot] = mix
        self.written += 1
        return slot

    def random_slots(self, count: int, rng: np.random.Generator) -> np.ndarray:
        return rng.integers(min(self.written, len(self.contents)), size=count)
