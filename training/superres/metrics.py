"""PSNR and SSIM as the papers give them: y channel (BT.601, 16..235, whole numbers), 4 pixels removed at each border."""

import cv2
import numpy as np
import torch

from data import three

BORDER = 4


def luma(picture):
    """y of an RGB picture, [h, w] in 16..235; a grey file is taken as y itself."""
    if picture.ndim == 2:
        return picture.astype(np.float64)
    return np.floor(picture.astype(np.float64) @ np.array([65.481, 128.553, 24.966]) / 255 + 16.5)


def comparable(high, enlarged):
    """The y channels of the original and of an enlarged picture, without the border."""
    if high.ndim == 2 and enlarged.ndim == 3:
        enlarged = cv2.cvtColor(enlarged, cv2.COLOR_RGB2GRAY)
    return [luma(picture)[BORDER:-BORDER, BORDER:-BORDER] for picture in (high, enlarged)]


def psnr(a, b):
    """Of two y channels, dB."""
    return float(10 * np.log10(255**2 / max(np.mean((a - b) ** 2), 1e-12)))


def ssim(a, b):
    """Of two y channels, 0..1: Gaussian window of 11 with sigma 1.5, whole windows only."""
    def blur(x):
        return cv2.GaussianBlur(x, (11, 11), 1.5)[5:-5, 5:-5]

    mean_a, mean_b = blur(a), blur(b)
    variance_a, variance_b, both = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2, blur(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return float((above / ((mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2))).mean())


def score(pairs, enlarge):
    """Mean PSNR and SSIM over `benchmark` pairs; `enlarge` takes and gives uint8 pictures."""
    rows = []
    for _, high, low in pairs:
        ours = comparable(high, enlarge(low))
        rows.append((psnr(*ours), ssim(*ours)))
    return tuple(np.mean(rows, 0).tolist())


def picture_from(values):
    """[3, h, w] in 0..1 to uint8 [h, w, 3]."""
    return np.clip(np.floor(np.moveaxis(values, 0, 2) * 255.0 + 0.5), 0, 255).astype(np.uint8)


def torch_enlarger(model, device):
    """`enlarge` of a PyTorch network."""

    def enlarge(low):
        image = torch.from_numpy(three(low)).to(device).permute(2, 0, 1)[None].float() / 255
        with torch.no_grad():
            return picture_from(model(image)[0].float().cpu().numpy())

    return enlarge
