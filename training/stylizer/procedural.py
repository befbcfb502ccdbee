"""Drawn references: a picture redrawn as hatching, halftone, mosaic, stained glass, ink wash or neon.

Paintings alone do not teach the encoder such references, and users like them. Every function takes and returns
a uint8 RGB picture [h, w, 3], and draws its parameters from the generator it is given.
"""

import cv2
import numpy as np

PAPERS = ((255, 255, 255), (250, 244, 228), (238, 232, 214), (226, 232, 240))


def luminance(picture: np.ndarray) -> np.ndarray:
    """Contrast-stretched luminance in [0, 1], float32."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 1.2).astype(np.float32)
    low, high = np.percentile(grey, (2, 98))
    return np.clip((grey - low) / max(high - low, 1.0), 0.0, 1.0)


def inked(ink: np.ndarray, rng: np.random.Generator, dark: tuple[int, int, int] | None = None) -> np.ndarray:
    """Lays `ink`, [h, w] in [0, 1], in one dark colour over a paper."""
    paper = np.array(PAPERS[rng.integers(len(PAPERS))], np.float32)
    colour = np.array(dark, np.float32) if dark else rng.uniform(0, 90, 3).astype(np.float32)
    return (paper + (colour - paper) * ink[..., None]).clip(0, 255).astype(np.uint8)


def hatching(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = picture.shape[:2]
    grey = luminance(picture)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    wobble = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 9) * 30
    ink = np.zeros_like(grey)
    first_angle = rng.uniform(0, np.pi)
    for level in range(rng.integers(2, 5)):
        angle = first_angle + level * rng.uniform(0.6, 1.2)
        spacing = rng.uniform(4, 9)
        wave = np.cos((x * np.cos(angle) + y * np.sin(angle) + wobble) * 2 * np.pi / spacing)
        darkness = np.clip(0.95 - 0.22 * level - grey, 0, 1)
        ink = np.maximum(ink, np.clip((wave - 1 + 1.6 * darkness) * 3, 0, 1))
    edges = cv2.GaussianBlur(cv2.Canny(picture, 60, 140), (0, 0), 0.8) / 255.0
    return inked(np.maximum(ink, edges * rng.uniform(0, 1.5)).clip(0, 1), rng)


def halftone(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    cell = rng.uniform(5, 14)

    def dots(tone: np.ndarray, angle: float) -> np.ndarray:
        u = (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / cell
        v = (y * np.cos(angle) - x * np.sin(angle)) * 2 * np.pi / cell
        return np.clip(((np.cos(u) + np.cos(v)) / 4 + 0.5 - tone) * 6 + 0.5, 0, 1)

    if rng.random() < 0.5:
        return inked(dots(luminance(picture), rng.uniform(0, np.pi)), rng)
    smooth = cv2.GaussianBlur(picture, (0, 0), 2).astype(np.float32) / 255
    plates = [1 - dots(smooth[..., c], angle) for c, angle in enumerate((0.26, 1.31, 0.0))]
    return (np.stack(plates, -1) * 255).astype(np.uint8)


def cells(picture: np.ndarray, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Voronoi cells: the label of each pixel, and the mean colour of each cell."""
    height, width = picture.shape[:2]
    seeds = np.zeros((height, width), np.uint8)
    seeds[rng.integers(height, size=count), rng.integers(width, size=count)] = 1
    _, labels = cv2.distanceTransformWithLabels(1 - seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    flat = labels.ravel()
    counts = np.maximum(np.bincount(flat), 1)
    means = [np.bincount(flat, picture[..., c].ravel()) / counts for c in range(3)]
    return labels, np.stack(means, -1).astype(np.float32)


def borders(labels: np.ndarray, width_px: int) -> np.ndarray:
    """1 where two cells meet, [h, w]."""
    kernel = np.ones((width_px + 1, width_px + 1), np.uint8)
    as_float = labels.astype(np.float32)
    return (cv2.dilate(as_float, kernel) != cv2.erode(as_float, kernel)).astype(np.float32)


def mosaic(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    labels, means = cells(picture, rng, int(rng.integers(500, 2200)))
    means = means + rng.normal(0, 12, means.shape)
    grout = np.array((rng.integers(20, 220),) * 3, np.float32)
    lines = borders(labels, 1)[..., None]
    return (means[labels] * (1 - lines) + grout * lines).clip(0, 255).astype(np.uint8)


def stained_glass(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    labels, means = cells(picture, rng, int(rng.integers(80, 420)))
    grey = means.mean(1, keepdims=True)
    means = grey + (means - grey) * rng.uniform(1.8, 3.5) + rng.normal(0, 22, means.shape)
    light = cv2.GaussianBlur(rng.normal(1, 1, labels.shape).astype(np.float32), (0, 0), 5)[..., None]
    lead = cv2.GaussianBlur(borders(labels, int(rng.integers(2, 5))), (0, 0), 0.7)[..., None]
    return (means[labels] * (0.7 + 0.3 * light) * (1 - lead) + 12 * lead).clip(0, 255).astype(np.uint8)


def ink_wash(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    grey = cv2.bilateralFilter((luminance(picture) * 255).astype(np.uint8), 9, 60, 9).astype(np.float32) / 255
    steps = int(rng.integers(3, 6))
    wash = cv2.GaussianBlur(np.round(grey * steps) / steps, (0, 0), rng.uniform(0.8, 2.5))
    grain = cv2.GaussianBlur(rng.normal(0, 1, grey.shape).astype(np.float32), (0, 0), 2) * 0.25
    edges = cv2.GaussianBlur(cv2.Canny(picture, 70, 160), (0, 0), 1.2) / 255.0
    return inked((1 - wash + grain * (1 - wash) + edges * 1.2).clip(0, 1) ** rng.uniform(0.8, 1.6), rng)


def neon(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    edges = cv2.Canny(cv2.GaussianBlur(picture, (0, 0), 1.5), 40, 110).astype(np.float32) / 255
    hue = (luminance(picture) * rng.uniform(60, 180) + rng.uniform(0, 180)) % 180
    hsv = np.stack([hue, np.full_like(hue, 235), np.full_like(hue, 255)], -1).astype(np.uint8)
    colour = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)
    glow = sum(cv2.GaussianBlur(edges, (0, 0), s) * g for s, g in ((0.8, 1.6), (3, 2.2), (9, 2.5)))
    base = picture.astype(np.float32) * rng.uniform(0.02, 0.2)
    return (base + colour * glow[..., None]).clip(0, 255).astype(np.uint8)


DRAWINGS = (hatching, halftone, mosaic, stained_glass, ink_wash, neon)
