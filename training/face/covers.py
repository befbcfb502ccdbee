"""Things in front of a face with a known shape: hands with skin of the face's own colour, cups, phones, microphones, bars.

Pictures are RGB uint8 [S, S, 3]; what covers is a soft mask float32 [S, S] in 0..1. Lengths are in units of the crop's side.
"""

import cv2
import numpy as np

from light import texture

KINDS = {"hand": 0.55, "thing": 0.25, "microphone": 0.1, "bar": 0.1}
GRID = 16  # steps in a pixel that OpenCV draws at


def line(mask, start, end, width):
    """A rod with round ends; points [2] in pixels."""
    ends = [tuple(int(v) for v in np.clip(p, -2000, 2000)) for p in (start, end)]
    cv2.line(mask, *ends, 255, max(1, round(width)), cv2.LINE_AA)


def disc(mask, centre, axes, angle=0.0):
    """A filled ellipse; half axes in pixels, angle in degrees."""
    shift = [tuple(int(v * GRID) for v in np.clip(pair, -2000, 2000)) for pair in (centre, axes)]
    cv2.ellipse(mask, shift[0], shift[1], angle, 0, 360, 255, -1, cv2.LINE_AA, 4)


def smooth_field(random, side, cells, spread):
    """Random values about 1 that change slowly, [S, S, 1]."""
    coarse = random.normal(1.0, spread, (cells, cells)).astype(np.float32)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)[:, :, None]


def skin(random, source, side):
    """A picture of skin only, [S, S, 3]: a cheek of the head `source` (a kept cut-out), spread out, or its plain colour."""
    high = source.shape[0]
    left = random.random() < 0.5
    x, y = int(high * (0.39 if left else 0.54)), int(high * random.uniform(0.54, 0.58))
    part = source[y : y + int(high * 0.07), x : x + int(high * 0.07)]
    if random.random() < 0.5:
        tiled = np.vstack([part, part[::-1]])
        tiled = np.tile(np.hstack([tiled, tiled[:, ::-1]]), (3, 3, 1))
        fill = cv2.resize(tiled, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32)
        fill = cv2.GaussianBlur(fill, (0, 0), random.uniform(0.5, 4.0))
    else:
        fill = np.broadcast_to(np.median(part.reshape(-1, 3), axis=0), (side, side, 3)).astype(np.float32)
    return fill * np.exp(random.normal(0, 0.15)) + random.normal(0, 5, 3)


def hand(random, side):
    """(mask uint8 [S, S] of a hand with its arm, [S, S] darkness of the gaps between the fingers in 0..1)."""
    mask, gaps = np.zeros((side, side), np.uint8), np.zeros((side, side), np.uint8)
    palm = side * random.uniform(0.09, 0.17)  # half width
    turn = random.uniform(0, 2 * np.pi) if random.random() < 0.35 else random.normal(-np.pi / 2, 0.7)
    along, aside = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    centre = side * (np.array([0.5, 0.56]) + random.normal(0, 0.17, 2))
    disc(mask, centre, (palm * 1.05, palm * 0.95), np.rad2deg(turn))
    if random.random() < 0.75:
        line(mask, centre - along * palm * 0.5, centre - along * side * 1.4 + aside * random.normal(0, 0.2) * side, palm * 1.3)
    spread = random.uniform(0.0, 0.22)
    fist = random.random() < 0.25
    width = palm * random.uniform(0.42, 0.52)
    shown = random.integers(1, 5) if random.random() < 0.35 else 4
    first = random.integers(0, 5 - shown)
    tips = []
    for finger in range(first, first + shown):
        place = finger - 1.5
        root = centre + along * palm * 0.75 + aside * place * palm * 0.47
        bend = turn + place * spread + random.normal(0, 0.05)
        length = palm * (0.5 if fist else random.uniform(1.1, 1.8)) * (1 - 0.09 * abs(place - 0.2))
        knuckle = root + np.array([np.cos(bend), np.sin(bend)]) * length * 0.55
        bend += random.normal(0, 0.15)
        tip = knuckle + np.array([np.cos(bend), np.sin(bend)]) * length * 0.45
        line(mask, root, knuckle, width)
        line(mask, knuckle, tip, width * 0.9)
        tips.append((root, knuckle, tip))
    if random.random() < 0.7:
        sign = random.choice([-1, 1])
        bend = turn + sign * random.uniform(0.4, 1.1)
        root = centre + aside * sign * palm * 0.7
        line(mask, root, root + np.array([np.cos(bend), np.sin(bend)]) * palm * random.uniform(0.6, 1.3), width * 1.05)
    for one, other in zip(tips, tips[1:]):
        for a, b in ((0, 1), (1, 2)):
            line(gaps, (one[a] + other[a]) / 2, (one[b] + other[b]) / 2, side / 90)
    return mask, cv2.GaussianBlur(gaps, (0, 0), side / 160).astype(np.float32) / 255


