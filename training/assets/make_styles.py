"""Makes `assets/styles/*.jpg`: the reference pictures of the built-in styles.

Each picture shows a motif in a medium. Motifs are drawn by this program or taken from free
photographs in scikit-image: `astronaut` (NASA, public domain), `chelsea` and `coffee` (CC0).
Every random number has a fixed seed.

    python training/assets/make_styles.py [NAME ...]
"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from media import (
    SIZE,
    blur,
    cat,
    colour,
    comb,
    cup,
    emboss,
    flow,
    grey,
    grid,
    mix,
    noise,
    outline,
    paper,
    portrait,
    ramp,
    saturate,
    smoothstep,
    strokes,
)
from paint import chalk_portrait, oil_portrait, palette_knife, wave_print

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "styles"


def ridge(base: float, height: float, cell: float, seed: int) -> np.ndarray:
    """The row of a mountain skyline for every column."""
    return base + height * noise(cell, seed, 5)[7]


def ink_wash() -> np.ndarray:
    """Misty mountains and a red sun in diluted black ink."""
    x, y = grid()
    page = paper("#efe6d2", 0.035, 1)
    ink = np.zeros((SIZE, SIZE), np.float32)
    sun = smoothstep(2.0, -2.0, np.hypot(x - 372, y - 118) - 46 + noise(20, 5))
    for layer, (base, depth) in enumerate([(210, 0.25), (265, 0.42), (330, 0.68), (415, 0.98)]):
        top = ridge(base, 34 + 6 * layer, 150 - 15 * layer, 20 + layer)[None, :]
        top = top + 3 * noise(9, 30 + layer)
        below = y - top
        wash = smoothstep(-1.5, 2.5, below) * np.exp(-np.maximum(below, 0) / (50 + 12 * layer))
        slope = np.full((SIZE, SIZE), 1.15, np.float32) + 0.5 * noise(90, 40 + layer)
        dry = comb(noise(3, 50 + layer), slope, 14)
        dry = dry / dry.std()
        texture = smoothstep(-0.4, 1.2, dry) * np.exp(-np.maximum(below, 0) / 70)
        layer_ink = depth * wash * (0.6 + 0.5 * texture) * (1 + 0.18 * noise(45, 60 + layer, 3))
        ink = np.maximum(ink * (1 - 0.55 * smoothstep(0, 30, below)), layer_ink)
    picture = mix(page, np.broadcast_to(colour("#c5301f"), page.shape), sun * 0.9)
    picture = mix(picture, np.broadcast_to(colour("#15161a"), page.shape), ink)
    marks = np.zeros((SIZE, SIZE), np.uint8)
    rng = np.random.default_rng(9)
    for root, lean in [(70, 0.25), (92, 0.1), (118, 0.3), (56, 0.02)]:  # bamboo
        px, py = float(root), 520.0
        while py > 90 + rng.uniform(0, 60):
            nx, ny = px + lean * 44 * rng.uniform(0.5, 1.1), py - 44
            cv2.line(marks, (int(px), int(py) - 3), (int(nx), int(ny) + 3), 235, 6, cv2.LINE_AA)
            for _ in range(3 if py < 360 else 0):
                a, size = rng.uniform(0.1, 1.3), rng.uniform(26, 52)
                sign = rng.choice([-1, 1])
                tip = (nx + sign * np.cos(a) * size, ny + np.sin(a) * size)
                middle = ((nx + tip[0]) / 2, (ny + tip[1]) / 2)
                turn = np.degrees(np.arctan2(tip[1] - ny, tip[0] - nx))
                cv2.ellipse(marks, (middle, (size, 7), turn), 245, -1, cv2.LINE_AA)
            px, py = nx, ny
    leaf = blur(marks.astype(np.float32) / 255, 0.8) * (0.8 + 0.2 * smoothstep(-1, 1, noise(5, 77)))
    return mix(picture, np.broadcast_to(colour("#0e0f12"), page.shape), leaf)


def pencil_hatching() -> np.ndarray:
    """A portrait cross-hatched in graphite."""
    x, y = grid()
    tone = grey(portrait())
    soft = blur(tone, 1.5)
    graphite = np.zeros_like(tone)
    wobble = 0.7 * noise(90, 3)
    soft = np.clip(soft * 0.95 + 0.14, 0, 1)
    plan = [(0.84, 0.85, 6.5), (0.66, 2.3, 6.0), (0.44, 0.35, 5.5), (0.26, 1.57, 5.0)]
    for layer, (level, angle, period) in enumerate(plan):
        along = x * np.cos(angle) + y * np.sin(angle) + wobble
        line = 0.5 + 0.5 * np.cos(2 * np.pi * along / period)
        thick = np.clip((level - soft) * 2.0, 0, 0.75)
        hatch = smoothstep(1 - thick - 0.18, 1 - thick + 0.18, line) * (thick > 0.02)
        across = np.full_like(tone, angle + np.pi / 2)
        grain = comb(noise(2, 10 + layer), across, 6)
        graphite = 1 - (1 - graphite) * (1 - 0.62 * hatch * (1 + 0.7 * grain))
    graphite = np.maximum(graphite, 0.9 * outline(soft, 1.3, 30, -0.004))
    graphite *= 0.82 + 0.25 * smoothstep(-1.2, 1.0, noise(1.8, 21))
    page = paper("#f4f1ea", 0.018, 6)
    return mix(page, np.broadcast_to(colour("#23252b"), page.shape), graphite)


def halftone_pop() -> np.ndarray:
    """A comic-book portrait in coarse halftone dots."""
    x, y = grid()
    source = portrait()
    tone = blur(grey(source), 1.2)
    dots = {}
    for name, angle, pitch in [("red", 0.26, 9.0), ("blue", 1.31, 9.0)]:
        u = (x * np.cos(angle) + y * np.sin(angle)) / pitch * 2 * np.pi
        v = (-x * np.sin(angle) + y * np.cos(angle)) / pitch * 2 * np.pi
        dots[name] = 0.5 + 0.25 * (np.cos(u) + np.cos(v))
    warm = blur(source[..., 0] - source[..., 2], 2.0)
    red = np.clip(1.0 - tone + 1.2 * (warm - 0.15), 0, 1) * 0.9
    blue = np.clip(0.95 - 1.5 * tone + 0.35 * (0.1 - warm), 0, 1)
    backdrop = smoothstep(0.10, 0.02, np.abs(warm)) * smoothstep(0.45, 0.6, tone)
    picture = np.broadcast_to(colour("#fff3cf"), source.shape).copy()
    rays = np.sin(np.arctan2(y - 230, x - 255) * 16) > 0
    picture = mix(picture, ramp(rays * 1.0, ["#ffd60a", "#ffb703"]), blur(backdrop, 2))
    tint = np.broadcast_to(colour("#ef2b4f"), source.shape)
    picture = mix(picture, picture * tint, smoothstep(-0.06, 0.06, red - 1 + dots["red"]))
    tint = np.broadcast_to(colour("#1797d4"), source.shape)
    picture = mix(picture, picture * tint, smoothstep(-0.06, 0.06, blue - 1 + dots["blue"]))
    black = np.maximum(outline(tone, 2.2, 50, -0.006), smoothstep(0.17, 0.11, tone))
    return mix(picture, np.broadcast_to(colour("#14101c"), source.shape), black)


def cells(count: int, seed: int, jitter: float, power: float) -> tuple[np.ndarray, ...]:
    """Tiles from a jittered grid: label, distance to own and to next centre, centres."""
    rng = np.random.default_rng(seed)
    pitch = SIZE / count
    cy, cx = np.mgrid[-1 : count + 1, -1 : count + 1]
    centres = np.stack([cx.ravel() + (cy.ravel() % 2) * 0.5, cy.ravel()], 1) + 0.5
    centres = (centres + rng.uniform(-jitter, jitter, centres.shape)) * pitch
    x, y = grid()
    points = np.stack([x.ravel(), y.ravel()], 1)
    distance, label = cKDTree(centres).query(points, k=2, p=power)
    shape = (SIZE, SIZE)
    near, far = (distance[:, i].reshape(shape).astype(np.float32) for i in (0, 1))
    return label[:, 0].reshape(shape), near, far, centres


def fish() -> np.ndarray:
    """A sea with two bright fish, in flat colours."""
    x, y = grid()
    waves = (y + 14 * np.sin(x / 42) + 10 * np.sin(x / 97 + 1)) / 46
    scene = ramp((np.floor(waves * 2) % 6) / 5, ["#0e6f9e", "#2aa5b8", "#8fdcd2", "#f3efd9"])
    for cx, cy, size, way in ((278, 180, 1.0, 1), (236, 368, 0.85, -1)):
        u, v = (x - cx) * way / size, (y - cy) / size
        v = v + 10 * np.sin(u / 60)
        body = (u / 170) ** 2 + (v / 82) ** 2
        tail = (u < -128) & (u > -228) & (np.abs(v) < (-u - 100) * 0.72) & (np.abs(v) > (-u - 190) * 0.9)
        fins = (np.abs(u + 10) < 62 - (np.abs(v) - 70) * 0.9) & (np.abs(v) > 60) & (np.abs(v) < 114)
        stripes = np.floor((u + 0.25 * v * np.sign(v)) / 27) % 2
        skin = ramp(np.clip(0.5 + v / 150 + 0.18 * stripes, 0, 1), ["#b3261e", "#ee6a1f", "#ffb52e", "#fff0b8"])
        scene = np.where((tail | fins)[..., None], ramp((np.abs(v) % 34) / 34, ["#ffc23c", "#d9401f"]), scene)
        rim = (body < 1.17) & (body >= 1)
        scene = np.where(rim[..., None], colour("#12264f"), scene)
        scene = np.where((body < 1)[..., None], skin, scene)
        gill = np.abs(np.hypot(u - 160, v) - 84) < 7
        scene = np.where((gill & (body < 1))[..., None], colour("#7a1620"), scene)
        eye = np.hypot(u - 118, v + 18)
        scene = np.where((eye < 24)[..., None], colour("#fff8e6"), scene)
        scene = np.where((eye < 13)[..., None], colour("#0d1730"), scene)
    return scene.astype(np.float32)


def mosaic() -> np.ndarray:
    """Two fish in glazed stone tiles."""
    label, near, far, centres = cells(36, 4, 0.15, np.inf)
    rng = np.random.default_rng(5)
    at = np.clip(centres, 0, SIZE - 1).astype(int)
    tiles = blur(fish(), 1.5)[at[:, 1], at[:, 0]]
    tiles = np.clip(tiles * rng.uniform(0.86, 1.14, (len(tiles), 1)), 0, 1)
    tiles = np.clip(tiles + rng.normal(0, 0.025, tiles.shape), 0, 1)
    x, y = grid()
    tilt = rng.normal(0, 0.012, (len(tiles), 2))
    offset_x, offset_y = x - centres[label, 0], y - centres[label, 1]
    shade = 1 + tilt[label, 0] * offset_x + tilt[label, 1] * offset_y
    picture = tiles[label] * shade[..., None] * (1 + 0.04 * noise(3, 6, 2)[..., None])
    gap = far - near
    picture = emboss(np.clip(picture, 0, 1).astype(np.float32), smoothstep(0.5, 5.0, gap), 0.07)
    grout = np.broadcast_to(colour("#8a8a84"), picture.shape) * (0.9 + 0.06 * noise(2, 7))[..., None]
    return mix(grout, picture, smoothstep(1.0, 2.0, gap))


def stained_glass() -> np.ndarray:
    """A sunrise over hills and a river in leaded glass."""
    x, y = grid()
    label, near, _, centres = cells(13, 11, 0.42, 2)
    rng = np.random.default_rng(12)
    radius, angle = np.hypot(x - 256, y - 250), np.arctan2(y - 250, x - 256)
    hill = 330 + 40 * np.sin(x / 90 + 0.6)
    low = 410 + 34 * np.sin(x / 70 + 2.6)
    river = np.abs(x - 256 - 60 * np.sin(y / 55)) - (y - 300) * 0.28
    rays = ((angle / (2 * np.pi) * 28).astype(int) % 2).astype(int)
    region = np.where(radius < 175, 2 + rays, rays)
    region = np.where(radius < 78, 4, region)
    region = np.where(y > hill, 5, region)
    region = np.where(y > low, 6, region)
    region = np.where((y > hill) & (river < 0), 7, region)
    codes = "#2a58e0 #22a0ea #f2560f #ffb01c #ffe860 #2fb85e #128a62 #5fdce6".split()
    palette = np.array([colour(code) for code in codes])
    split = (radius / 46).astype(int)
    piece = region * 100000 + np.where(region == 4, 0, label) * 20
    piece = np.where(region < 4, region * 100000 + (angle * 28 / 6.2832 + 30).astype(int) * 40 + split, piece)
    _, piece = np.unique(piece, return_inverse=True)
    piece = piece.reshape(SIZE, SIZE)
    hue = palette[region] + (rng.normal(0, 0.09, (piece.max() + 1, 3)))[piece]
    glow = rng.uniform(0.85, 1.4, piece.max() + 1)[piece][..., None]
    border = np.zeros((SIZE, SIZE), np.uint8)
    border[:, 1:] |= (piece[:, 1:] != piece[:, :-1]).astype(np.uint8)
    border[1:] |= (piece[1:] != piece[:-1]).astype(np.uint8)
    away = cv2.distanceTransform(1 - border, cv2.DIST_L2, 5)
    seeds = comb(noise(3, 13), 0.5 * noise(80, 14), 8)
    glass = hue * glow * (0.8 + 0.4 * smoothstep(0, 14, away))[..., None]
    glass = glass * (1 + 0.16 * seeds + 0.10 * noise(9, 15, 2))[..., None]
    lead_height = smoothstep(4.5, 0.0, away)
    lead = emboss(np.full((SIZE, SIZE, 3), 0.09, np.float32), lead_height, 0.8)
    return mix(np.clip(glass, 0, 1).astype(np.float32), lead, smoothstep(3.6, 2.4, away))


def oil_dabs() -> np.ndarray:
    """A swirling night over a village, in thick oil dabs."""
    x, y = grid()
    angle = 0.25 * np.sin(x / 70) + 0.2 * noise(120, 2)
    scene = ramp(y / 380 + 0.12 * noise(70, 3, 2), ["#0c1f5c", "#1c49a0", "#3f86c6", "#9cc9c4"])
    lights = [(120, 110, 40), (375, 95, 58), (250, 190, 34), (60, 235, 22), (455, 215, 26), (238, 52, 22)]
    for cx, cy, size in lights:
        radius = np.hypot(x - cx, y - cy)
        near = np.exp(-((radius / (size * 1.7)) ** 2))
        around = np.arctan2(y - cy, x - cx) + np.pi / 2
        angle = np.where(near > 0.22, around + 0.2, angle)
        rings = 0.5 + 0.5 * np.cos(radius / 4.6)
        scene = mix(scene, ramp(rings, ["#e8a21c", "#fff3a8"]), smoothstep(0.2, 0.85, near))
    hill = 350 + 30 * np.sin(x / 85 + 1.0) + 6 * np.sin(x / 21)
    ground = ramp((y - hill) / 160 + 0.2 * noise(30, 8), ["#2f6f6a", "#1b4a58", "#15273f"])
    land = y > hill
    scene = np.where(land[..., None], ground, scene)
    angle = np.where(land, 0.35 * np.cos(x / 85 + 1.0), angle).astype(np.float32)
    tree = np.abs(x - 84 - 8 * np.sin(y / 25)) < (y - 130) * 0.13 * (0.85 + 0.2 * np.sin(y / 17))
    tree &= y > 130
    bark = ramp(0.5 + 0.5 * np.sin(x / 3 + y / 19), ["#0f2a22", "#3b5a2a"])
    scene = np.where(tree[..., None], bark, scene)
    angle = np.where(tree, 1.45 + 0.3 * np.sin(y / 22), angle).astype(np.float32)
    rng = np.random.default_rng(4)
    picture = strokes(scene, scene, angle, 2600, 34, 9, 5, 0.05)
    picture = strokes(picture, scene, angle, 5200, 24, 5, 6, 0.075)
    panel = (picture * 255).astype(np.uint8)
    for _ in range(16):  # houses with lit windows
        px, py = int(rng.uniform(150, 480)), int(rng.uniform(392, 480))
        wall = (rng.uniform([60, 80, 110], [150, 150, 150])).tolist()
        cv2.rectangle(panel, (px, py), (px + 34, py + 24), wall, -1)
        roof = np.array([[px - 4, py], [px + 17, py - 20], [px + 38, py]])
        cv2.fillPoly(panel, [roof], (rng.uniform([110, 40, 30], [170, 80, 60])).tolist())
        cv2.rectangle(panel, (px + 8, py + 8), (px + 15, py + 17), (255, 205, 70), -1)
        cv2.rectangle(panel, (px + 21, py + 8), (px + 27, py + 17), (255, 190, 60), -1)
    houses = panel.astype(np.float32) / 255
    picture = strokes(houses, houses, angle, 3600, 13, 3, 7, 0.045)
    return emboss(picture, grey(picture, stretch=False) + 0.4 * comb(noise(2, 8), angle, 6), 0.16)


def woodcut() -> np.ndarray:
    """A cat carved in wood, printed in black over ochre."""
    tone = grey(cat())
    soft = blur(tone, 1.5)
    angle = flow(soft, 9.0)
    fibres = comb(noise(3.2, 3), angle, 16)
    fibres = fibres / fibres.std()
    cut = blur(fibres, 0.6) * 0.30 + (soft - 0.5) * 1.5
    black = smoothstep(0.03, -0.03, cut + 0.06)
    black = np.maximum(black, smoothstep(0.3, 0.6, outline(soft, 1.8, 30, -0.008)))
    page = paper("#f3e7cb", 0.02, 5)
    block = smoothstep(0.03, -0.03, blur(tone, 3) - 0.62 + 0.05 * noise(12, 8, 2))
    planks = comb(noise(2.5, 9), np.full_like(tone, 0.03), 30)
    picture = mix(page, np.broadcast_to(colour("#d98a2b"), page.shape), block * (0.86 + 0.5 * planks))
    worn = smoothstep(-2.6, -1.4, noise(2.2, 11) + 0.3 * noise(30, 12))
    return mix(picture, np.broadcast_to(colour("#1a1412"), page.shape), black * worn)


def neon() -> np.ndarray:
    """A portrait in glowing tubes."""
    x, y = grid()
    tone = blur(grey(portrait()), 1.0)
    fine = smoothstep(0.25, 0.8, outline(tone, 1.4, 45, -0.006))
    line = smoothstep(0.25, 0.8, outline(tone, 2.0, 42, -0.008))
    face = np.exp(-(((x - 250) / 75) ** 2) - ((y - 180) / 95) ** 2)
    light = smoothstep(0.25, 0.8, outline(1 - tone, 2.6, 42, -0.012)) * (1 - np.clip(1.4 * face, 0, 1))
    line = line + (fine - line) * np.clip(1.4 * face, 0, 1)
    phase = 0.5 + 0.5 * np.sin((x + 0.7 * y) / 95)
    pinks = ramp(phase, ["#ff1fa8", "#8b3dff", "#18d8ff"])
    blues = ramp(1 - phase, ["#18e0ff", "#3a5bff", "#ff2bd0"])
    night = ramp(y / SIZE * 0.7 + 0.3 * tone, ["#05030f", "#140a33", "#2a0d4e"])
    scan = 0.82 + 0.18 * np.cos(2 * np.pi * y / 5)
    picture = night * scan[..., None]
    for mask, tube in [(line, pinks), (light * 0.8, blues)]:
        lit = mask[..., None] * tube
        picture = picture + 0.9 * lit + 0.9 * blur(lit, 4) + 0.9 * blur(lit, 12) + 0.5 * blur(lit, 32)
        picture = picture + 0.45 * smoothstep(0.6, 1.0, blur(mask, 0.8))[..., None]
    return np.clip(picture, 0, 1)


def watercolour() -> np.ndarray:
    """Poppies in wet, translucent washes."""
    x, y = grid()
    picture = np.ones((SIZE, SIZE, 3), np.float32)
    rng = np.random.default_rng(21)
    tooth = noise(3, 2, 2)

    def wash(inside: np.ndarray, code: str, strength: float, seed: int) -> None:
        """One translucent layer; `inside` is positive within its shape, in pixels."""
        nonlocal picture
        inside = inside + 5 * noise(26, seed, 3)
        body = smoothstep(-1.2, 1.2, inside)
        rim = np.exp(-((inside / 3.0 - 0.6) ** 2))
        density = body * (0.55 + 0.22 * noise(50, seed + 1, 3)) + 0.45 * rim
        density = np.clip(density * (1 + 0.16 * tooth), 0, 1.4) * strength
        picture = picture * np.exp(-density[..., None] * -np.log(np.maximum(colour(code), 0.04)))

    wash(230 - np.hypot(x - 170, (y - 130) * 1.3), "#a9d9ee", 0.7, 100)
    wash(220 - np.hypot(x - 420, (y - 250) * 1.1), "#d9c9f0", 0.7, 110)
    wash(140 - np.abs(y - 470 + 20 * np.sin(x / 60)), "#c5dc86", 0.9, 120)
    wash(90 - np.abs(y - 530), "#4f9a6a", 0.8, 125)
    flowers = [(150, 165, 96), (365, 120, 82), (300, 305, 104), (92, 360, 66), (440, 340, 62)]
    for index, (cx, cy, _) in enumerate(flowers):
        bend = cx + 16 * np.sin((y - cy) / 60 + index)
        stem = np.minimum(4.5 - np.abs(x - bend), (y - cy) / 8)
        wash(stem, "#3f8a4d", 1.0, 200 + 7 * index)
        turn, leaf_x, leaf_y = (0.8 if index % 2 else -0.8), cx + (28 if index % 2 else -28), cy + 110
        u = (x - leaf_x) * np.cos(turn) + (y - leaf_y) * np.sin(turn)
        v = -(x - leaf_x) * np.sin(turn) + (y - leaf_y) * np.cos(turn)
        wash(40 - np.hypot(u, v * 4.5), "#5aa04a", 0.9, 300 + 7 * index)
    for index, (cx, cy, size) in enumerate(flowers):
        for petal in range(5):
            turn = petal * 1.2566 + index + rng.uniform(-0.2, 0.2)
            px, py = cx + np.cos(turn) * size * 0.5, cy + np.sin(turn) * size * 0.42
            code = ["#f2452f", "#f76a3c", "#ee3f6d", "#fa8a5a", "#e5303c"][(petal + index) % 5]
            wash(size * 0.62 - np.hypot(x - px, (y - py) * 1.15), code, 0.75, 400 + 40 * index + petal * 5)
        wash(size * 0.2 - np.hypot(x - cx, y - cy), "#3b2150", 1.5, 700 + 9 * index)
    for _ in range(70):
        px, py, size = rng.uniform(0, SIZE), rng.uniform(0, SIZE), rng.exponential(2.0) + 0.8
        drop = smoothstep(1, -1, np.hypot(x - px, y - py) - size)[..., None]
        code = rng.choice(["#f2452f", "#5aa04a", "#6aa9d8", "#b58be0"])
        picture = picture * (1 - 0.6 * drop * (1 - colour(code)))
    page = paper("#fdfaf3", 0.02, 3)
    return emboss(page * picture, tooth, 0.012)


def pastel_chalk() -> np.ndarray:
    """Fruit in soft chalk on dark paper."""
    x, y = grid()
    scene = ramp(y / 330 + 0.08 * noise(80, 2), ["#3fb8a9", "#7fd6bd", "#b9ead0"])
    table = y > 330 + 6 * np.sin(x / 90)
    scene = np.where(table[..., None], ramp((y - 330) / 180, ["#b79be8", "#8d6fd0"]), scene)
    angle = np.where(table, 0.06, 0.85).astype(np.float32)
    fruit = [
        (150, 300, 88, ["#b53a1c", "#ff8a1f", "#ffd36b"]),
        (372, 292, 96, ["#b0204f", "#ff5a7a", "#ffc2b8"]),
        (262, 352, 82, ["#8a7a10", "#f2d21f", "#fff6a8"]),
        (262, 205, 66, ["#3d7a1d", "#9ed13c", "#ecf7a0"]),
    ]
    for cx, cy, size, codes in fruit:
        shadow = np.exp(-(((x - cx - 26) / size) ** 2) - ((y - cy - size * 0.9) / (size * 0.25)) ** 2)
        scene = mix(scene, np.broadcast_to(colour("#3a2a66"), scene.shape), 0.8 * shadow * table)
    for cx, cy, size, codes in sorted(fruit, key=lambda f: f[1]):
        radius = np.hypot(x - cx, y - cy) / size
        lit = 0.75 - 0.75 * np.hypot(x - cx + size * 0.4, y - cy + size * 0.45) / size + 0.28
        ball = radius < 1 + 0.012 * noise(20, cx)
        scene = np.where(ball[..., None], ramp(lit, codes), scene)
        rim = np.arctan2(y - cy, x - cx) + np.pi / 2
        hatch = np.where(radius > 0.66, rim, 2.2)
        angle = np.where(radius < 1.06, hatch, angle).astype(np.float32)
    chalk = strokes(scene, scene, angle, 5600, 20, 5, 3, 0.07)
    tooth = noise(2.4, 4, 2)
    fibre = comb(noise(2.6, 5), angle, 9)
    cover = 0.65 * fibre / fibre.std() + 0.6 * tooth + 1.15 + 0.5 * noise(60, 6)
    ground = paper("#2b2140", 0.05, 7)
    return mix(ground, saturate(chalk, 1.1), smoothstep(-0.2, 1.1, cover))


def blueprint() -> np.ndarray:
    """A rocket drawn in white line on blueprint paper."""
    scale = 2
    sheet = np.zeros((SIZE * scale, SIZE * scale), np.uint8)

    def line(points: list[tuple[float, float]], width: int = 2, tone: int = 255) -> None:
        cv2.polylines(
            sheet, [(np.array(points) * scale).astype(np.int32)], False, tone, width, cv2.LINE_AA
        )

    def circle(cx: float, cy: float, radius: float, width: int = 2, tone: int = 255) -> None:
        centre = (int(cx * scale), int(cy * scale))
        cv2.circle(sheet, centre, int(radius * scale), tone, width, cv2.LINE_AA)

    for at in range(0, SIZE + 1, 16):
        tone = 92 if at % 64 == 0 else 48
        line([(at, 0), (at, SIZE)], 1, tone)
        line([(0, at), (SIZE, at)], 1, tone)
    middle = 190
    t = np.linspace(0, 1, 40)
    half = 52 * np.sqrt(np.clip(1 - (1 - t) ** 2, 0, 1))
    for side in (-1, 1):
        line(list(zip(middle + side * half, 40 + 110 * t, strict=True)), 5)
        line([(middle + side * 52, 150), (middle + side * 52, 400)], 5)
        fin = [(52, 320), (112, 400), (112, 452), (52, 410)]
        line([(middle + side * px, py) for px, py in fin], 5)
        for step in range(0, 60, 6):
            line([(middle + side * (54 + step), 334 + step * 1.3), (middle + side * (54 + step), 410 + step * 0.68)], 2)
        line([(middle + side * 24, 400), (middle + side * 40, 446)], 5)
    for py in (150, 158, 228, 236, 320, 392, 400):
        line([(middle - 52, py), (middle + 52, py)], 3)
    line([(middle - 40, 446), (middle + 40, 446)], 5)
    for py in range(240, 320, 5):  # shading of the tank
        line([(middle + 8, py), (middle + 52, py)], 2)
    for offset in range(-52, 52, 8):
        line([(middle + offset, 320), (middle + min(offset + 60, 52), 320 + min(60, 52 - offset))], 2, 210)
    for cy, radius in ((120, 17), (194, 24)):
        circle(middle, cy, radius, 5)
        circle(middle, cy, radius * 0.7, 3)
        for turn in np.arange(0, 6.28, 0.52):
            ray = np.array([np.cos(turn), np.sin(turn)])
            line([tuple(np.array([middle, cy]) + ray * r) for r in (radius * 0.7, radius)], 2)
    for py in range(20, 490, 22):
        line([(middle, py), (middle, py + 13)], 2, 200)
    for cx, cy, radius in ((410, 130, 70), (410, 350, 84)):
        for share, width in ((1.0, 5), (0.86, 3), (0.5, 4), (0.2, 4)):
            circle(cx, cy, radius * share, width)
        for turn in np.arange(0, 6.28, 0.2618):
            ray = np.array([np.cos(turn), np.sin(turn)])
            line([tuple(np.array([cx, cy]) + ray * r) for r in (radius * 0.5, radius * 0.86)], 2)
        line([(cx - radius - 14, cy), (cx + radius + 14, cy)], 2, 200)
        line([(cx, cy - radius - 14), (cx, cy + radius + 14)], 2, 200)
    for px, top, bottom in ((44, 40, 446), (66, 150, 400)):  # dimensions
        line([(px, top), (px, bottom)], 2)
        for end, way in ((top, 1), (bottom, -1)):
            line([(px - 5, end + way * 10), (px, end), (px + 5, end + way * 10)], 2)
            line([(px - 8, end), (middle - 56, end)], 1, 190)
    cv2.rectangle(sheet, (16, 16), (SIZE * scale - 16, SIZE * scale - 16), 255, 4)
    ink = cv2.resize(sheet, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    page = np.broadcast_to(colour("#1450a3"), (SIZE, SIZE, 3)).astype(np.float32)
    page = page * (1 + 0.07 * noise(90, 2, 4) + 0.04 * noise(2, 3))[..., None]
    worn = 0.84 + 0.16 * smoothstep(-1.5, 0.5, noise(2.2, 4))
    return mix(page, np.broadcast_to(colour("#f2f8ff"), page.shape), np.clip(ink * 1.15, 0, 1) * worn)


def sunset_poster() -> np.ndarray:
    """A screen-printed poster: a striped sun over dunes and palms."""
    x, y = grid()
    rng = np.random.default_rng(8)
    stipple = rng.random((SIZE, SIZE)).astype(np.float32)
    stipple = blur(stipple, 0.8)
    stipple = (stipple - 0.5) / stipple.std() * 0.2 + 0.5
    bands = np.floor((y / 330 + 0.16 * (stipple - 0.5)) * 7) / 6
    picture = ramp(bands, ["#2a1a5e", "#6a2480", "#c2307a", "#f4604f", "#ff9a3d", "#ffd166"])
    radius = np.hypot(x - 256, y - 238)
    slats = (y < 190) | (((y - 190) % 20) > 3 + (y - 190) * 0.06)
    disc = (radius < 122) & slats
    picture = np.where(disc[..., None], ramp((y - 116) / 240, ["#fff0a5", "#ffb347", "#ff5e62"]), picture)
    layers = [(300, 26, "#a32878", "#d8466f"), (352, 20, "#64206f", "#9c2d77"), (408, 22, "#2f145a", "#561f6b")]
    for index, (base, height, deep, lit) in enumerate(layers):
        top = base + height * np.sin(x / (75 - 9 * index) + 1.9 * index) + 10 * np.sin(x / 33 + index)
        depth = (y - top) / 60
        bars = 0.5 + 0.5 * np.cos(2 * np.pi * (y - top) / 11)
        light = (bars > 0.35 + depth * 0.7 + 0.35 * (stipple - 0.5)) & (depth > 0.03)
        hill = np.where(light[..., None], colour(lit), colour(deep))
        picture = np.where((y > top)[..., None], hill, picture)
    dark = np.zeros((SIZE, SIZE), np.uint8)
    for root, crown, height, lean in [(98, 60, 150, 34), (432, 46, 190, -30), (40, 38, 245, 12)]:
        path = [(root + lean * t**2, 520 - (520 - height) * t) for t in np.linspace(0, 1, 20)]
        points = (np.array(path) * 8).astype(np.int32)
        cv2.polylines(dark, [points], False, 255, 7, cv2.LINE_AA, 3)
        tx, ty = path[-1]
        for turn in np.linspace(-0.5, 3.64, 9):
            t = np.linspace(0, 1, 14)
            fx = tx + np.cos(turn) * crown * 1.6 * t
            fy = ty - np.sin(turn) * crown * 0.9 * t + crown * 1.1 * t**2
            for k in range(1, 14):
                wide = crown * 0.42 * np.sin(np.pi * min(t[k] + 0.12, 1.0)) + 1
                cv2.line(dark, (int(fx[k - 1]), int(fy[k - 1])), (int(fx[k]), int(fy[k])), 255, 3, cv2.LINE_AA)
                cv2.line(dark, (int(fx[k]), int(fy[k])), (int(fx[k]), int(fy[k] + wide)), 255, 2, cv2.LINE_AA)
    shade = dark.astype(np.float32) / 255
    picture = mix(picture.astype(np.float32), np.broadcast_to(colour("#160a35"), picture.shape), shade)
    return np.clip(picture * (1 + 0.05 * noise(2, 9))[..., None], 0, 1)


def riso_print() -> np.ndarray:
    """A cup of coffee in two grainy, misregistered inks."""
    tone = grey(cup())
    rng = np.random.default_rng(3)
    grain = blur(rng.random((SIZE, SIZE)).astype(np.float32), 0.9)
    grain = np.argsort(np.argsort(grain.ravel())).reshape(SIZE, SIZE).astype(np.float32) / SIZE**2
    picture = paper("#f7f2e4", 0.012, 4)
    soft = blur(tone, 1.5)
    plan = [
        ("#ff4f9a", 1.25 - 1.5 * np.abs(soft - 0.42) - 0.5 * soft, (3, -2)),
        ("#12b5a5", 0.95 - 1.9 * soft, (-2, 3)),
    ]
    for code, cover, (dx, dy) in plan:
        cover = np.roll(np.clip(cover, 0, 1), (dy, dx), (0, 1))
        dots = smoothstep(-0.10, 0.10, cover - np.roll(grain, dx * 37, 1))
        dots = dots * (0.93 + 0.04 * noise(50, 6, 3))
        picture = mix(picture, picture * colour(code), dots)
    return picture


def gilded() -> np.ndarray:
    """A tree of spirals on gold leaf, with inlaid ornaments."""
    scale = 2
    rng = np.random.default_rng(14)
    x, y = grid()
    leaf = noise(50, 2, 4) * 0.5 + noise(5, 3, 2) * 0.35
    squares = noise(64, 4)[(y // 46 * 46).astype(int), (x // 46 * 46).astype(int)]
    gold = ramp(0.5 + 0.16 * leaf + 0.10 * squares, ["#7a4d0c", "#c8921f", "#f3cf5b", "#fff2b5"])
    panel = cv2.resize((gold * 255).astype(np.uint8), None, fx=scale, fy=scale)
    inlay = [(16, 18, 22), (178, 40, 32), (20, 110, 84), (246, 238, 214), (30, 66, 130)]
    for gy in range(330, 540, 17):  # a meadow of ornaments
        for gx in range(-6, 540, 17):
            px, py = (int((v + rng.uniform(-3, 3)) * scale) for v in (gx, gy + 14 * np.sin(gx / 60)))
            tint, size = inlay[rng.integers(5)], int(rng.uniform(4, 8) * scale)
            if rng.random() < 0.5:
                cv2.circle(panel, (px, py), size, tint, -1, cv2.LINE_AA)
                cv2.circle(panel, (px, py), size // 2, inlay[rng.integers(5)], -1, cv2.LINE_AA)
            else:
                cv2.rectangle(panel, (px - size, py - size), (px + size, py + size), tint, -1)
                cv2.rectangle(panel, (px - size // 3, py - size // 3), (px + size // 3, py + size // 3), (240, 200, 90), -1)

    def curl(px: float, py: float, heading: float, size: float, turn: int, depth: int) -> None:
        """A branch that ends in a spiral, with smaller branches on its way."""
        bend = 0.0
        points = [(px, py)]
        steps = 90
        for step in range(steps):
            bend = turn * (0.012 + 0.30 * (step / steps) ** 2.0)
            heading += bend
            px, py = px + np.cos(heading) * size, py + np.sin(heading) * size
            points.append((px, py))
            if depth and step in (10, 22, 34, 46):
                curl(px, py, heading - turn * 0.75, size * 0.6, -turn, depth - 1)
        path = (np.array(points) * scale).astype(np.int32)
        cv2.polylines(panel, [path], False, (66, 34, 12), int(2 + 4.2 * size), cv2.LINE_AA)
        cv2.polylines(panel, [path], False, (150, 92, 24), max(int(1.6 * size), 1), cv2.LINE_AA)

    trunk = np.array([[224, 512], [240, 330], [246, 250], [266, 250], [272, 330], [288, 512]])
    cv2.fillPoly(panel, [trunk * scale], (66, 34, 12))
    for heading, turn in [(-2.1, -1), (-1.04, 1), (-2.6, -1), (-0.54, 1)]:
        curl(256, 300, heading, 4.6, turn, 2)
    for _ in range(46):
        px, py = int(rng.uniform(15, 497) * scale), int(rng.uniform(15, 300) * scale)
        cv2.ellipse(panel, (px, py), (11, 7), rng.uniform(0, 180), 0, 360, (246, 238, 214), -1, cv2.LINE_AA)
        cv2.circle(panel, (px, py), 5, inlay[rng.integers(5)], -1, cv2.LINE_AA)
    picture = cv2.resize(panel, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return emboss(picture, grey(picture, stretch=False) + 0.06 * noise(3, 6, 2), 0.10)


def sampler(count: int) -> np.ndarray:
    """A folk pattern, `count` squares wide: a heart, flowers, two birds and a border; 0 is bare."""
    half = np.zeros((count, count // 2 + 1), np.uint8)  # mirrored about the last column

    def spot(cx: int, cy: int, radius: int, wool: int) -> None:
        cv2.circle(half, (cx, cy), radius, wool, -1)

    middle = count // 2
    for cy, way in ((3, 1), (count - 4, -1)):
        for cx in range(0, middle + 1, 6):
            cv2.fillConvexPoly(half, np.array([[cx, cy + 3], [cx + 3, cy - 2], [cx + 6, cy + 3]]), 1)
    half[8] = half[-9] = 2
    spot(middle - 7, 22, 8, 1)  # heart
    cv2.fillConvexPoly(half, np.array([[middle - 15, 24], [middle, 24], [middle, 40]]), 1)
    spot(middle - 7, 22, 4, 3)
    spot(middle - 7, 22, 2, 4)
    cv2.line(half, (middle, 40), (middle, 54), 5, 2)  # stem and leaves
    cv2.line(half, (middle, 50), (middle - 22, 40), 5, 1)
    cv2.ellipse(half, (middle - 10, 50), (7, 2), 20, 0, 360, 5, -1)
    for cx, cy in ((9, 40), (7, 16)):  # flowers
        for dx, dy in ((-4, 0), (4, 0), (0, -4), (0, 4)):
            spot(cx + dx, cy + dy, 3, 3 if cy > 20 else 2)
        spot(cx, cy, 2, 4)
    cv2.ellipse(half, (13, 51), (7, 3), -12, 0, 360, 2, -1)  # bird
    spot(20, 48, 2, 2)
    cv2.line(half, (2, 54), (7, 51), 6, 2)
    cv2.line(half, (10, 50), (14, 51), 6, 1)
    half[48, 23] = 4
    half = half[:, : middle]
    return np.concatenate([half, half[:, ::-1]], axis=1)


def cross_stitch() -> np.ndarray:
    """A folk sampler in wool on linen."""
    pitch = 8
    count = SIZE // pitch
    codes = "#efe2c6 #c8202f #23518f #f0708a #f5b82e #3c8a4a #6fa8d6".split()
    wools = np.array([colour(code) for code in codes])
    pick = sampler(count)
    x, y = grid()
    hue = wools[pick].repeat(pitch, 0).repeat(pitch, 1)
    u, v = (x % pitch) - (pitch - 1) / 2, (y % pitch) - (pitch - 1) / 2
    rng = np.random.default_rng(2)
    linen = paper("#d9ccb0", 0.03, 3) * (0.7 + 0.1 * (np.cos(x * np.pi) + np.cos(y * np.pi)))[..., None]
    picture = linen.astype(np.float32)
    shade = rng.normal(1, 0.07, (count, count)).repeat(pitch, 0).repeat(pitch, 1)
    for sign in (1, -1):
        across, along = (u - sign * v) * 0.7071, (u + sign * v) * 0.7071
        round_ = np.clip(1 - (across / 2.3) ** 2, 0, 1)
        twist = 0.86 + 0.14 * np.cos((along * 2.2 + across * 1.6))
        thread = hue * (shade * twist * (0.45 + 0.62 * np.sqrt(round_)))[..., None]
        picture = mix(picture, thread.astype(np.float32), smoothstep(0.0, 0.35, round_))
    return np.clip(picture, 0, 1)


STYLES: list[Callable[[], np.ndarray]] = [
    oil_dabs,
    ink_wash,
    halftone_pop,
    stained_glass,
    watercolour,
    neon,
    sunset_poster,
    gilded,
    pastel_chalk,
    pencil_hatching,
    woodcut,
    mosaic,
    riso_print,
    blueprint,
    cross_stitch,
    palette_knife,
    wave_print,
    oil_portrait,
    chalk_portrait,
]


def save(picture: np.ndarray, path: Path) -> None:
    """Writes a JPEG of quality 86, or less if it would exceed 145 kB."""
    image = Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
    for quality in range(86, 50, -4):
        image.save(path, quality=quality, optimize=True)
        if path.stat().st_size <= 145_000:
            return


def main() -> None:
    cv2.setNumThreads(1)
    wanted = sys.argv[1:]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for style in STYLES:
        name = style.__name__
        if wanted and name not in wanted:
            continue
        path = FOLDER / f"{name}.jpg"
        save(style(), path)
        print(f"{name}: {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
