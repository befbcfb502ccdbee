"""More reference pictures: portraits in oil, chalk and with the palette knife, waves as a woodblock print."""

import numpy as np

from media import SIZE, blur, colour, comb, emboss, flow, grey, grid, mix, noise, outline, paper, photo, portrait, ramp, saturate, smoothstep, strokes


def palette_knife() -> np.ndarray:
    """A portrait in thick, warm oil, laid on with the knife."""
    source = saturate(blur(portrait(), 1.2), 1.7)
    tone = grey(source)
    warm = ramp(tone, ["#1d2440", "#5c2a4a", "#b8452f", "#ef8a3c", "#ffd28a", "#fff3d6"])
    scene = np.clip(0.35 * source + 0.65 * warm, 0, 1)
    person = np.clip(blur(np.abs(source - np.array([0.75, 0.72, 0.7])).sum(-1), 12) * 1.6, 0, 1)
    backdrop = ramp(0.5 + 0.25 * noise(90, 3, 2), ["#0f6f74", "#1c9a91", "#8fd0b4"])
    scene = mix(backdrop, scene, smoothstep(0.35, 0.6, person))
    angle = flow(blur(tone, 2.0), 8.0) + 0.2 * noise(60, 4)
    picture = strokes(scene, scene, angle, 900, 46, 20, 5, 0.06)
    picture = strokes(picture, scene, angle, 2600, 26, 10, 6, 0.05)
    picture = strokes(picture, scene, angle, 3800, 13, 5, 7, 0.035)
    relief = grey(picture, stretch=False) + 0.5 * comb(noise(2.5, 8), angle, 8)
    return emboss(picture, relief, 0.24)


def face() -> np.ndarray:
    """The astronaut's face, large."""
    return blur(photo("astronaut", 128, 22, 196), 1.6)


def chalk_portrait() -> np.ndarray:
    """A face in charcoal and white chalk on toned paper."""
    tone = blur(grey(face()), 1.0)
    angle = flow(blur(tone, 2.0), 7.0)
    x, y = grid()
    picture = paper("#b89a74", 0.05, 12)
    coal, chalk = np.zeros_like(tone), np.zeros_like(tone)
    wobble = 1.4 * noise(60, 5)
    for layer, (level, turn, period) in enumerate([(0.52, 0.75, 7.0), (0.38, 2.2, 6.0), (0.24, 1.3, 5.0)]):
        along = x * np.cos(turn) + y * np.sin(turn) + wobble
        line = 0.5 + 0.5 * np.cos(2 * np.pi * along / period)
        depth = np.clip((level - tone) * 3.0, 0, 1)
        grain = comb(noise(2.2, 20 + layer), np.full_like(tone, turn + np.pi / 2), 9)
        coal = np.maximum(coal, depth * smoothstep(0.25, 0.85, line + 0.3 * grain))
    smudge = comb(np.clip((0.5 - tone) * 1.7, 0, 1).astype(np.float32), angle, 10)
    coal = np.maximum(coal, 0.62 * smudge * (0.85 + 0.2 * noise(2.0, 31)))
    coal = np.maximum(coal, outline(tone, 1.5, 26, -0.006))
    light = comb(noise(2.4, 40), np.full_like(tone, 2.3), 12)
    chalk = smoothstep(0.62, 0.86, tone) * np.clip(0.62 + 0.5 * light, 0, 1)
    picture = mix(picture, np.broadcast_to(colour("#fbf4e6"), picture.shape), 0.92 * chalk)
    return mix(picture, np.broadcast_to(colour("#211c1b"), picture.shape), 0.94 * coal)


