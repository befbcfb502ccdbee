"""Drawing materials that the style pictures share: noise, paper, photographs, strokes, lines.

Pictures are float32 RGB in 0..1, `SIZE` pixels square, unless said otherwise.
"""

import cv2
import numpy as np
import skimage.data

SIZE = 512


def grid() -> tuple[np.ndarray, np.ndarray]:
    """Column and row of every pixel."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    return x, y


def noise(cell: float, seed: int, octaves: int = 1) -> np.ndarray:
    """Smooth noise with features of about `cell` pixels, mean 0, deviation 1."""
    rng = np.random.default_rng(seed)
    total = np.zeros((SIZE, SIZE), np.float32)
    for octave in range(octaves):
        count = max(int(SIZE / cell * 2**octave), 2)
        coarse = rng.normal(size=(min(count, SIZE),) * 2).astype(np.float32)
        total += cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC) / 1.8**octave
    return (total - total.mean()) / total.std()


def colour(code: str) -> np.ndarray:
    """'#rrggbb' as three floats."""
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255.0


def ramp(value: np.ndarray, codes: list[str]) -> np.ndarray:
    """Maps 0..1 through evenly spaced colours."""
    stops = np.array([colour(code) for code in codes])
    at = np.clip(value, 0, 1) * (len(codes) - 1)
    channels = [np.interp(at, np.arange(len(codes)), stops[:, i]) for i in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def mix(under: np.ndarray, over: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """`over` on `under`, with a per-pixel alpha."""
    alpha = np.clip(alpha, 0, 1)[..., None]
    return under * (1 - alpha) + over * alpha


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blur(picture: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def photo(name: str, left: int, top: int, side: int, size: int = SIZE) -> np.ndarray:
    """A square part of one of scikit-image's free photographs."""
    picture = getattr(skimage.data, name)()[top : top + side, left : left + side]
    way = cv2.INTER_LANCZOS4 if size > side else cv2.INTER_AREA
    return np.clip(cv2.resize(picture, (size, size), interpolation=way) / 255.0, 0, 1).astype(
        np.float32
    )


def portrait(size: int = SIZE) -> np.ndarray:
    return photo("astronaut", 62, 4, 330, size)


def cat(size: int = SIZE) -> np.ndarray:
    return photo("chelsea", 60, 0, 300, size)


def cup(size: int = SIZE) -> np.ndarray:
    return photo("coffee", 60, 0, 400, size)


def grey(picture: np.ndarray, stretch: bool = True) -> np.ndarray:
    """Luma, by default with its contrast stretched and evened out locally."""
    luma = picture @ np.array([0.3, 0.59, 0.11], np.float32)
    if stretch:
        levels = cv2.createCLAHE(2.0, (4, 4)).apply((luma * 255).astype(np.uint8)) / 255.0
        low, high = np.percentile(levels, [1, 99])
        luma = np.clip((levels - low) / (high - low), 0, 1)
    return luma.astype(np.float32)


def saturate(picture: np.ndarray, amount: float) -> np.ndarray:
    luma = grey(picture, stretch=False)[..., None]
    return np.clip(luma + (picture - luma) * amount, 0, 1)


def outline(luma: np.ndarray, sigma: float, sharp: float = 25.0, level: float = 0.0) -> np.ndarray:
    """Dark lines of a tone picture (difference of Gaussians): 1 where a line is."""
    edge = blur(luma, sigma) - 0.985 * blur(luma, sigma * 1.6)
    return np.clip(-np.tanh(sharp * (edge - level)), 0, 1)


def flow(luma: np.ndarray, sigma: float) -> np.ndarray:
    """The direction along which the tone changes least, in radians."""
    gx, gy = cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)
    xx, yy, xy = (blur(part, sigma) for part in (gx * gx, gy * gy, gx * gy))
    return 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2


def comb(field: np.ndarray, angle: np.ndarray, length: int) -> np.ndarray:
    """Smears `field` along `angle` both ways: noise becomes fibres."""
    height, width = field.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    total = field.copy()
    for sign in (1.0, -1.0):
        px, py = x.copy(), y.copy()
        last_x, last_y = sign * np.cos(angle), sign * np.sin(angle)
        for _ in range(length):
            here = cv2.remap(angle, px, py, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
            dx, dy = np.cos(here), np.sin(here)
            turn = np.where(dx * last_x + dy * last_y < 0, -1.0, 1.0).astype(np.float32)
            last_x, last_y = dx * turn, dy * turn
            px, py = px + last_x, py + last_y
            total += cv2.remap(field, px, py, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return total / (2 * length + 1)


def strokes(
    canvas: np.ndarray,
    picture: np.ndarray,
    angle: np.ndarray,
    count: int,
    length: float,
    width: int,
    seed: int,
    vary: float = 0.06,
) -> np.ndarray:
    """Paints `count` bristly curved strokes with `picture`'s colours along `angle`."""
    rng = np.random.default_rng(seed)
    canvas = (np.clip(canvas, 0, 1) * 255).astype(np.uint8)
    for x, y in rng.uniform(0, SIZE - 1, (count, 2)):
        base = picture[int(y), int(x)] + rng.normal(0, vary, 3) * 0.5 + rng.normal(0, vary)
        path, px, py, last = [], x, y, None
        steps = max(int(length * rng.uniform(0.6, 1.3) / 4), 2)
        for _ in range(steps):
            path.append((px, py))
            a = angle[int(np.clip(py, 0, SIZE - 1)), int(np.clip(px, 0, SIZE - 1))]
            step = np.array([np.cos(a), np.sin(a)])
            if last is not None and step @ last < 0:
                step = -step
            last, px, py = step, px + 4 * step[0], py + 4 * step[1]
        path = np.array(path)
        side = np.array([-last[1], last[0]])
        for offset in rng.permutation(np.arange(-width / 2, width / 2 + 0.1, 1.6)):
            tone = np.clip(base + rng.normal(0, vary * 0.7), 0, 1) * 255
            points = ((path + side * offset + rng.normal(0, 0.6, 2)) * 16).astype(np.int32)
            cv2.polylines(canvas, [points], False, tone.tolist(), 2, cv2.LINE_AA, 4)
    return canvas.astype(np.float32) / 255.0


def emboss(picture: np.ndarray, height: np.ndarray, amount: float) -> np.ndarray:
    """Lights `picture` from the upper left as a relief."""
    gx, gy = cv2.Sobel(height, cv2.CV_32F, 1, 0), cv2.Sobel(height, cv2.CV_32F, 0, 1)
    light = -(gx + gy) * amount
    return np.clip(picture * (1 + light[..., None]) + np.maximum(light, 0)[..., None] * 0.3, 0, 1)


def paper(code: str, rough: float, seed: int) -> np.ndarray:
    """Tinted paper with a grain."""
    tooth = noise(2.5, seed, 2) * 0.7 + noise(40, seed + 1, 2) * 0.3
    return np.clip(colour(code) * (1 + rough * tooth[..., None]), 0, 1).astype(np.float32)
