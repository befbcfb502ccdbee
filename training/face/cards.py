"""Writes models/NAME.card.toml: what a network takes and gives, whom it learnt from, how good it is."""

import datetime
import hashlib
import sys
from pathlib import Path

import onnx

sys.path.insert(0, str(Path(__file__).parents[1]))

import int8  # noqa: E402

TEACHERS = [("YuNet-n (boxes and five points)", "ShiqiYu/libfacedetection.train", "Apache-2.0")]
POINT_TEACHERS = [
    ("OpenSeeFace landmarks (66 points)", "emilianavt/OpenSeeFace", "BSD-2-Clause"),
    ("FaceMesh (468 points)", "terryky/tflite_gles_app (MediaPipe)", "Apache-2.0"),
]
SEEK_TEACHERS = [("NanoTrack V3 backbone (features)", "HonglinChu/SiamTrackers", "Apache-2.0")]
MASK_TEACHERS = [
    ("Selfie segmentation", "Volcomix/virtual-background (MediaPipe)", "Apache-2.0"),
    ("Hair segmentation", "terryky/tflite_gles_app (MediaPipe)", "Apache-2.0"),
]

DATA = [
    ("Labeled Faces in the Wild (deep-funneled)", "umass-vis-lfw/umass-vis-lfw.github.io", "research by custom"),
    ("Generated portraits", "faker-js/assets-person-portrait", "CC0"),
    ("YouTube faces, frames", "udacity/P1_Facial_Keypoints", "research"),
    ("Head turning, people walking in", "intel-iot-devkit/sample-videos", "CC BY 4.0"),
    ("Selfie clips", "AnetaTexler/FaceBlit", "code is public domain; rights of the clips not stated"),
    ("Talking heads d12 and d13", "KwaiVGI/LivePortrait", "MIT repository, footage unclear"),
    ("BSDS500 (train and test), face-free", "BIDS/BSDS500", "research"),
    ("T91, face-free", "tegg89/SRCNN-Tensorflow", "research by custom"),
    ("ImageNet samples, halved, face-free", "EliSchwartz/imagenet-sample-images", "research"),
    ("Paintings, face-free", "irinainina/image-data", "no licence stated; nearly all public domain by the author's death"),
    ("Classic style-transfer references, face-free", "seven style-transfer repositories", "mixed: experiments only"),
    ("Rider-Waite-Smith tarot deck, face-free", "metabismuth/tarot-json", "MIT repository, public-domain art"),
]

# The detector's later falls learnt from the faces in the paintings, too, its last no longer from clips that are for tests only.
RENAMED = {
    "Paintings, face-free": "Paintings, with faces and without",
    "Selfie clips": "Selfie clips (not in the last 51 minutes)",
    "Talking heads d12 and d13": "Talking heads d12 and d13 (not in the last 51 minutes)",
}
DETECTOR_DATA = [(RENAMED.get(name, name), *rest) for name, *rest in DATA]

PICTURE = "RGB, sRGB-encoded"
FIVE = "x, y of right eye, left eye, nose tip, right mouth corner, left mouth corner (the person's right)"
BOX = "cx, cy, w, h, brow to chin"

