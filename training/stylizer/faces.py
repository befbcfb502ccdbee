"""Faces with known places, and the networks that judge a styled face: SqueezeNet for the style, MobileFaceNet for the person, our own
landmarks for the shape.

Pictures are uint8 RGB [h, w, 3] until they become tensors in [0, 1]. A place is the box x, y, w, h and five points (eyes, nose,
corners of the mouth) in the picture's pixels. The first two networks are judges in training only; nothing of them ships.
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn import functional

from data import HOLD_OUT_FACE, read_picture, resize
from model import FIRES, Fire, StyleStatistics

YUNET_SIDE = 320
YUNET_STRIDES = (8, 16, 32)
# Where MobileFaceNet wants the five points in its 112x112 picture.
FIVE = np.array([[38.29, 51.70], [73.53, 51.50], [56.03, 71.74], [41.55, 92.37], [70.73, 92.20]], np.float32)
PERSON_SIDE = 112
IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass
class Place:
    """Where a face is."""

    box: np.ndarray
    points: np.ndarray

    def moved(self, factor: float, x: float, y: float, mirror_width: int | None = None) -> "Place":
        """After scaling by `factor`, cutting at (x, y) and, where a width is given, mirroring."""
        box, points = self.box * factor, self.points * factor
        box[:2] -= (x, y)
        points = points - (x, y)
        if mirror_width is not None:
            box[0] = mirror_width - box[0] - box[2]
            points[:, 0] = mirror_width - points[:, 0]
            points = points[[1, 0, 2, 4, 3]]
        return Place(box, points.astype(np.float32))


class FaceFinder:
    """YuNet: the largest face of a picture, or None."""

    def __init__(self, teachers: Path, least: float = 0.7) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = teachers / "yunet" / "yunet_n_320_320.onnx"
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.names, self.least = [o.name for o in self.session.get_outputs()], least

    def __call__(self, picture: np.ndarray) -> Place | None:
        scale = YUNET_SIDE / max(picture.shape[:2])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        canvas = np.zeros((YUNET_SIDE, YUNET_SIDE, 3), np.float32)
        canvas[: small.shape[0], : small.shape[1]] = small[:YUNET_SIDE, :YUNET_SIDE, ::-1]
        found = dict(zip(self.names, self.session.run(None, {"input": canvas.transpose(2, 0, 1)[None]})))
        best: tuple[float, Place] | None = None
        for stride in YUNET_STRIDES:
            cells = YUNET_SIDE // stride
            score = np.sqrt(np.clip(found[f"cls_{stride}"][0, :, 0], 0, 1) * np.clip(found[f"obj_{stride}"][0, :, 0], 0, 1))
            for i in np.nonzero(score > self.least)[0]:
                cell = np.array([i % cells, i // cells], np.float32)
                moves = found[f"bbox_{stride}"][0, i]
                size = np.exp(moves[2:]) * stride
                middle = (cell + moves[:2]) * stride
                worth = float(score[i] * size.prod())
                if best is None or worth > best[0]:
                    points = (found[f"kps_{stride}"][0, i].reshape(5, 2) + cell) * stride / scale
                    box = np.array([*(middle - size / 2), *size]) / scale
                    best = worth, Place(box, points.astype(np.float32))
        return best[1] if best else None


def face_ellipse(place: Place | None, side: int) -> np.ndarray:
    """Soft-free mask of a face, [side, side] in {0, 1}: the box's ellipse, forehead and chin included; all ones without a face."""
    if place is None:
        return np.ones((side, side), np.float32)
    x, y, w, h = place.box
    mask = np.zeros((side, side), np.float32)
    centre = (int(x + w / 2), int(y + h * 0.48))
    cv2.ellipse(mask, centre, (max(int(w * 0.5), 1), max(int(h * 0.56), 1)), 0, 0, 360, 1.0, -1)
    return mask if mask.mean() > 0.03 else np.ones((side, side), np.float32)


@dataclass
class Content:
    """One content with what is known of the face in it."""

    picture: np.ndarray
    place: Place | None


