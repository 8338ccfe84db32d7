"""Leeds Sports Pose and its extension in their own form: images/ and joints.mat; and LSPET as one packed .npz.

LSP: (3, 14, 2000), all joints annotated, pictures 1-1000 for training and 1001-2000 for testing. LSPET: (14, 3, 10000),
a joint whose flag is 0 is rubbish. Coordinates are taken as they are. Cite Johnson & Everingham, BMVC 2010, CVPR 2011.

Checked against the real packed LSPET (9,054 crops) and files made after the published README.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voxelpose.data.lspet import LAST_TRAINING_ID
from voxelpose.data.pictures import PackedPicture, Picture
from voxelpose.data.readers.dataset import Reading, first_file, picture_at, require_part, same_counts
from voxelpose.data.record import About, Record
from voxelpose.data.safe_files.matlab import read_mat
from voxelpose.data.safe_files.npz import read_npz
from voxelpose.data.store.shard import bytes_inside
from voxelpose.errors import InputError
from voxelpose.skeleton import LSP14

_LAST_LSP_TRAINING = 1000


def read_lsp(source: Path, part: str) -> Reading:
    """part: train (pictures 1 to 1000), test (the rest) or all."""
    file = first_file(source, "joints.mat")
    joints = np.moveaxis(read_mat(source / file, "joints", (3, 14, None)), (2, 1, 0), (0, 1, 2))
    known = np.ones(joints.shape[:2], bool)
    return _numbered(source, file, joints, known, part, _LAST_LSP_TRAINING, "im{:04d}.jpg", ("train", "test"))


def read_lspet(source: Path, part: str) -> Reading:
    """part: train (pictures up to 9000), heldout (the rest, which this project never trains on) or all."""
    file = first_file(source, "joints.mat")
    joints = np.moveaxis(read_mat(source / file, "joints", (14, 3, None)), 2, 0)
    names = ("train", "heldout")
    return _numbered(source, file, joints, joints[..., 2] > 0, part, LAST_TRAINING_ID, "im{:05d}.jpg", names)


def read_packed(source: Path, part: str) -> Reading:
    """The packed archive lspet_crops192.npz; part: train, heldout or all."""
    file = first_file(source, "lspet_crops192.npz")
    path = source / file
    fields = read_npz(path, {"offsets": (None,), "joints": (None, 14, 3), "image_id": (None,)})
    count = same_counts(path, joints=len(fields["joints"]), image_id=len(fields["image_id"]))
    start, length = bytes_inside(path, "jpeg.npy")
    ends = fields["offsets"].astype(np.int64)
    if len(ends) != count + 1 or (np.diff(ends) < 0).any() or ends[0] < 0 or ends[-1] > length:
        raise InputError(f"Expected {count + 1} rising offsets into the pictures of {path}. They are not.")

    def picture(row: int) -> Picture:
        first, last = int(ends[row]), int(ends[row + 1])
        return PackedPicture(path, start + first, last - first, f"image {fields['image_id'][row]}")

    rows = _rows(fields["image_id"], part, LAST_TRAINING_ID, ("train", "heldout"))
    names = [f"image {number}" for number in fields["image_id"]]
    return _reading(file, rows, names, picture, fields["joints"], fields["joints"][..., 2] > 0)


def _numbered(source, file, joints, known, part, last, pattern, parts) -> Reading:
    numbers = np.arange(1, len(joints) + 1)
    names = [f"images/{pattern.format(number)}" for number in numbers]
    rows = _rows(numbers, part, last, parts)
    return _reading(file, rows, names, lambda row: picture_at(source, names[row]), joints, known)


def _rows(numbers: np.ndarray, part: str, last: int, parts: tuple[str, str]) -> np.ndarray:
    chosen = {parts[0]: numbers <= last, parts[1]: numbers > last, "all": numbers > 0}
    return np.flatnonzero(chosen[require_part(part, *chosen)])


def _reading(file: Path, rows: np.ndarray, names: list[str], picture, joints: np.ndarray, known: np.ndarray) -> Reading:
    def records() -> Iterator[Record]:
        for row in rows:
            pixels = np.where(known[row][:, None], joints[row][:, :2].astype(np.float64), np.nan)
            yield Record(picture(row), LSP14, f"{names[row]} (row {row} of {file})", pixels, about=About())

    return Reading(LSP14, (file,), records, len(rows))