NETWORKS = {
    "face_detect": {
        "task": "Finds every face in a picture: score, box, five points.",
        "training": "training/face/train_detector.py",
        "data": DETECTOR_DATA,
        "tensors": {
            "image": ("NHWC", [0, 255], f"{PICTURE}, and an alpha that is not looked at; height and width are multiples of 32; about 576x320 pixels"),
            **{
                f"stride{stride}": (
                    "NCHW",
                    None,
                    f"one cell for {stride}x{stride} input pixels: logit of a face with a good box; its middle from the cell's, in "
                    f"strides (x, y); logarithm of w and h, brow to chin, over {4 * stride} pixels; {FIVE}, from the cell's middle, "
                    f"over {4 * stride} pixels; overlaps are not removed",
                )
                for stride in (8, 16, 32)
            },
        },
    },
    "face_track": {
        "task": "Says where the face (or thing) of the previous frame is in this one, and whether it is there.",
        "training": "training/face/train_tracker.py --batch 64",
        "tensors": {
            "previous": (
                "NCHW",
                [0.0, 1.0],
                f"{PICTURE}; the last frame in a square window: middle of the previous box, side twice its longer side; black outside",
            ),
            "search": ("NCHW", [0.0, 1.0], f"{PICTURE}; this frame in the same window"),
            "box": ("NC", None, f"{BOX}, units of the window's side"),
            "presence": ("NC", [0.0, 1.0], "probability that the object is visible in the window"),
            "points": ("NC", None, f"{FIVE}, units of the window's side; of use for faces only"),
        },
    },
    "object_seek": {
        "task": "Says where in a wide window the object (head or thing) of two templates is, and how sure that is.",
        "training": "training/face/train_seeker.py",
        "teachers": TEACHERS + SEEK_TEACHERS,
        "measure": "training/face/evaluate_seeker.py --data ../shared/data",
        "tensors": {
            "templates": (
                "NCHW",
                [0.0, 1.0],
                f"{PICTURE}; how the object looked when it was seen well, and when it was seen last: squares round its box, side twice "
                "the longer side; black outside",
            ),
            "search": ("NCHW", [0.0, 1.0], f"{PICTURE}; this frame in a square round the last box, side four times its longer side"),
            "scores": ("NC", [0.0, 1.0], "probability that the object's middle is near, one a cell of 16x16, row by row"),
            "places": ("NCN", None, "each cell's x, y of the object's middle, units of the window's side, and how much larger it is"),
        },
    },
    "face_landmarks": {
        "task": "68 points of a face (iBUG order), and whether there is a face whose points can be trusted.",
        # The last 20 minutes with the patterns of training/face/mirages.py (training/README.md).
        "training": "training/face/mirages.py && .venv/bin/python training/face/train_landmarks.py --batch 64",
        "teachers": TEACHERS + POINT_TEACHERS,
        "measure": "training/face/evaluate_landmarks.py --data ../shared/data --teachers ../shared/models",
        "tensors": {
            "image": (
                "NCHW",
                [0.0, 1.0],
                f"{PICTURE}; upright square round the box's middle, side 1.5 times its longer side, level eyes; black outside",
            ),
            "points": ("NC", None, "x, y of 68 points, units of the square's side"),
            "presence": ("NC", [0.0, 1.0], "probability that the square holds a face about where it is said to be"),
        },
    },
    "face_mask": {
        "task": "What of a head's cut-out is face, and what is hair; hands and things in front are neither.",
        "training": "training/face/train_mask.py --rate 3e-3",
        "teachers": TEACHERS + POINT_TEACHERS + MASK_TEACHERS,
        "measure": "training/face/evaluate_mask.py",
        "tensors": {
            "image": (
                "NCHW",
                [0.0, 1.0],
                f"{PICTURE}; upright square round the head: side 1.9 times the box's longer side, its middle a tenth of the box's "
                "height above the box's; the picture's edge repeated outside",
            ),
            "mask": ("NCHW", [0.0, 1.0], "opacity of the face (forehead to chin, ears, beard, glasses; no neck) and of the hair or hat"),
        },
    },
}


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def table(name, rows):
    lines = [f"[[{name}]]"]
    for key, value in rows:
        lines.append(f"{key} = {value}")
    return "\n".join(lines)


def shape_of(value):
    sizes = [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
    return [s if isinstance(s, int) else s if s.isidentifier() else "count" for s in sizes]


def tensor(kind, value, facts):
    layout, bounds, meaning = facts
    shape = ", ".join(str(s) if isinstance(s, int) else quoted(s) for s in shape_of(value))
    dtype = "u8" if value.type.tensor_type.elem_type == onnx.TensorProto.UINT8 else "f32"
    rows = [("name", quoted(value.name)), ("shape", f"[{shape}]"), ("dtype", quoted(dtype)), ("layout", quoted(layout))]
    rows += [("range", str(bounds))] if bounds else []
    return table(kind, [*rows, ("meaning", quoted(meaning))])


def write(models, name, figures, minutes):
    """`figures`: {what: (value, unit)}; `minutes` of training. Writes the card beside the model."""
    facts, file = NETWORKS[name], Path(models) / f"{name}.onnx"
    graph = onnx.load(file).graph
    program = f".venv/bin/python {facts['training']} --data ../shared/data --teachers ../shared/models"
    how = f"{program} --minutes {minutes:g} --out training/runs/{name} (minutes: the sum over all starts, on one busy core)"
    if int8.is_quantized(graph):
        how += f"; then .venv/bin/python training/face/quantize.py training/runs/{name}/{name}.onnx models/{name}.onnx (8-bit)"
    head = [
        ("name", quoted(name)),
        ("file", quoted(file.name)),
        ("sha256", quoted(hashlib.sha256(file.read_bytes()).hexdigest())),
        ("task", quoted(facts["task"])),
        ("license", quoted("MIT OR Apache-2.0")),
        ("date", quoted(datetime.date.today().isoformat())),
        ("training", quoted(how)),
        ("parameters", str(int8.parameters(graph))),
    ]
    parts = ["\n".join(f"{key} = {value}" for key, value in head)]
    parts += [tensor("inputs", i, facts["tensors"][i.name]) for i in graph.input]
    parts += [tensor("outputs", o, facts["tensors"][o.name]) for o in graph.output]
    for who, source, license_name in facts.get("teachers", TEACHERS):
        parts.append(table("teachers", [("name", quoted(who)), ("source", quoted(source)), ("license", quoted(license_name))]))
    for what, source, rights in facts.get("data", DATA):
        parts.append(table("data", [("name", quoted(what)), ("source", quoted(source)), ("rights", quoted(rights))]))
    measure = ".venv/bin/python " + facts.get("measure", "training/face/evaluate.py --data ../shared/data")
    for what, (value, unit) in figures.items():
        number = round(float(value), 4)
        rows = [("name", quoted(what)), ("value", number), ("unit", quoted(unit)), ("command", quoted(measure))]
        parts.append(table("metrics", rows))
    (Path(models) / f"{name}.card.toml").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
