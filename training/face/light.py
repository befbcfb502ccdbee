"""What a webcam does to a picture: light, colour, blur, noise, compression. All on uint8 RGB, made for speed."""

import cv2
import numpy as np

NOISE = np.random.default_rng(7).normal(0.0, 1.0, (640, 640, 3)).astype(np.float32)


class Light:
    """One draw of light and colour; `varied` is the same room one frame later."""

    def __init__(self, random):
        self.gamma = np.exp(random.normal(0.0, 0.25))
        self.gain = np.exp(random.normal(0.0, 0.08, 3)) * np.exp(random.normal(0.0, 0.15))
        self.lift = random.normal(0.0, 0.04)
        self.saturation = max(0.0, random.normal(0.95, 0.25))
        self.noise = max(0.0, random.normal(0.0, 4.0))
        kind = random.random()
        if kind < 0.08:  # dark
            self.gain = self.gain * random.uniform(0.12, 0.5)
            self.noise += random.uniform(0.0, 10.0)
        elif kind < 0.15:  # over-exposed
            self.gain = self.gain * random.uniform(1.3, 2.4)
        elif kind < 0.22:  # fog, screen glare
            self.gain, self.lift = self.gain * random.uniform(0.3, 0.6), random.uniform(0.1, 0.5)
        elif kind < 0.27:  # no colour
            self.saturation = 0.0

    def varied(self, random, amount=1.0):
        """A slightly different light; now and then a lamp goes on or off."""
        other = object.__new__(Light)
        jump = random.normal(0.0, 0.35) if random.random() < 0.05 else 0.0
        other.gamma = self.gamma * np.exp(random.normal(0.0, 0.04 * amount))
        other.gain = self.gain * np.exp(jump + random.normal(0.0, 0.03 * amount, 3))
        other.lift = self.lift + random.normal(0.0, 0.01 * amount)
        other.saturation = self.saturation
        other.noise = self.noise
        return other

    def __call__(self, image, random):
        if abs(self.saturation - 1.0) > 0.08:
            grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            image = cv2.addWeighted(image, self.saturation, grey, 1.0 - self.saturation, 0.0)
        level = (np.arange(256, dtype=np.float32) / 255.0)[:, None] ** self.gamma
        table = np.clip((level * self.gain + self.lift) * 255.0, 0, 255).astype(np.uint8)
        image = cv2.LUT(image, table[None])
        if self.noise > 1.0:
            high, wide = image.shape[:2]
            top, left = random.integers(0, 640 - high + 1), random.integers(0, 640 - wide + 1)
            grain = NOISE[top : top + high, left : left + wide] * np.float32(self.noise)
            image = np.clip(image + grain, 0, 255).astype(np.uint8)
        return image


def motion_blur(image, dx, dy):
    """Smears along (dx, dy) pixels."""
    length = int(np.hypot(dx, dy))
    if length < 2:
        return image
    size = min(length, 31) | 1
    kernel = np.zeros((size, size), np.float32)
    step = np.array([dx, dy]) / np.hypot(dx, dy) * (size - 1) / 2
    middle = (size - 1) / 2
    ends = [tuple(int(round(v)) for v in middle + sign * step) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def soften(image, random):
    """Defocus, a poor scaler, or nothing."""
    kind = random.random()
    if kind < 0.15:
        return cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.8))
    if kind < 0.3:
        high, wide = image.shape[:2]
        scale = random.uniform(0.25, 0.9)
        small = cv2.resize(image, (max(8, int(wide * scale)), max(8, int(high * scale))))
        return cv2.resize(small, (wide, high))
    if kind < 0.4:
        angle, length = random.uniform(0, np.pi), random.uniform(2, 13)
        return motion_blur(image, np.cos(angle) * length, np.sin(angle) * length)
    return image


def compress(image, random, share=0.25):
    """JPEG there and back, some of the time."""
    if random.random() > share:
        return image
    quality = int(random.uniform(25, 90))
    code = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(code, cv2.IMREAD_COLOR)[:, :, ::-1])


DEFOCUSED = 0.3  # share of patches that are far out of focus, as a room is behind a sharp face: its blots can look like one
MIRRORED = 0.25  # share of patches that are mirrored in themselves: a folded pattern looks at one like a mask


def defocus(image, sigma):
    """Blurs by `sigma` pixels, at the smaller size that such a blur leaves room for."""
    high, wide = image.shape[:2]
    less = max(1.0, sigma / 1.5)
    small = cv2.resize(image, (max(4, int(wide / less)), max(4, int(high / less))), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / less), (wide, high), interpolation=cv2.INTER_CUBIC)