def thing(random, side):
    """A cup, a phone, a book, a ball: mask uint8 [S, S]."""
    mask = np.zeros((side, side), np.uint8)
    centre = side * (np.array([0.5, 0.55]) + random.normal(0, 0.2, 2))
    half = side * random.uniform(0.06, 0.24, 2)
    angle = random.normal(0, 25) if random.random() < 0.7 else random.uniform(0, 180)
    if random.random() < 0.4:
        disc(mask, centre, half, angle)
        return mask
    corners = cv2.boxPoints((tuple(map(float, centre)), tuple(map(float, 2 * half)), float(angle)))
    if random.random() < 0.4:  # wider on top
        corners[:2] = corners[:2].mean(0) + (corners[:2] - corners[:2].mean(0)) * random.uniform(1.0, 1.4)
    cv2.fillConvexPoly(mask, np.round(corners * GRID).astype(np.int32), 255, cv2.LINE_AA, 4)
    return mask


def microphone(random, side):
    """A ball on a stick from below or from a side: mask uint8 [S, S]."""
    mask = np.zeros((side, side), np.uint8)
    centre = side * (np.array([0.5, 0.72]) + random.normal(0, [0.14, 0.08], 2))
    radius = side * random.uniform(0.03, 0.09)
    disc(mask, centre, (radius, radius * random.uniform(1.0, 1.4)), random.uniform(0, 180))
    turn = random.normal(np.pi / 2, 0.6)
    line(mask, centre, centre + np.array([np.cos(turn), np.sin(turn)]) * side, radius * random.uniform(0.5, 1.3))
    return mask


def bar(random, side):
    """A pole, a strap, a table's edge: mask uint8 [S, S]."""
    mask = np.zeros((side, side), np.uint8)
    ends = side * random.uniform(-0.3, 1.3, (2, 2))
    line(mask, *ends, side * random.uniform(0.03, 0.18))
    return mask


def cover(random, crop, source, backgrounds):
    """(crop with something in front, its soft mask). `source`: a head whose skin a hand may have, often the crop's own."""
    side = crop.shape[0]
    kind = random.choice(list(KINDS), p=list(KINDS.values()))
    gaps = None
    if kind == "hand":
        mask, gaps = hand(random, side)
    else:
        mask = {"thing": thing, "microphone": microphone, "bar": bar}[kind](random, side)
    if kind == "hand" and random.random() < 0.9 or kind == "bar" and random.random() < 0.4:
        fill = skin(random, source, side)
    elif kind == "microphone" and random.random() < 0.7:
        fill = np.full((side, side, 3), random.uniform(5, 70), np.float32) + random.normal(0, 5, 3)
        fill = fill * (1 + 0.25 * random.normal(0, 1, (side, side, 1)).astype(np.float32))
    else:
        fill = texture(random, backgrounds, side, side).astype(np.float32)
    fill = fill * smooth_field(random, side, 4, 0.12)
    # Round things are darker at the rim, and the light comes from one side.
    depth = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3)
    depth = cv2.GaussianBlur(np.minimum(depth / (side * 0.04), 1), (0, 0), side / 80)[:, :, None]
    fill = fill * (1 - random.uniform(0.0, 0.5) * (1 - depth))
    if random.random() < 0.7:
        turn, strength = random.uniform(0, 2 * np.pi), random.uniform(0, 60)
        slope = cv2.Sobel(depth, cv2.CV_32F, 1, 0) * np.cos(turn) + cv2.Sobel(depth, cv2.CV_32F, 0, 1) * np.sin(turn)
        fill = fill + (slope * strength)[:, :, None]
    if gaps is not None:
        fill = fill * (1 - random.uniform(0.1, 0.6) * gaps[:, :, None])
    over = cv2.GaussianBlur(mask, (0, 0), random.uniform(0.5, 1.2)).astype(np.float32) / 255
    under = crop.astype(np.float32)
    if random.random() < 0.6:  # its shadow on what lies behind
        move = np.float32([[1, 0, random.normal(0, 3)], [0, 1, random.uniform(0, 5)]])
        shadow = cv2.GaussianBlur(cv2.warpAffine(over, move, (side, side)), (0, 0), random.uniform(1.5, 5))
        under = under * (1 - random.uniform(0.1, 0.5) * shadow[:, :, None])
    return np.clip(under + (fill - under) * over[:, :, None], 0, 255).astype(np.uint8), over
