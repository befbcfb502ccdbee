"""PSNR and SSIM on Set5 and Set14 beside bicubic, milliseconds on one core, and, if wished, crops side by side."""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from data import SCALE, benchmark, imresize, three
from metrics import picture_from, score

SETS = ("Set5", "Set14")
SHEET_SIDE = 160  # of a crop on the sheet, pixels


def session(path):
    """ONNX Runtime on one CPU thread, as in the app."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def milliseconds(runner, side=128, runs=100):
    """Least and median time of one call for a square picture."""
    image, taken = np.random.default_rng(0).random((1, 3, side, side), np.float32), []
    for _ in range(runs):
        start = time.perf_counter()
        runner.run(None, {"image": image})
        taken.append((time.perf_counter() - start) * 1e3)
    return float(min(taken)), float(np.median(taken))


def onnx_enlarger(runner):
    """uint8 in and out, of an ONNX network with `image` in 0..1."""

    def enlarge(low):
        image = np.moveaxis(three(low), 2, 0)[None] / np.float32(255)
        return picture_from(runner.run(None, {"image": image})[0][0])

    return enlarge


def bicubic(low):
    return imresize(low, SCALE)


def nearest(low):
    return np.repeat(np.repeat(low, SCALE, 0), SCALE, 1)


def figures(network, tests, stylized=None):
    """{what: (value, unit)} of an ONNX network; `tests` holds a folder for each of SETS, `stylized` held-out stylized faces."""
    runner, found = session(network), {}
    folders = {name: tests / name for name in SETS} | ({"stylized faces": stylized} if stylized else {})
    for name, folder in folders.items():
        pairs = benchmark(folder)
        for label, enlarge in (("", onnx_enlarger(runner)), (", bicubic", bicubic)):
            value, likeness = score(pairs, enlarge)
            found[f"PSNR {name}{label}"] = (value, "dB, y channel, 4 px border removed")
            found[f"SSIM {name}{label}"] = (likeness, "y channel, Gaussian window of 11, sigma 1.5")
    least, median = milliseconds(runner)
    found["time 128 to 512, one core, median"] = (median, "ms")
    found["time 128 to 512, one core, least"] = (least, "ms")
    return found


def sheet(networks, folders, path):
    """The middle of every picture: original, nearest, bicubic, then each network."""
    ways = [nearest, bicubic, *(onnx_enlarger(session(network)) for network in networks)]
    rows = []
    for folder in folders:
        for _, high, low in benchmark(folder):
            y, x = ((size - SHEET_SIDE) // 2 for size in high.shape[:2])
            versions = [three(high), *(three(enlarge(low)) for enlarge in ways)]
            rows.append(np.hstack([v[y : y + SHEET_SIDE, x : x + SHEET_SIDE] for v in versions]))
    cv2.imwrite(str(path), np.vstack(rows)[:, :, ::-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="+", type=Path, help="ONNX files")
    parser.add_argument("--tests", type=Path, required=True, help="folder that holds Set5 and Set14")
    parser.add_argument("--stylized", type=Path, help="folder of stylized faces that were held out, as stylized.py makes them")
    parser.add_argument("--save", type=Path, help="keep the first network's enlarged pictures in FOLDER/SET")
    parser.add_argument("--sheet", type=Path, help="write crops side by side to this picture, and measure nothing")
    parser.add_argument("--sheet-of", type=Path, nargs="+", help="folders that the sheet shows in place of the test sets")
    options = parser.parse_args()
    if options.sheet:
        sheet(options.networks, options.sheet_of or [options.tests / name for name in SETS], options.sheet)
        return
    for network in options.networks:
        print(network)
        for what, (value, unit) in figures(network, options.tests, options.stylized).items():
            print(f"  {what}: {value:.4f} {unit}")
    if options.save:
        enlarge = onnx_enlarger(session(options.networks[0]))
        for name in SETS:
            (options.save / name).mkdir(parents=True, exist_ok=True)
            for stem, _, low in benchmark(options.tests / name):
                cv2.imwrite(str(options.save / name / f"{stem}.png"), enlarge(low)[:, :, ::-1])


if __name__ == "__main__":
    main()
