"""Makes an exported face network 8-bit, for processors: the ranges of its activations come from crops as it was trained on.

python training/face/quantize.py training/runs/face_track/face_track.onnx models/face_track.onnx --data ../shared/data
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnxruntime

sys.path.insert(0, str(Path(__file__).parents[1]))

import data  # noqa: E402
import int8  # noqa: E402
from follow import feed  # noqa: E402
from lower import lower  # noqa: E402
from pairs import Pairs  # noqa: E402
from seeks import Seeks  # noqa: E402
from scenes import Scenes  # noqa: E402
from train_landmarks import Marked  # noqa: E402
from train_mask import Heads  # noqa: E402

COUNT = 160  # crops
# Convolutions that stay in floats, by their number in the graph: the first sees fine steps of brightness, the last give what is read
# as it is. Chosen by quantizing one layer at a time. The detector's first becomes 8-bit after all, for the time it takes (lower.py).
IN_FLOATS = {"face_detect": [0, 13, 16, 19], "face_track": [0, 10], "object_seek": [0, 6, 16], "face_landmarks": [0, 9, 10, 11, 12, 13], "face_mask": [0]}


def crops(name, pictures, cache):
    """Inputs of the network `name` in the order of its inputs, each uint8 [B, 3, S, S]."""
    if name == "face_track":
        return Pairs(pictures, 5).pairs(COUNT)[:2]
    if name == "object_seek":
        return Seeks(pictures, 5).batch(COUNT)[:2]
    if name == "face_detect":
        return (Scenes(pictures, 5).batch(COUNT, 320, 576)[0],)
    if name == "face_landmarks":
        stored = np.load(cache.parent / "face_marks/marks.npz")
        labels = {k: stored[f"train_{k}"] for k in ("picture", "face", "points", "hand")}
        return (Marked(pictures, labels, 5).examples(COUNT)[0],)
    return (Heads(cache.parent / "face_heads", "train", pictures, 5).examples(COUNT)[0],)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="NAME.onnx in floats, as export.py writes it")
    parser.add_argument("target", type=Path, help="models/NAME.onnx")
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--teachers", default="../shared/models")
    parser.add_argument("--cache", type=Path, default=Path("training/runs/face_data"))
    options = parser.parse_args()
    name = options.source.stem
    train, _ = data.load(options.cache, options.data, options.teachers)
    names = [i.name for i in onnxruntime.InferenceSession(str(options.source)).get_inputs()]
    seen = crops(name, train, options.cache)
    # An input of several crops an example (templates) has them a whole set apart.
    feeds = [{n: c[i::COUNT].astype(np.float32) / 255 for n, c in zip(names, seen)} for i in range(COUNT)]
    convolutions = int8.nodes(options.source)
    int8.quantize(options.source, options.target, feeds, [convolutions[i] for i in IN_FLOATS[name]])
    before, after = int8.session(options.source), int8.session(options.target)
    answers = [after.run(None, f) for f in feeds]
    if name == "face_detect":
        lower(options.target)
        after = int8.session(options.target)
        answers = [after.run(None, feed(after, crop.transpose(1, 2, 0))) for crop in seen[0]]
    gaps = [[np.abs(a - b).mean() for a, b in zip(before.run(None, f), answer)] for f, answer in zip(feeds, answers)]
    print(f"{options.target}: {options.target.stat().st_size} bytes, mean differences {np.mean(gaps, 0).round(5)}, worst {np.max(gaps, 0).round(4)}")


if __name__ == "__main__":
    main()
