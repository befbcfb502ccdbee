"""PSNR and SSIM on Set5 and Set14 beside bicubic, milliseconds on one core, and, if wished, crops side by side."""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from data import SCALE, benchmark, files, imresize, read, three, whole
from metrics import picture_from, score

SETS = ("Set5", "Set14")
SHEET_SIDE = 96  # of a crop on the sheet, pixels
SHEET_ZOOM = 2  # so many times larger it is shown
LABEL_HEIGHT = 28  # above the columns, pixels


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


def middle(path):
    """A place on the sheet: the picture and the left and top of its middle crop."""
    height, width = whole(read(path)).shape[:2]
    return path, (width - SHEET_SIDE) // 2, (height - SHEET_SIDE) // 2


def label(text):
    strip = np.full((LABEL_HEIGHT, SHEET_SIDE * SHEET_ZOOM, 3), 255, np.uint8)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.6, 1)
    corner = ((strip.shape[1] - width) // 2, (LABEL_HEIGHT + height) // 2)
    return cv2.putText(strip, text, corner, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)


def sheet(networks, places, path):
    """A row for each of `places` (picture, left, top): original, nearest, bicubic, then each network."""
    ways = {"nearest": nearest, "bicubic": bicubic}
    ways |= {network.stem.removeprefix("superres_"): onnx_enlarger(session(network)) for network in networks}
    rows = [np.hstack([label(name) for name in ("original", *ways)])]
    for picture, left, top in places:
        high = whole(read(picture))
        low = imresize(high, 1 / SCALE)
        versions = [three(version) for version in (high, *(enlarge(low) for enlarge in ways.values()))]
        crops = [version[top : top + SHEET_SIDE, left : left + SHEET_SIDE] for version in versions]
        rows.append(np.hstack(crops).repeat(SHEET_ZOOM, 0).repeat(SHEET_ZOOM, 1))
    quality = [cv2.IMWRITE_JPEG_QUALITY, 90, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    cv2.imwrite(str(path), np.vstack(rows)[:, :, ::-1], quality if path.suffix == ".jpg" else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="+", type=Path, help="ONNX files")
    parser.add_argument("--tests", type=Path, required=True, help="folder that holds Set5 and Set14")
    parser.add_argument("--stylized", type=Path, help="folder of stylized faces that were held out, as stylized.py makes them")
    parser.add_argument("--save", type=Path, help="keep the first network's enlarged pictures in FOLDER/SET")
    parser.add_argument("--sheet", type=Path, help="write crops side by side to this picture, and measure nothing")
    parser.add_argument("--sheet-of", type=Path, nargs="+", help="folders that the sheet shows in place of the test sets")
    crop_help = "a crop that the sheet shows, by its left upper corner, in place of the middles of all pictures; several times for several"
    parser.add_argument("--crop", nargs=3, action="append", metavar=("PICTURE", "X", "Y"), help=crop_help)
    options = parser.parse_args()
    if options.sheet:
        chosen = [(Path(picture), int(x), int(y)) for picture, x, y in options.crop or []]
        folders = options.sheet_of or [options.tests / name for name in SETS]
        sheet(options.networks, chosen or [middle(path) for folder in folders for path in files(folder)], options.sheet)
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
