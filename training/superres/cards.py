"""Writes NAME.card.toml beside NAME.onnx: what the network takes and gives, what it was trained on, how good it is."""

import datetime
import hashlib
import sys
from pathlib import Path

import onnx

sys.path.insert(0, str(Path(__file__).parents[1]))

import int8  # noqa: E402

DATA = [
    ("BSDS500 (train and test)", "BIDS/BSDS500", "research"),
    ("T91", "tegg89/SRCNN-Tensorflow", "research by custom"),
    ("ImageNet samples, halved", "EliSchwartz/imagenet-sample-images", "research"),
    ("Generated portraits", "faker-js/assets-person-portrait", "CC0"),
    ("Labeled Faces in the Wild (deep-funneled)", "umass-vis-lfw/umass-vis-lfw.github.io", "research by custom"),
    ("Generated portraits, stylized by style_transfer with assets/styles", "training/superres/stylized.py", "CC0 portraits"),
    ("Set5 (only to choose the best checkpoint)", "jbhuang0604/SelfExSR", "research"),
]
SQUEEZENET = [("SqueezeNet 1.0, as features to compare", "songhan/SqueezeNet-Deep-Compression", "BSD-2-Clause")]
WHAT = {
    "small": "Four 3x3 layers of 32 channels beside a trainable enlargement: made for real time on a processor.",
    "medium": "SRResNet made light: eight residual blocks of 48 channels at the low resolution beside a trainable enlargement, no batch norm, one pixel-shuffle at the end.",
    "deep": "The body of SRResNet (Ledig et al. 2017: 16 residual blocks of 64 channels) without batch norm, as in EDSR (Lim et al. 2017), LeakyReLU in "
    "place of PReLU, one pixel-shuffle beside a trainable enlargement; grown out of superres_medium, since it was trained on a processor.",
    "full": "SRResNet of Ledig et al. 2017: 16 residual blocks, batch norm folded into the weights.",
}
TASK = "Enlarges a picture four times; the low resolution is taken to be made by bicubic with anti-aliasing."
GAN = "Trained on against a discriminator (SRGAN): sharper, and less faithful by design."
INT8 = "The 8-bit twin of the network of the same name, for processors."
MEASURE = ".venv/bin/python training/superres/evaluate.py models/{name}.onnx --tests ../shared/data/super_resolution/test --stylized training/runs/superres_stylized/held_out"
TENSORS = [
    ("inputs", "image", '[1, 3, "height", "width"]', "RGB, sRGB-encoded; any height and width"),
    ("outputs", "image_x4", '[1, 3, "height_x4", "width_x4"]', "RGB, sRGB-encoded; four times as high and as wide"),
]


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def table(name, rows):
    return "\n".join([f"[[{name}]]", *(f"{key} = {value}" for key, value in rows)])


def write(network, state, figures, training):
    """`network` is the ONNX file's path, `state` its checkpoint, `figures` {what: (value, unit)}, `training` the command."""
    gan = state["stage"] == "gan"
    graph = onnx.load(network).graph
    head = [
        ("name", quoted(network.stem)),
        ("file", quoted(network.name)),
        ("sha256", quoted(hashlib.sha256(network.read_bytes()).hexdigest())),
        ("task", quoted(" ".join([TASK, WHAT[state["network"]], *([GAN] if gan else []), *([INT8] if int8.is_quantized(graph) else [])]))),
        ("license", quoted("MIT OR Apache-2.0")),
        ("date", quoted(datetime.date.today().isoformat())),
        ("training", quoted(training)),
        ("parameters", int8.parameters(graph)),
    ]
    parts = ["\n".join(f"{key} = {value}" for key, value in head)]
    for kind, name, shape, meaning in TENSORS:
        rows = [("name", quoted(name)), ("shape", shape), ("dtype", quoted("f32")), ("layout", quoted("NCHW"))]
        parts.append(table(kind, [*rows, ("range", "[0.0, 1.0]"), ("meaning", quoted(meaning))]))
    for what, source, rights in SQUEEZENET if gan else []:
        parts.append(table("teachers", [("name", quoted(what)), ("source", quoted(source)), ("license", quoted(rights))]))
    for what, source, rights in DATA:
        parts.append(table("data", [("name", quoted(what)), ("source", quoted(source)), ("rights", quoted(rights))]))
    for what, (value, unit) in figures.items():
        rows = [("name", quoted(what)), ("value", round(float(value), 4)), ("unit", quoted(unit))]
        parts.append(table("metrics", [*rows, ("command", quoted(MEASURE.format(name=network.stem)))]))
    network.with_suffix(".card.toml").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
