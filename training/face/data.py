"""Pictures with pseudo-labels: reads the sets, asks the teacher, keeps the result as one cache.

A face is a row of 15 numbers in pixels of the kept picture: cx, cy, w, h, five points x, y, teacher's score. Faces under
`SURE` are neither a face nor background: training leaves them out. People are split, not pictures: all pictures of a person
are on one side, and some clips are never trained on.
"""

import argparse
import csv
import json
import re
import zlib
from pathlib import Path

import cv2
import numpy as np

SURE = 0.7
KEPT_SIDE = 400
MIRROR = [1, 0, 2, 4, 3]  # the order of the five points after mirroring
CLIPS = [
    "clips/faceblit/target1.mp4",
    "clips/faceblit/target2.mp4",
    "clips/intel/face-demographics-walking-and-pause.gif",
    "clips/intel/head-pose-face-detection-female.gif",
    "clips/intel/head-pose-face-detection-female-and-male.gif",
    "clips/intel/head-pose-face-detection-male.gif",
    "clips/liveportrait/d9.mp4",
    "clips/liveportrait/d12.mp4",
    "clips/liveportrait/d13.mp4",
    "clips/stress/leave_return.mp4",
    "clips/stress/two_faces.mp4",
    "tracking/OTB_DragonBaby",
]
TESTS_ONLY = ("d12", "d13", "target1", "target2")  # by their sources; what was trained before this stood here has seen them
HELD_OUT = ("d9", "leave_return", "two_faces", "OTB_DragonBaby", *TESTS_ONLY)  # leave_return shows the person of d9
FACE_FREE = ["super_resolution/train", "styles/classics"]  # paintings hold faces that the teacher does not know


def iou(a, b):
    """Intersection over union of boxes cx, cy, w, h; broadcasts over leading axes."""
    low = np.maximum(a[..., :2] - a[..., 2:4] / 2, b[..., :2] - b[..., 2:4] / 2)
    high = np.minimum(a[..., :2] + a[..., 2:4] / 2, b[..., :2] + b[..., 2:4] / 2)
    both = np.prod(np.maximum(high - low, 0), axis=-1)
    return both / (np.prod(a[..., 2:4], -1) + np.prod(b[..., 2:4], -1) - both + 1e-9)


def suppress(faces, overlap=0.4):
    """Non-maximum suppression; `faces` [N, 15], the score last. Best first."""
    kept = []
    for face in faces[np.argsort(-faces[:, 14])]:
        if all(iou(face, other) < overlap for other in kept):
            kept.append(face)
    return np.array(kept, np.float32).reshape(-1, 15)


