"""How enlarged pictures look beside the original: feature distance, sharpness, a grid of pixels, a shift of colours.

features   distance of SqueezeNet's features to the original's, as `--stage gan` reckons it; lower is better
sharpness  variance of the Laplacian of y in units of the original's, geometric mean; 1 is as sharp
grid       power at periods of 4 and 2 pixels over that of the frequencies beside them, dB more than in the original; 0 is none
pattern    of 4x4 pixels that all of a picture has more than the original, grey levels; under 0.5 it is lost in rounding
colour     distance of the mean colours in Lab; about 2 can be seen
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from data import SCALE, benchmark, tensor, three
from evaluate import SETS, bicubic, nearest, onnx_enlarger, session
from features import Features, distance
from metrics import luma

WINDOW = 32  # side of a square whose spectrum is looked at, pixels
BESIDE = 3  # bins from a grid frequency to those it is compared with: the Hann window's peak is two wide
FAINT = 1.0  # grey levels; a window that varies by less counts for less


def sharpness(y):
    return float(cv2.Laplacian(y, cv2.CV_64F)[1:-1, 1:-1].var())


def spectrum(y):
    """Power [WINDOW, WINDOW] of half-overlapping Hann windows; each counts the same, whatever its contrast."""
    hann = np.hanning(WINDOW + 1)[:-1]
    windows = np.lib.stride_tricks.sliding_window_view(y, (WINDOW, WINDOW))[:: WINDOW // 2, :: WINDOW // 2]
    windows = windows - windows.mean((2, 3), keepdims=True)
    power = np.abs(np.fft.fft2(windows * np.outer(hann, hann))) ** 2
    return (power / (windows.var((2, 3), keepdims=True) + FAINT**2)).mean((0, 1))


def grid(y):
    """How far each frequency of a grid of SCALE pixels stands out of `y`, dB."""
    power, step, out = spectrum(y), WINDOW // SCALE, []
    for v, u in [(v, u) for v in range(0, WINDOW, step) for u in range(0, WINDOW, step) if (v, u) != (0, 0)]:
        around = [power[(v + dv) % WINDOW, (u + du) % WINDOW] for dv, du in ((0, BESIDE), (0, -BESIDE), (BESIDE, 0), (-BESIDE, 0))]
        out.append(10 * np.log10(power[v, u] / np.exp(np.mean(np.log(around)))))
    return np.array(out)


def pattern(difference):
    """Root mean square of what each of SCALE x SCALE places has on average, without the mean of all."""
    places = np.array([difference[y::SCALE, x::SCALE].mean() for y in range(SCALE) for x in range(SCALE)])
    return float(places.std())


def mean_colour(picture):
    return cv2.cvtColor(three(picture).astype(np.float32) / 255, cv2.COLOR_RGB2LAB).mean((0, 1))


def figures(pairs, enlarge, features):
    """{what: number} of one way of enlarging, over `benchmark` pairs."""
    far, sharp, grids, patterns, colours = [], [], [], [], []
    for _, high, low in pairs:
        high, ours = three(high), three(enlarge(low))
        with torch.no_grad():
            far.append(float(distance(*(features(tensor(picture[None])) for picture in (ours, high)))))
        y, wanted = luma(ours), luma(high)
        sharp.append(sharpness(y) / sharpness(wanted))
        grids.append(grid(y) - grid(wanted))
        patterns.append(pattern(y - wanted))
        colours.append(mean_colour(ours) - mean_colour(high))
    stands_out = np.mean(grids, 0)
    return {
        "features": np.mean(far),
        "sharpness": np.exp(np.mean(np.log(sharp))),
        "grid": stands_out.mean(),
        "grid, worst": stands_out.max(),
        "pattern": np.mean(patterns),
        "colour": np.linalg.norm(colours, axis=1).mean(),
        "colour, worst": np.linalg.norm(colours, axis=1).max(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="+", type=Path, help="ONNX files")
    parser.add_argument("--tests", type=Path, required=True, help="folder that holds Set5 and Set14")
    parser.add_argument("--stylized", type=Path, help="folder of stylized faces that were held out, as stylized.py makes them")
    parser.add_argument("--features", type=Path, required=True, help="squeezenet10.onnx")
    options = parser.parse_args()
    torch.set_num_threads(1)
    features = Features(options.features)
    ways = {"nearest": nearest, "bicubic": bicubic} | {path.stem: onnx_enlarger(session(path)) for path in options.networks}
    folders = {name: options.tests / name for name in SETS} | ({"stylized faces": options.stylized} if options.stylized else {})
    for name, folder in folders.items():
        pairs = benchmark(folder)
        for i, (way, enlarge) in enumerate(ways.items()):
            found = figures(pairs, enlarge, features)
            if i == 0:
                print(f"{name:<28}" + "".join(f"{what:>14}" for what in found))
            print(f"{way:<28}" + "".join(f"{value:>14.3f}" for value in found.values()), flush=True)


if __name__ == "__main__":
    main()
