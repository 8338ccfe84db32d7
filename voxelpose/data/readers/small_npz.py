"""The small .npz beside a camera pickle in which mmpose ships its samples of Human3.6M and MPI-INF-3DHP.

The archive holds imgname, center, scale, part (N, 17, 3: x, y, flag) and S (N, 17, 4: metres before the camera, flag).
Checked against the real samples: 4 frames of Human3.6M and 4 of MPI-INF-3DHP.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voxelpose.data.readers.dataset import Dataset, first_file, picture_at, require_part, same_counts
from voxelpose.data.readers.human36m.camera_pickle import PlacedCamera, read_cameras
from voxelpose.data.readers.human36m.common import about_file
from voxelpose.data.record import About, Record
from voxelpose.safe_files.npz import read_npz
from voxelpose.skeleton import H36M17, MPI3DHP17, Skeleton

_TRAIN = re.compile(r"(S\d+)_(Seq\d+)_(Cam\d+)_(\d+)\.\w+$")
_TEST = re.compile(r"(TS\d+)_(\d+)\.\w+$")
# The sample's camera pickle says 2048 x 204, and 2048 x 2048 for all test subjects.
_SIZES = {"TS5": (1920, 1080), "TS6": (1920, 1080)}
_FIELDS = {
    "imgname": (None,), "center": (None, 2), "scale": (None,), "part": (None, 17, 3), "S": (None, 17, 4),
}  # fmt: skip


def read_h36m(source: Path, part: str, annotation: str = "test_h36m_body3d.npz") -> Dataset:
    """part: all. annotation: the archive in `source`."""
    require_part(part, "all")
    archive, pickled = first_file(source, annotation), first_file(source, "cameras.pkl")
    cameras = read_cameras(source / pickled)

    def camera_of_picture(name: str) -> tuple[About, PlacedCamera | None]:
        about = about_file(name)
        return about, cameras.get((about.subject, about.camera))

    return _reading(source, archive, pickled, H36M17, camera_of_picture)


def read_3dhp(source: Path, part: str) -> Dataset:
    """part: train or test."""
    require_part(part, "train", "test")
    archive, pickled = first_file(source, f"test_3dhp_{part}.npz"), first_file(source, f"cameras_{part}.pkl")
    cameras = {
        size: read_cameras(source / pickled, size) for size in {(2048, 2048), *(_SIZES.values())}
    }  # one file per part, two sensors

    def camera_of_picture(name: str) -> tuple[About, PlacedCamera | None]:
        about, key = _about_3dhp(name)
        return about, cameras[_SIZES.get(about.subject, (2048, 2048))].get(key)

    return _reading(source, archive, pickled, MPI3DHP17, camera_of_picture)


def _about_3dhp(name: str) -> tuple[About, str]:
    """What a name such as S4_Seq2_Cam0_001033.jpg or TS1_002001.jpg says, and its key among the cameras."""
    if found := _TRAIN.search(name):
        subject, sequence, camera, frame = found.groups()
        return About(subject, "", f"{subject} {sequence}", camera, int(frame)), f"{subject}_{sequence}_{camera}"
    if found := _TEST.search(name):
        subject, frame = found.groups()
        return About(subject, "", subject, "", int(frame)), subject
    return About(), ""


def _reading(source: Path, archive: Path, pickled: Path, skeleton: Skeleton, camera_of_picture) -> Dataset:
    columns = read_npz(source / archive, _FIELDS)
    count = same_counts(source / archive, **{name: len(values) for name, values in columns.items()})

    def records() -> Iterator[Record]:
        for row in range(count):
            name = str(columns["imgname"][row])
            about, placed = camera_of_picture(name)
            part, space = columns["part"][row], columns["S"][row]
            yield Record(
                picture_at(source, name), skeleton, f"{name} (row {row} of {archive})",
                np.where(part[:, 2:] > 0, part[:, :2], np.nan), np.where(space[:, 3:] > 0, space[:, :3] * 1000, np.nan),
                None, None if placed is None else placed.camera, None,
                (*(float(v) for v in columns["center"][row]), 200 * float(columns["scale"][row])), about,
            )  # fmt: skip

    return Dataset(skeleton, (archive, pickled), records, count)
