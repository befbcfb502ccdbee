"""Lowers a quantized network to what ONNX Runtime is quickest with on a processor. The answers stay what they are, but for the first
convolution's weights, which become 8-bit, too.

- The input is a picture's own bytes, RGBA, [1, height, width, 4]: nobody writes planes of floats, and the first convolution works on
  bytes and leaves its channels last, as those after it want them. Alpha has weights of zero.
- Doubling a map (nearest neighbour) copies bytes, pixels along rows and then rows, in place of a general resampling of floats.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LEVELS = 63  # weights use 7 bits, as int8.py has them


class Graph:
    """A graph's nodes and constants by name."""

    def __init__(self, model):
        self.graph = model.graph
        self.values = {t.name: numpy_helper.to_array(t) for t in self.graph.initializer}

    def constant(self, name, value):
        value = np.asarray(value)
        self.values[name] = value
        self.graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    def maker(self, name):
        return next(n for n in self.graph.node if name in n.output)

    def readers(self, name):
        return [n for n in self.graph.node if name in n.input]

    def replace(self, old, new):
        """Puts the nodes `new` in the place of `old`."""
        nodes = list(self.graph.node)
        at = nodes.index(old)
        nodes[at : at + 1] = new
        del self.graph.node[:]
        self.graph.node.extend(nodes)


def take_bytes(model):
    """The one picture that goes in is bytes, RGBA, channels last; the first convolution, still in floats, becomes 8-bit."""
    graph = Graph(model)
    (image,) = graph.graph.input
    (first,) = graph.readers(image.name)
    weight, bias = (graph.values[name] for name in first.input[1:3])
    weight = np.concatenate([weight, np.zeros_like(weight[:, :1])], 1)
    scale = np.abs(weight).max((1, 2, 3)).clip(1e-9).astype(np.float32) / LEVELS
    whole = np.round(weight / scale[:, None, None, None]).astype(np.int8)
    steps = (scale / 255).astype(np.float32)
    none = np.zeros(len(scale), np.int8)
    g, prefix = graph.constant, "bytes_"
    new = [
        helper.make_node("Transpose", [image.name], [prefix + "planes"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "DequantizeLinear",
            [prefix + "planes", g(prefix + "scale", np.float32(1 / 255)), g(prefix + "zero_point", np.uint8(0))],
            [prefix + "image"],
        ),
        helper.make_node(
            "DequantizeLinear", [g(prefix + "w", whole), g(prefix + "w_scale", scale), g(prefix + "w_zero_point", none)], [prefix + "weight"], axis=0
        ),
        helper.make_node(
            "DequantizeLinear",
            [g(prefix + "b", np.round(bias / steps).astype(np.int32)), g(prefix + "b_scale", steps), g(prefix + "b_zero_point", none.astype(np.int32))],
            [prefix + "bias"],
            axis=0,
        ),
    ]
    convolution = helper.make_node("Conv", [prefix + "image", prefix + "weight", prefix + "bias"], list(first.output), name=first.name)
    convolution.attribute.extend(first.attribute)
    graph.replace(first, new + [convolution])
    high, wide = (d.dim_param or d.dim_value for d in image.type.tensor_type.shape.dim[2:])
    image.CopyFrom(helper.make_tensor_value_info(image.name, TensorProto.UINT8, [1, high, wide, 4]))


def copy_doubled(model):
    """Every doubling; its answer is added to a map of that size, and both are 8-bit."""
    graph = Graph(model)
    for resize in [n for n in graph.graph.node if n.op_type == "Resize"]:
        small = graph.maker(resize.input[0])
        (add,) = graph.readers(resize.output[0])
        like = graph.maker(next(name for name in add.input if name != resize.output[0]))
        name = resize.name.strip("/") + "_"

        def node(kind, inputs, output, **more):
            return helper.make_node(kind, inputs, [name + output], name=name + output, **more)

        new = [
            node("Transpose", [small.input[0]], "last", perm=[0, 2, 3, 1]),
            node("Concat", [name + "last", name + "last"], "beside", axis=3),  # each pixel beside itself
            node("Reshape", [name + "beside", graph.constant(name + "lines", np.array([0, 0, 1, -1]))], "rows"),
            node("Concat", [name + "rows", name + "rows"], "below", axis=2),  # each row below itself
            node("Transpose", [like.input[0]], "like", perm=[0, 2, 3, 1]),
            node("Shape", [name + "like"], "shape"),
            node("Reshape", [name + "below", name + "shape"], "doubled"),
            node("Transpose", [name + "doubled"], "first", perm=[0, 3, 1, 2]),
            helper.make_node("DequantizeLinear", [name + "first", *small.input[1:]], list(resize.output), name=name + "floats"),
        ]
        graph.replace(resize, new)


def lower(path):
    """The network of a file, in place."""
    model = onnx.load(path)
    take_bytes(model)
    copy_doubled(model)
    tidy(model)
    onnx.save(model, path)


def tidy(model):
    """Leaves out what nobody reads."""
    graph = model.graph
    while True:
        read = {name for n in graph.node for name in n.input} | {o.name for o in graph.output}
        unread = [n for n in graph.node if not read & set(n.output)]
        if not unread:
            break
        for node in unread:
            graph.node.remove(node)
    for tensor in [t for t in graph.initializer if t.name not in read]:
        graph.initializer.remove(tensor)
    del graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
