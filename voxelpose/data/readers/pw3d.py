"""3DPW (von Marcard et al., ECCV 2018): sequenceFiles/PART/NAME.pkl and imageFiles/NAME/image_00000.jpg.

A pickle (Python 2, read by the restricted reader) holds per actor jointPositions (N, 72) in metres in the world's frame
and campose_valid (N,), and cam_poses (N, 4, 4) from world to camera, cam_intrinsics (3, 3). Joints are SMPL's 24.
Checked against files made after the published README.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.data.readers.dataset import Dataset, camera_of, picture_at, same_counts
from voxelpose.data.record import About, Record, Skipped
from voxelpose.errors import InputError
from voxelpose.safe_files.pickles import read_pickle
from voxelpose.skeleton import SMPL24

_FIELDS = ("sequence", "jointPositions", "campose_valid", "cam_poses", "cam_intrinsics", "poses2d")


def read(source: Path, part: str, step: int = 1, seen_only: bool = False) -> Dataset:
    """part: train, validation, test, or all (every sequence, as many test on). step: every so many frames.

    seen_only: leave out people of whom no 2D joint was detected.
    """
    pattern = "*/*.pkl" if part == "all" else f"{part}/*.pkl"
    files = sorted(path.relative_to(source) for path in (source / "sequenceFiles").glob(pattern))
    if not files:
        raise InputError(f"Expected sequenceFiles/{pattern} in {source}. There is none.")

    def records() -> Iterator[Record | Skipped]:
        for file in files:
            yield from _sequence(source, file, step, seen_only)

    return Dataset(SMPL24, tuple(files), records)


def _sequence(source: Path, file: Path, step: int, seen_only: bool) -> Iterator[Record | Skipped]:
    content = read_pickle(source / file)
    missing = [name for name in _FIELDS if not isinstance(content, dict) or name not in content]
    if missing:
        raise InputError(f"Expected {', '.join(_FIELDS)} in {source / file}. Missing: {', '.join(missing)}.")
    poses = np.asarray(content["cam_poses"], np.float64)
    camera = camera_of(np.asarray(content["cam_intrinsics"], np.float64))
    for actor, positions in enumerate(content["jointPositions"]):
        world = np.asarray(positions, np.float64).reshape(len(positions), 24, 3) * 1000
        valid, seen = np.asarray(content["campose_valid"][actor]), np.asarray(content["poses2d"][actor])
        same_counts(source / file, jointPositions=len(world), campose_valid=len(valid), cam_poses=len(poses))
        for frame in range(0, len(world), step):
            name = f"imageFiles/{content['sequence']}/image_{frame:05d}.jpg"
            where = f"{name} (actor {actor} of {file})"
            if not valid[frame]:
                yield Skipped("camera not aligned to the picture", where)
            elif seen_only and not seen[frame].any():
                yield Skipped("nobody detected in the picture", where)
            else:
                about = About(str(actor), "", f"{content['sequence']} {actor}", "", frame)
                joints = _before(poses[frame], world[frame])
                yield Record(picture_at(source, name), SMPL24, where, None, joints, None, camera, about=about)


def _before(pose: Any, world: np.ndarray) -> np.ndarray:
    """World points (J, 3) in mm -> points before the camera; pose: (4, 4) with its shift in metres."""
    return world @ pose[:3, :3].T + pose[:3, 3] * 1000
