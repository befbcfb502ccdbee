"""Copies the libraries and licences of wheels into one flat folder: unpack.py FOLDER WHEEL..."""

import fnmatch
import pathlib
import shutil
import sys
import zipfile

LIBRARIES = ["onnxruntime/capi/libonnxruntime*.so*", "nvidia/*/lib/*.so*"]
# Of no use without TensorRT, which is not fetched.
UNUSED = ["*_tensorrt.so"]
LICENCES = ["onnxruntime/LICENSE", "onnxruntime/ThirdPartyNotices.txt", "*.dist-info/*License.txt"]


def matches(member, patterns):
    return any(fnmatch.fnmatchcase(member, pattern) for pattern in patterns)


folder = pathlib.Path(sys.argv[1])
for wheel in map(pathlib.Path, sys.argv[2:]):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            name = member.rsplit("/", 1)[-1]
            if matches(member, LICENCES):
                name = f"{wheel.name.split('-')[0]}-{name}"
            elif not matches(member, LIBRARIES) or matches(member, UNUSED):
                continue
            with archive.open(member) as source, open(folder / name, "wb") as target:
                shutil.copyfileobj(source, target)
