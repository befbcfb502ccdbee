"""NanoTrack without being told where the face is, for the tracker's table: it starts in the first frame in which YuNet finds a face (a
score of 0.6, as YuNet has it by default), from YuNet's best box, as a camera's app would have to start it. All other rows of peers
start from the true box of the first frame.

.venv/bin/python training/face/by_itself.py --measure ../shared/measure SEQUENCE GROUND_TRUTH

Prints the figures of track_score.py, calibrated and not.
"""

import argparse
import sys

SURE = 0.6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sequence")
    parser.add_argument("truth")
    parser.add_argument("--measure", required=True, help="folder of track_score.py")
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.measure)
    sys.dont_write_bytecode = True
    from common import YuNet, frames, models_dir
    from track_peers import Nano
    from track_score import load_gt, score

    models = models_dir(None)
    find, tracker, rows = YuNet(models), None, {}
    for number, picture in enumerate(frames(arguments.sequence)):
        if tracker:
            rows[number] = {0: tracker.update(picture)[0]}
            continue
        best = max(find(picture), key=lambda face: face[4], default=None)
        if best is not None and best[4] >= SURE:
            tracker = Nano(models)
            tracker.init(picture, best[:4])
            rows[number] = {0: list(best[:4])}
            print(f"starts in frame {number}")
    for calibrate in (True, False):
        for result in score(rows, load_gt(arguments.truth), calibrate=calibrate):
            name = "calibrated" if calibrate else "as it is"
            print(f"face {result['gt_id']}, {name}: auc {result['auc']:.3f}  false presence {result.get('false_presence')}")


if __name__ == "__main__":
    main()
