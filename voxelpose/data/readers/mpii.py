"""MPII Human Pose (Andriluka et al., CVPR 2014): hourglass .h5, JSON of the simple baselines, official .mat.

All three count pixels from 1, as MATLAB does; here they count from 0. The person's box is the square of 200 * scale
pixels around the annotated centre, and the data set's own crop that of the hourglass code: 15 * scale lower, a quarter
larger. train.h5 and valid.h5 already hold centre and scale of that crop (pose-hg-train, convert_annot.py), the other
two hold the annotated ones. The annot.h5 of that code's second version, which counts from 0, is not read.

Checked against the hourglass validation file (2,958 people) and a real JSON sample; the .mat was made after the
published description.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.data.readers.dataset import Dataset, first_file, picture_at, read_names, require_part, same_counts
from voxelpose.data.record import About, Record, Skipped
from voxelpose.errors import InputError
from voxelpose.reading import json_text as reading
from voxelpose.safe_files.hdf5 import Hdf5, open_hdf5
from voxelpose.safe_files.limits import require_file
from voxelpose.safe_files.matlab import read_mat
from voxelpose.skeleton import MPII16

_OFFICIAL = "mpii_human_pose_v1_u12_1.mat"
# PCKh's head size: 0.6 of the diagonal of the annotated head box.
_HEAD = 0.6
# The crop of the hourglass code, "to avoid cropping limbs": so many times the scale lower, and so many times larger.
_LOWER, _LARGER = 15, 1.25


def read_h5(source: Path, part: str, images: str = "images") -> Dataset:
    """part: as the files are called, train or valid. images: folder of the pictures in `source`."""
    h5 = first_file(source, f"annot/{part}.h5", f"{part}.h5")
    listed = [n for n in (f"annot/{part}_images.txt", f"{part}_images.txt") if (source / n).is_file()][:1]
    with open_hdf5(source / h5) as file:
        # The release lists the pictures beside the file; the program that makes the file names them inside.
        names = read_names(source / listed[0]) if listed else _names(file)
        joints, centers = file.array("part", (None, 16, 2)), file.array("center", (None, 2))
        scales, heads = file.array("scale").reshape(-1), file.array("normalize").reshape(-1)
    count = same_counts(source / h5, pictures=len(names), part=len(joints), center=len(centers), scale=len(scales))

    def records() -> Iterator[Record]:
        for row in range(count):
            known = (joints[row] > 0).any(-1)
            about = About(head_px=float(heads[row]) if heads[row] > 0 else float("nan"))
            where = f"{names[row]} (row {row} of {h5})"
            # The program that wrote these files has lowered the centre and enlarged the scale for the crop already.
            scale = scales[row] / _LARGER
            center = centers[row] - (0, _LOWER * scale)
            yield _record(source, images, names[row], where, joints[row], known, center, scale, about)

    return Dataset(MPII16, (h5, *map(Path, listed)), records, count)


def _names(file: Hdf5) -> list[str]:
    names = file.array("imgname", (None,))
    if names.dtype.kind != "S":
        raise InputError(
            f"Expected names of pictures in imgname of {file.path}, or a list beside it. Received numbers."
        )
    return [name.decode(errors="replace") for name in names]


def read_json(source: Path, part: str, images: str = "images", annotation: str = "") -> Dataset:
    """part: as the files are called. annotation: another file than annot/PART.json. images: folder of the pictures."""
    file = first_file(source, *([annotation] if annotation else [f"annot/{part}.json", f"{part}.json"]))
    people = read_json_list(source / file)

    def records() -> Iterator[Record | Skipped]:
        for row, person in enumerate(people):
            where = f"{person.get('image', 'a person')} (row {row} of {file})" if isinstance(person, dict) else str(row)
            try:
                joints = np.array(person["joints"], np.float64).reshape(16, 2)
                known = np.array(person["joints_vis"], np.float64).reshape(16) > 0
                center, scale, name = np.array(person["center"], np.float64), person["scale"], str(person["image"])
                yield _record(source, images, name, where, joints, known, center, scale, About())
            except (KeyError, TypeError, ValueError):
                yield Skipped("incomplete annotation", where)

    return Dataset(MPII16, (file,), records, len(people))


def read_official(source: Path, part: str, images: str = "images") -> Dataset:
    """part: train or test, as the file marks its pictures; the joints of test are withheld."""
    wanted = {"train": 1, "test": 0}[require_part(part, "train", "test")]
    file = first_file(source, _OFFICIAL, f"annot/{_OFFICIAL}")
    release = read_mat(source / file, "RELEASE").flat[0]
    flags, pictures = np.ravel(release.img_train), np.ravel(release.annolist)
    acts = np.ravel(release.act) if hasattr(release, "act") else np.array([None] * len(pictures))
    same_counts(source / file, annolist=len(pictures), img_train=len(flags), act=len(acts))

    def records() -> Iterator[Record | Skipped]:
        for row in np.flatnonzero(flags == wanted):
            name = str(_value(_value(pictures[row], "image"), "name"))
            action = str(_value(acts[row], "act_name") or "")
            for number, person in enumerate(np.ravel(pictures[row].annorect)):
                yield _official(source, images, name, f"{name} (person {number})", action, person)

    return Dataset(MPII16, (file,), records)


def read_json_list(path: Path) -> list[Any]:
    """A JSON file whose content is a list; InputError otherwise."""
    content = reading.read_json(require_file(path, "a JSON file"))
    if not isinstance(content, list):
        raise InputError(f"Expected a list of people in {path}. Received: {type(content).__name__}.")
    return content


def _official(source: Path, images: str, name: str, where: str, action: str, person: Any) -> Record | Skipped:
    points = np.ravel(_value(_value(person, "annopoints"), "point"))
    center, scale = _value(person, "objpos"), _value(person, "scale")
    if center is None or scale is None or not all(hasattr(point, "id") for point in points):
        return Skipped("no joint annotated", where)
    joints, known = np.zeros((16, 2)), np.zeros(16, bool)
    for point in points:
        joint = int(_value(point, "id"))
        joints[joint], known[joint] = (float(_value(point, "x")), float(_value(point, "y"))), True
    corners = [_value(person, key) for key in ("x1", "y1", "x2", "y2")]
    head = np.nan if None in corners else _HEAD * np.hypot(corners[2] - corners[0], corners[3] - corners[1])
    center = np.array([float(_value(center, "x")), float(_value(center, "y"))])
    about = About(action=action, head_px=float(head))
    return _record(source, images, name, where, joints, known, center, scale, about)


def _value(struct: Any, name: str) -> Any:
    """A field of a struct array of one element, down to its only value; None where it is empty."""
    struct = struct.flat[0] if isinstance(struct, np.ndarray) and struct.size else struct
    field = getattr(struct, name, None)
    while isinstance(field, np.ndarray) and field.size == 1:
        field = field.flat[0]
    return None if isinstance(field, np.ndarray) and not field.size else field


def _record(source, images, name, where, joints, known, center, scale, about) -> Record:
    scale, center = float(scale), np.asarray(center, np.float64) - 1
    pixels = np.where(known[:, None], joints - 1.0, np.nan)
    side = 200 * scale
    box = (*(float(v) for v in center - side / 2 + 0.5), side, side)
    square = (float(center[0]), float(center[1] + _LOWER * scale), _LARGER * side)
    return Record(picture_at(source, f"{images}/{name}"), MPII16, where, pixels, box=box, square=square, about=about)