def texture(random, backgrounds, high, wide):
    """A face-free patch of `high` x `wide` pixels: part of a picture, or a plain or graded wall."""
    kind = random.random()
    if kind < 0.12 or not backgrounds:
        ends = random.integers(0, 256, (2, 3)).astype(np.float32)
        if random.random() < 0.5:
            ends[1] = ends[0]
        ramp = np.linspace(0, 1, wide if random.random() < 0.5 else high, dtype=np.float32)
        graded = ends[0] + ramp[:, None] * (ends[1] - ends[0])
        graded = graded[None] if len(ramp) == wide else graded[:, None]
        return np.broadcast_to(graded, (high, wide, 3)).astype(np.uint8).copy()
    source = backgrounds[random.integers(len(backgrounds))].rgb
    share = random.uniform(0.25, 1.0)
    cut = share * min(source.shape[0] / high, source.shape[1] / wide)
    rows, columns = max(2, int(high * cut)), max(2, int(wide * cut))
    top = random.integers(0, source.shape[0] - rows + 1)
    left = random.integers(0, source.shape[1] - columns + 1)
    patch = source[top : top + rows, left : left + columns]
    jump = max(1, int(min(rows / high, columns / wide) / 2))  # enough for a background, and quick
    patch = patch[::jump, ::jump]
    if random.random() < 0.5:
        patch = patch[:, ::-1]
    how = cv2.INTER_AREA if rows > high else cv2.INTER_LINEAR
    patch = cv2.resize(np.ascontiguousarray(patch), (wide, high), interpolation=how)
    if random.random() < DEFOCUSED:
        patch = defocus(patch, min(high, wide) * np.exp(random.uniform(np.log(0.01), np.log(0.06))))
    if random.random() < MIRRORED:
        seam = int(wide * random.uniform(0.5, 0.65))
        patch[:, seam:] = patch[:, 2 * seam - wide : seam][:, ::-1].copy()
        if random.random() < 0.5:
            patch = np.ascontiguousarray(patch[:, ::-1])
    return patch


def occlude(image, random, backgrounds, centre, size):
    """Covers a place with a hand-like blob, a box or a patch of another picture; returns the mask [h, w] of what is hidden."""
    high, wide = image.shape[:2]
    mask = np.zeros((high, wide), np.uint8)
    kind = random.random()
    axes = np.maximum(size * random.uniform(0.15, 0.5, 2), 1)
    angle = random.uniform(0, 180)
    if kind < 0.5:  # palm and fingers
        fingers = random.integers(0, 5)
        cv2.ellipse(mask, (tuple(map(float, centre)), tuple(map(float, axes * 2)), angle), 1, -1)
        for finger in range(fingers):
            turn = np.deg2rad(angle + 20 * finger)
            tip = centre + np.array([np.cos(turn), np.sin(turn)]) * axes.max() * 2
            ends = [tuple(int(v) for v in np.clip(p, -999, 999)) for p in (centre, tip)]
            cv2.line(mask, ends[0], ends[1], 1, max(1, int(axes.min() * 0.35)))
    else:
        box = cv2.boxPoints((tuple(map(float, centre)), tuple(map(float, axes * 2)), angle))
        cv2.fillConvexPoly(mask, np.clip(box, -999, 999).astype(np.int32), 1)
    if kind < 0.4:  # skin
        tone = np.array([224, 172, 142], np.float32) * random.uniform(0.25, 1.1) + random.normal(0, 12, 3)
        fill = np.clip(tone + NOISE[:high, :wide] * 5, 0, 255).astype(np.uint8)
    else:
        fill = texture(random, backgrounds, high, wide)
    np.copyto(image, fill, where=mask[:, :, None].astype(bool))
    return mask


def cover_mouth(image, random, backgrounds, face):
    """Puts a face mask or a scarf over mouth and nose of `face` (a row of 15 numbers, see data.py)."""
    high, wide = image.shape[:2]
    points = face[4:14].reshape(5, 2)
    along = points[1] - points[0]
    along = along / max(np.hypot(*along), 1e-3)
    down = np.array([-along[1], along[0]])
    half, middle = face[2] / 2, face[:2]
    nose = (points[2] - middle) @ along / half
    level = lambda point: (point - middle) @ down
    top = level(points[2]) - random.uniform(0.05, 0.3) * face[3] * 0.5
    chin = max(face[3] / 2 * random.uniform(0.9, 1.15), top + 4)
    cheek = level(points[3:].mean(0)) * random.uniform(0.3, 0.8)
    outline = [(-1, max(cheek, top) - 0.1 * half), (nose * 0.9, top), (1, max(cheek, top) - 0.1 * half)]
    outline += [(0.8, chin * 0.75), (0.35, chin), (-0.35, chin), (-0.8, chin * 0.75)]
    corners = [middle + along * (x * half * 1.02) + down * y for x, y in outline]
    mask = np.zeros((high, wide), np.uint8)
    cv2.fillPoly(mask, [np.clip(corners, -999, 999).astype(np.int32)], 1)
    if random.random() < 0.3:
        fill = texture(random, backgrounds, high, wide)
    else:
        plain = np.array([[235, 240, 245], [150, 190, 215], [35, 35, 40], random.uniform(20, 250, 3)][random.integers(4)])
        # Folds across, and light from one side.
        y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
        folds = np.cos(((x - middle[0]) * down[0] + (y - middle[1]) * down[1]) * (random.uniform(4, 14) / half))
        light = ((x - middle[0]) * along[0] + (y - middle[1]) * along[1]) / half * random.uniform(-0.25, 0.25)
        shade = 1 + light + folds * random.uniform(0, 0.08)
        fill = np.clip(plain * shade[:, :, None] * random.uniform(0.6, 1.1), 0, 255).astype(np.uint8)
    np.copyto(image, fill, where=mask[:, :, None].astype(bool))
