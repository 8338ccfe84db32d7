"""COCO keypoints (Lin et al., ECCV 2014): person_keypoints_*.json and its pictures.

Joints with v = 0 are missing, those with v = 1 (hidden) and 2 (visible) are annotated; crowds are skipped.
Checked against a real excerpt of the validation annotation (mmpose's sample, 4 pictures).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.data.readers.dataset import Dataset, first_file, picture_at
from voxelpose.data.record import About, Record, Skipped
from voxelpose.errors import InputError
from voxelpose.reading.guard import guarded
from voxelpose.reading.json_text import read_json
from voxelpose.safe_files.limits import require_file
from voxelpose.skeleton import COCO17


def read(source: Path, part: str, annotation: str = "", images: str = "") -> Dataset:
    """part: train or val, for annotations/person_keypoints_PART2017.json and PART2017/.

    annotation, images: another file, another folder, relative to `source` (. for the source itself).
    """
    file = first_file(source, annotation or f"annotations/person_keypoints_{part}2017.json")
    folder = images or f"{part}2017"
    content = _read(source / file)
    names = {image["id"]: image["file_name"] for image in content["images"]}

    def records() -> Iterator[Record | Skipped]:
        for row, person in enumerate(content["annotations"]):
            yield _record(source, folder, names, person, f"annotation {person.get('id', row)} of {file}")

    return Dataset(COCO17, (file,), records, len(content["annotations"]))


def _read(path: Path) -> dict[str, Any]:
    with guarded(path, "COCO's images and annotations"):
        content = read_json(require_file(path, "a COCO annotation file"), "COCO's images and annotations")
        entries = [*content["images"], *content["annotations"]]
        complete = all(isinstance(e, dict) for e in entries) and all(
            {"id", "file_name"} <= set(i) for i in content["images"]
        )
    if not complete:
        raise InputError(f"Expected id and file_name of every picture in {path}. Some lack them.")
    return content


def _record(source: Path, folder: str, names: dict, person: dict, where: str) -> Record | Skipped:
    if person.get("iscrowd"):
        return Skipped("crowd", where)
    if person.get("image_id") not in names:
        return Skipped("picture not listed", where)
    name = names[person["image_id"]]
    try:
        joints = np.array(person["keypoints"], np.float64).reshape(len(COCO17), 3)
        box = tuple(float(value) for value in person["bbox"])
    except (KeyError, TypeError, ValueError):
        return Skipped("incomplete annotation", where)
    if len(box) != 4 or not min(box[2:]) > 0:
        return Skipped("empty box", where)
    pixels = np.where(joints[:, 2:] > 0, joints[:, :2], np.nan)
    return Record(picture_at(source, f"{folder}/{name}"), COCO17, f"{name} ({where})", pixels, box=box, about=About())