class FaceContents:
    """Random contents: mostly faces at about the size a crop of the app shows, at times anything else."""

    def __init__(self, faces: list[np.ndarray], others: list[np.ndarray], finder: FaceFinder) -> None:
        placed = [(picture, finder(picture)) for picture in faces]
        self.faces = [(picture, place) for picture, place in placed if place is not None]
        self.others = others

    def draw(self, rng: np.random.Generator, side: int) -> Content:
        if rng.random() < 0.85 or not self.others:
            picture, place = self.faces[rng.integers(len(self.faces))]
            # The app shows faces of about half a crop; its crops are up to twice as large, and so are strokes' worth of a face.
            factor = side * rng.uniform(0.42, 0.72 if rng.random() < 0.5 else 0.95) / float(place.box[3])
            middle = (place.box[:2] + place.box[2:] / 2) * factor + rng.normal(0, side * 0.06, 2)
        else:
            picture, place = self.others[rng.integers(len(self.others))], None
            factor, middle = side * rng.uniform(1.0, 1.8) / min(picture.shape[:2]), None
        factor = max(factor, side / min(picture.shape[:2]))
        height, width = (max(round(s * factor), side) for s in picture.shape[:2])
        scaled = resize(picture, width, height)
        if middle is None:
            x, y = rng.integers(width - side + 1), rng.integers(height - side + 1)
        else:
            x, y = (int(np.clip(m - side / 2, 0, most - side)) for m, most in zip(middle, (width, height)))
        crop = scaled[y : y + side, x : x + side]
        mirror = rng.random() < 0.5
        if mirror:
            crop = crop[:, ::-1]
        gain, lift = rng.uniform(0.6, 1.25), rng.uniform(-20, 20)
        crop = (crop.astype(np.float32) * gain + lift).clip(0, 255).astype(np.uint8)
        return Content(crop, place.moved(factor, x, y, side if mirror else None) if place else None)