def oil_portrait() -> np.ndarray:
    """A face in broad strokes of red, ochre and blue."""
    source = face()
    tone = grey(source)
    paint = ramp(tone, ["#101a3c", "#233f7a", "#7a2f4c", "#c8412f", "#ee8a3f", "#f8c478", "#fff0cf"])
    scene = np.clip(0.22 * saturate(source, 1.6) + 0.78 * paint, 0, 1)
    scene = np.clip(scene + 0.10 * noise(34, 3, 2)[..., None] * np.array([1.0, -0.2, -0.9], np.float32), 0, 1)
    angle = flow(blur(tone, 2.0), 6.0) + 0.25 * noise(50, 4)
    picture = strokes(scene, scene, angle, 900, 40, 18, 5, 0.09)
    picture = strokes(picture, scene, angle, 3000, 24, 9, 6, 0.07)
    picture = strokes(picture, scene, angle, 5200, 13, 5, 7, 0.05)
    fine = smoothstep(0.2, 0.6, blur(np.abs(tone - blur(tone, 4)), 2.0) * 9)
    picture = mix(picture, strokes(picture, scene, angle, 6000, 8, 3, 9, 0.03), fine)
    relief = grey(picture, stretch=False) + 0.5 * comb(noise(2.5, 8), angle, 8)
    return emboss(picture, relief, 0.22)


def crest(x: np.ndarray, base: float, height: float, period: float, phase: float) -> np.ndarray:
    """The top of a row of leaning waves for every column."""
    at = x / period + phase
    lean = at + 0.16 * np.sin(2 * np.pi * at)
    return base - height * (0.5 + 0.5 * np.sin(2 * np.pi * lean)) ** 1.5


def wave_print() -> np.ndarray:
    """Indigo waves under a pale sky, as a woodblock print."""
    x, y = grid()
    sky = ramp(y / 330 + 0.02 * noise(80, 2), ["#2b4a6f", "#9fb7b5", "#eadfc0", "#f1e2bd"])
    picture = sky * paper("#ffffff", 0.02, 3)
    sun = smoothstep(1.5, -1.5, np.hypot(x - 356, y - 120) - 52)
    picture = mix(picture, np.broadcast_to(colour("#d5482f"), picture.shape), sun)
    peak = np.abs(x - 150) * 0.62 + 150 + 4 * noise(25, 4)
    mountain = smoothstep(1.5, -1.5, peak - y)
    snow = smoothstep(2, -2, y - 205 - 12 * np.sin(x / 9.0) - 5 * noise(9, 5))
    picture = mix(picture, ramp(snow, ["#43617c", "#f6efdc"]), mountain)
    ink = np.broadcast_to(colour("#12233f"), picture.shape)
    picture = mix(picture, ink, smoothstep(2.6, 1.2, np.abs(peak - y)) * (y < 330))
    rows = [(292, 46, 230, 0.1), (345, 64, 275, 0.45), (405, 78, 330, 0.02), (470, 86, 300, 0.62)]
    tones = [["#7da3b0", "#3f6f92"], ["#5b8fae", "#2a5685"], ["#3c74a3", "#1c3f70"], ["#2a5c92", "#142f5c"]]
    for row, ((base, height, period, phase), pair) in enumerate(zip(rows, tones)):
        top = crest(x, base, height, period, phase) + 1.5 * noise(16, 20 + row)
        depth = y - top
        inside = smoothstep(-1.0, 1.0, depth)
        stripes = smoothstep(0.25, 0.55, np.sin(depth / 5.6 + 0.6 * np.sin(x / 46)))
        body = mix(ramp(depth / 120, pair), ramp(depth / 120, ["#c9d8cf", "#5f8fae"]), stripes * np.exp(-depth / 90) * 0.85)
        picture = mix(picture, body, inside)
        foam = smoothstep(np.maximum(12 + 5 * noise(13, 30 + row), 7), 6, np.abs(depth - 5)) * smoothstep(-6, 2, depth)
        claws = smoothstep(0.9, 1.3, noise(7, 40 + row)) * smoothstep(19, 13, depth) * inside
        picture = mix(picture, np.broadcast_to(colour("#f7f1e0"), picture.shape), np.maximum(foam, claws))
        picture = mix(picture, ink, smoothstep(2.4, 1.0, np.abs(depth)))
        edge = np.maximum(foam, claws)
        picture = mix(picture, ink, 0.9 * smoothstep(0.18, 0.0, np.abs(edge - 0.5)) * inside)
    fibre = comb(noise(2.0, 60), np.zeros((SIZE, SIZE), np.float32), 24)
    return np.clip(picture * (1 + 0.05 * (fibre / fibre.std())[..., None] * 0.6), 0, 1)
