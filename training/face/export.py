"""Writes a checkpoint as ONNX, and checks it against PyTorch at several sizes. The cards are written by evaluate.py."""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from model import TRACK_SIDE, FaceDetector, FaceLandmarks, FaceMask, FaceTracker, ObjectSeeker, parameters

OPSET = 17
MAX_BYTES = 3_000_000


def session(path):
    """ONNX Runtime on one CPU thread, as in the app."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def milliseconds(runner, feed, runs=200):
    """Median time of one call."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        runner.run(None, feed)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken) * 1e3)


def check(model, path, feeds):
    """Largest difference between PyTorch and ONNX Runtime over `feeds`, relative to the size of the values."""
    runner = session(path)
    names = [i.name for i in runner.get_inputs()]
    worst = 0.0
    for feed in feeds:
        with torch.no_grad():
            expected = model(*(torch.from_numpy(f) for f in feed))
        expected = [expected] if isinstance(expected, torch.Tensor) else expected
        for ours, theirs in zip(expected, runner.run(None, dict(zip(names, feed)))):
            worst = max(worst, float(np.abs(ours.numpy() - theirs).max() / (1 + np.abs(theirs).max())))
    return worst


def export(model, path):
    """ONNX with the names that the app relies on."""
    model = model.float().eval().cpu().to(memory_format=torch.contiguous_format)
    random = np.random.default_rng(0)
    if isinstance(model, FaceDetector):
        sizes = [(192, 320), (256, 192), (320, 320), (32, 64)]
        feeds = [(random.random((1, 3, h, w), np.float32),) for h, w in sizes]
        outputs = {f"stride{stride}": {2: f"rows{stride}", 3: f"columns{stride}"} for stride in model.STRIDES}
        names = {"input_names": ["image"], "output_names": list(outputs)}
        names["dynamic_axes"] = {"image": {2: "height", 3: "width"}} | outputs
    elif isinstance(model, FaceLandmarks):
        feeds = [(random.random((1, 3, model.SIDE, model.SIDE), np.float32),) for _ in range(3)]
        names = {"input_names": ["image"], "output_names": ["points", "presence"]}
    elif isinstance(model, ObjectSeeker):
        sides = (2, model.TEMPLATE), (1, model.SIDE)
        feeds = [tuple(random.random((n, 3, side, side), np.float32) for n, side in sides) for _ in range(3)]
        names = {"input_names": ["templates", "search"], "output_names": ["scores", "places"]}
    elif isinstance(model, FaceMask):
        feeds = [(random.random((1, 3, model.SIDE, model.SIDE), np.float32),) for _ in range(3)]
        names = {"input_names": ["image"], "output_names": ["mask"]}
    else:
        feeds = [tuple(random.random((2, 1, 3, TRACK_SIDE, TRACK_SIDE), np.float32)) for _ in range(3)]
        names = {"input_names": ["previous", "search"], "output_names": ["box", "presence", "points"]}
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, tuple(torch.from_numpy(f) for f in feeds[0]), str(path), opset_version=OPSET, dynamo=False, **names
        )
    onnx.checker.check_model(str(path))
    size = Path(path).stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"{path} has {size} bytes, more than {MAX_BYTES}")
    difference = check(model, path, feeds)
    if difference > 1e-3:
        raise SystemExit(f"{path} differs from PyTorch by {difference:.1e}")
    inputs = [i.name for i in session(path).get_inputs()]
    took = milliseconds(session(path), dict(zip(inputs, feeds[0])))
    print(f"{path}: {parameters(model)} parameters, {size} bytes, {took:.2f} ms, differs by {difference:.1e}")


def load(path):
    """The network of a checkpoint (its smoothed weights)."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    networks = {
        "face_detect": FaceDetector,
        "face_track": FaceTracker,
        "object_seek": ObjectSeeker,
        "face_landmarks": FaceLandmarks,
        "face_mask": FaceMask,
    }
    model = networks[state["network"]]()
    model.load_state_dict(state["average"])
    return model.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", help="best.pt of a training run")
    parser.add_argument("output", help="models/NAME.onnx")
    arguments = parser.parse_args()
    export(load(arguments.checkpoint), arguments.output)


if __name__ == "__main__":
    main()