def clip_frames(data: Path, a_clip: int = 40) -> list[np.ndarray]:
    """Frames of webcam-like clips, RGB. LivePortrait's and FaceBlit's clips and people of held-out faces are not among them."""
    person = lambda path: path.stem.rsplit("_", 1)[0]
    held = {person(p) for p in sorted(data.glob("faces/lfw/*.jpg"))[::HOLD_OUT_FACE]}
    stills = sorted(data.glob("tracking/youtube_faces/frames/*"))[::2]
    frames = [read_picture(p) for p in stills if person(p) not in held]
    for path in sorted(data.glob("clips/intel/*.gif")):
        clip = cv2.VideoCapture(str(path))
        shown = []
        while (read := clip.read())[0]:
            shown.append(np.ascontiguousarray(read[1][..., ::-1]))
        frames += shown[:: max(1, len(shown) // a_clip)]
    return frames


class StyleGrams(nn.Module):
    """Gram matrices of SqueezeNet's fire modules 2, 4, 6 and 8 inside a mask."""

    LAYERS = (2, 4, 6, 8)

    def __init__(self, teachers: Path) -> None:
        super().__init__()
        self.features = StyleStatistics()
        for number, before, squeeze, expand in ((7, 384, 48, 192), (8, 384, 64, 256)):
            setattr(self.features, f"fire{number}", Fire(before, squeeze, expand))
        self.features.load_squeezenet(teachers / "squeezenet10" / "squeezenet10.onnx")
        self.requires_grad_(False)

    def maps(self, picture: Tensor) -> dict[int, Tensor]:
        """[n, 3, h, w] in [0, 1] to the fire modules' outputs by number."""
        net = self.features
        x = picture.flip(1) * 255.0 - net.mean_bgr
        x, found = functional.relu(net.conv1(x)), {}
        for number in range(2, 9):
            if number in FIRES and FIRES[number][2]:
                x = functional.max_pool2d(x, 3, stride=2, ceil_mode=True)
            x = found[number] = getattr(net, f"fire{number}")(x)
        return found

    def grams(self, picture: Tensor, mask: Tensor) -> list[Tensor]:
        """For each layer [n, c, c]; `mask` is [n, 1, h, w]."""
        return self.grams_of(self.maps(picture), mask)

    def grams_of(self, maps: dict[int, Tensor], mask: Tensor) -> list[Tensor]:
        result = []
        for number in self.LAYERS:
            features = maps[number].float()
            weight = functional.adaptive_avg_pool2d(mask, features.shape[-2:]).flatten(2)
            flat = features.flatten(2)
            result.append((flat * weight) @ flat.transpose(1, 2) / weight.sum(2, keepdim=True).clamp_min(1e-3))
        return result

    @staticmethod
    def distance(ours: list[Tensor], theirs: list[Tensor]) -> Tensor:
        """[n]: mean over the layers of ||ours - theirs|| / ||theirs||, as the yardstick has it."""
        norm = lambda m: m.square().sum((1, 2)).add(1e-6).sqrt()
        return torch.stack([norm(a - b) / norm(b) for a, b in zip(ours, theirs)]).mean(0)


class Person(nn.Module):
    """MobileFaceNet: who a face is, as a unit vector."""

    def __init__(self, teachers: Path) -> None:
        super().__init__()
        from onnx2torch import convert

        self.net = convert(str(teachers / "mobilefacenet" / "MobileFaceNet.onnx")).eval()
        self.requires_grad_(False)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(IMAGENET_DEVIATION).view(1, 3, 1, 1))

    def train(self, mode: bool = True) -> "Person":
        return super().train(False)

    def forward(self, pictures: Tensor, points: np.ndarray) -> Tensor:
        """`pictures` [n, 3, s, s] in [0, 1], `points` [n, 5, 2] in their pixels, to [n, c]."""
        inverse = np.stack([cv2.estimateAffinePartial2D(FIVE, p, method=cv2.LMEDS)[0] for p in points])
        faces = cut(pictures, inverse, PERSON_SIDE)
        return functional.normalize(self.net((faces - self.mean) / self.deviation), dim=1)


class Landmarks(nn.Module):
    """The 68 points of our own landmark network (`training/face`), from a checkpoint of it. Whoever measures uses another network."""

    def __init__(self, checkpoint: Path) -> None:
        super().__init__()
        path = Path(__file__).parents[1] / "face" / "model.py"
        spec = importlib.util.spec_from_file_location("face_model", path)
        face_model = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(face_model)
        self.net = face_model.FaceLandmarks().eval()
        self.net.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["average"])
        self.requires_grad_(False)

    def train(self, mode: bool = True) -> "Landmarks":
        return super().train(False)

    def forward(self, pictures: Tensor, places: list[Place]) -> Tensor:
        """`pictures` [n, 3, s, s] in [0, 1] to [n, 68, 2] in units of the eyes' distance."""
        inverse, units = [], []
        for place in places:
            x, y, w, h = place.box
            size = self.net.CONTEXT * max(w, h) / self.net.SIDE
            right, left = place.points[:2]
            angle = np.arctan2(*(left - right)[::-1])
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * size
            shift = np.array([x + w / 2, y + h / 2]) - turn @ np.full(2, self.net.SIDE / 2)
            inverse.append(np.concatenate([turn, shift[:, None]], 1))
            units.append(size * self.net.SIDE / max(np.hypot(*(left - right)), 0.3 * w))
        points = self.net(cut(pictures, np.stack(inverse), self.net.SIDE))[0].reshape(-1, 68, 2)
        return points * torch.tensor(units, dtype=points.dtype, device=points.device)[:, None, None]


def cut(pictures: Tensor, inverse: np.ndarray, side: int) -> Tensor:
    """`side` × `side` pixels of each of `pictures`; `inverse` [n, 2, 3] leads from their places to places in `pictures`."""
    half, whole = side / 2, pictures.shape[-1]
    # From coordinates of grid_sample in the small picture to those in the large one.
    linear = inverse[:, :, :2] * half * 2 / whole
    shift = (inverse[:, :, :2] @ np.array([half, half]) + inverse[:, :, 2]) * 2 / whole - 1
    theta = torch.from_numpy(np.concatenate([linear, shift[:, :, None]], 2)).to(pictures)
    grid = functional.affine_grid(theta, (len(pictures), 3, side, side), align_corners=False)
    return functional.grid_sample(pictures, grid, align_corners=False, padding_mode="border")