class Teacher:
    """YuNet at several scales and mirrored; the answers are averaged, weighted by score."""

    def __init__(self, models, sides=(200, 320), least=0.3):
        self.sides, self.least = sides, least
        self.net = cv2.FaceDetectorYN.create(
            str(Path(models) / "yunet" / "yunet_n_320_320.onnx"), "", (320, 320), least, 0.3, 200
        )

    def once(self, image, side, mirrored):
        scale = side / max(image.shape[:2])
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=how)
        if mirrored:
            small = np.ascontiguousarray(small[:, ::-1])
        # The network wants multiples of 32.
        high, wide = ((n + 31) // 32 * 32 for n in small.shape[:2])
        canvas = np.zeros((high, wide, 3), np.uint8)
        canvas[: small.shape[0], : small.shape[1]] = small
        self.net.setInputSize((wide, high))
        _, found = self.net.detect(canvas)
        if found is None:
            return np.zeros((0, 15), np.float32)
        faces = np.concatenate([found[:, :2] + found[:, 2:4] / 2, found[:, 2:15]], axis=1)
        if mirrored:
            faces = mirror(faces, small.shape[1])
        faces[:, :14] /= scale
        return faces.astype(np.float32)

    def __call__(self, image):
        """Faces [N, 15] of a BGR picture."""
        views = [self.once(image, side, m) for side in self.sides for m in (False, True)]
        everything = np.concatenate(views)
        result = []
        for best in suppress(everything):
            same = everything[iou(everything, best) > 0.5]
            weight = same[:, 14:] ** 4
            mean = (same * weight).sum(0) / weight.sum()
            mean[14] = same[:, 14].max() * min(1.0, 0.6 + 0.4 * len(same) / len(views))
            result.append(mean)
        return np.array(result, np.float32).reshape(-1, 15)


def mirror(faces, width):
    """The faces of the picture of `width` pixels after mirroring."""
    out = faces.copy()
    out[:, 0] = width - out[:, 0]
    points = out[:, 4:14].reshape(-1, 5, 2)[:, MIRROR].copy()
    points[:, :, 0] = width - points[:, :, 0]
    out[:, 4:14] = points.reshape(-1, 10)
    return out


def frames(path):
    """BGR frames of a clip or of a folder of pictures."""
    path = Path(path)
    if path.is_dir():
        for file in sorted(path.glob("*.jpg")):
            yield cv2.imread(str(file))
        return
    capture = cv2.VideoCapture(str(path))
    while True:
        good, image = capture.read()
        if not good:
            return
        yield image


def shrink(image, side=KEPT_SIDE):
    """The picture with its longer side at most `side`."""
    scale = side / max(image.shape[:2])
    if scale >= 1:
        return image
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def held_out(name, share):
    """A steady choice of names for validation."""
    return zlib.crc32(name.encode()) % 1000 < share * 1000


def inventory(data):
    """Yields (set, person, validation?, frame number, BGR picture) over all pictures with faces."""
    for file in sorted((data / "faces/lfw").rglob("*.jpg")):
        yield "lfw", file.stem, held_out(file.stem, 0.08), 0, cv2.imread(str(file))
    for file in sorted((data / "faces/faker_cc0").rglob("*.jpg")):
        yield "faker_cc0", file.stem, held_out(file.stem, 0.1), 0, cv2.imread(str(file))
    for file in sorted((data / "tracking/youtube_faces/frames").glob("*.jpg")):
        person = re.sub(r"_\d+$", "", file.stem)
        yield "youtube_faces", person, held_out(person, 0.12), 0, cv2.imread(str(file))
    for clip in CLIPS:
        name = Path(clip).stem
        for number, image in enumerate(frames(data / clip)):
            yield "clip", name, name in HELD_OUT, number, image
    for file in sorted((data / "styles/paintings").rglob("*.jpg")):  # children and heads in profile, whom photographs here lack
        yield "painting", file.stem, held_out(file.stem, 0.12), 0, cv2.imread(str(file))


def prepare(data, teachers, out):
    """Writes pixels.npy (all pictures, one after the other, RGB) and pictures.json (where each lies, and its faces)."""
    data, out = Path(data), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    teacher, pixels, records, offset = Teacher(teachers), [], [], 0

    def keep(kind, person, validation, number, image, faces):
        nonlocal offset
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        pixels.append(rgb.reshape(-1))
        records.append(
            {
                "kind": kind,
                "person": person,
                "validation": bool(validation),
                "frame": number,
                "shape": list(rgb.shape),
                "offset": offset,
                "faces": np.round(faces, 3).tolist(),
            }
        )
        offset += rgb.size

    for kind, person, validation, number, image in inventory(data):
        image = shrink(image, 480 if "pause" in person else KEPT_SIDE)
        if max(image.shape[:2]) < 64:
            continue
        teacher.sides = (320, 480) if kind == "clip" and image.shape[1] == 480 else (200, 320)
        faces = teacher(image)
        if len(faces):
            keep(kind, person, validation, number, image, faces)
    teacher.sides, teacher.least = (256, 480), 0.3
    for folder in FACE_FREE:
        for file in sorted((data / folder).rglob("*")):
            image = cv2.imread(str(file)) if file.is_file() else None
            if image is None or min(image.shape[:2]) < 64:
                continue
            image = shrink(image)
            if not len(teacher(image)):
                keep("empty", file.stem, held_out(file.stem, 0.12), 0, image, np.zeros((0, 15)))
    np.save(out / "pixels.npy", np.concatenate(pixels))
    (out / "pictures.json").write_text(json.dumps(records))
    counts = {}
    for record in records:
        key = record["kind"] + (" validation" if record["validation"] else "")
        counts[key] = counts.get(key, 0) + 1
    print(counts)


class Picture:
    """One kept picture: `rgb` [h, w, 3] uint8, `faces` [N, 15]."""

    def __init__(self, record, pixels):
        self.kind, self.person, self.frame = record["kind"], record["person"], record["frame"]
        shape = record["shape"]
        end = record["offset"] + int(np.prod(shape))
        self.rgb = pixels[record["offset"] : end].reshape(shape)
        self.faces = np.array(record["faces"], np.float32).reshape(-1, 15)
        self.sure = self.faces[self.faces[:, 14] >= SURE]


def load(cache, data=None, teachers=None):
    """(pictures to train on, pictures to validate on); makes the cache where there is none."""
    cache = Path(cache)
    if not (cache / "pictures.json").exists():
        prepare(data, teachers, cache)
    pixels = np.load(cache / "pixels.npy", mmap_mode="r")
    records = json.loads((cache / "pictures.json").read_text())
    train = [Picture(r, pixels) for r in records if not r["validation"]]
    return train, [Picture(r, pixels) for r in records if r["validation"]]


def truth_of(path):
    """{frame: [cx, cy, w, h, visible]} of a groundtruth_rect.txt or NAME.gt.csv (first face)."""
    rows = {}
    if str(path).endswith(".csv"):
        for row in csv.DictReader(open(path, encoding="utf-8")):
            if int(row["id"]) == 0:
                x, y, w, h, visible = (float(row[k]) for k in ("x", "y", "w", "h", "visible"))
                rows[int(row["frame"])] = [x + w / 2, y + h / 2, w, h, visible]
    else:
        for number, line in enumerate(open(path, encoding="utf-8")):
            x, y, w, h = (float(v) for v in re.split(r"[,\s]+", line.strip())[:4])
            rows[number] = [x + w / 2, y + h / 2, w, h, 1.0]
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--teachers", required=True)
    parser.add_argument("--cache", default="training/runs/face_data")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    prepare(arguments.data, arguments.teachers, arguments.cache)


if __name__ == "__main__":
    main()
