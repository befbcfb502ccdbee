"""The old way, for the tracker's table: a face detector on every frame, the box nearest to the last one.

haar: OpenCV's frontal-face cascade (Viola and Jones, 2001); hog: dlib's frontal-face detector (histograms of oriented gradients,
after Dalal and Triggs, 2005). Needs its own environment, since OpenCV 5 has no cascades any more:

    python3 -m venv old && old/bin/pip install "opencv-contrib-python-headless<5" "numpy<2.3" dlib-bin
    old/bin/python training/face/baselines.py --measure ../shared/measure SEQUENCE GROUND_TRUTH

Prints the score of track_score.py, calibrated as it does for detectors with another idea of a box, and the median milliseconds.
"""

import argparse
import sys
import time

import cv2
import dlib
import numpy as np


def haar():
    net = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    return lambda grey: [tuple(map(float, box)) for box in net.detectMultiScale(grey, 1.1, 5, minSize=(24, 24))]


def hog():
    net = dlib.get_frontal_face_detector()
    return lambda grey: [(float(r.left()), float(r.top()), float(r.width()), float(r.height())) for r in net(grey, 0)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sequence")
    parser.add_argument("truth")
    parser.add_argument("--measure", required=True, help="folder of track_score.py")
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.measure)
    sys.dont_write_bytecode = True
    from common import frames
    from track_score import load_gt, score

    cv2.setNumThreads(1)
    pictures, truth = frames(arguments.sequence), load_gt(arguments.truth)
    truth = {0: truth[min(truth)]}
    first = truth[0][min(truth[0])][0]
    for make in (haar, hog):
        find, taken, rows = make(), [], {}
        last = np.array([first[0] + first[2] / 2, first[1] + first[3] / 2])
        for number, picture in enumerate(pictures):
            grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            start = time.perf_counter()
            found = find(grey)
            taken.append((time.perf_counter() - start) * 1e3)
            if found:
                best = min(found, key=lambda b: np.hypot(b[0] + b[2] / 2 - last[0], b[1] + b[3] / 2 - last[1]))
                last = np.array([best[0] + best[2] / 2, best[1] + best[3] / 2])
                rows[number] = {0: list(best)}
        result = score(rows, truth, calibrate=True)[0]
        gone = f"false presence {result['false_presence']}" if result.get("gone_frames") else ""
        print(f"{make.__name__:6} auc {result['auc']:.3f}  miou {result['miou']:.3f}  {np.median(taken):.2f} ms  {gone}", flush=True)


if __name__ == "__main__":
    main()
