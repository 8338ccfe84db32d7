"""HumanEva-I (Sigal et al., IJCV 2010), its joints converted by the widespread MATLAB script of VideoPose3D.

The official motion capture can be read by the data set's own MATLAB code only, whose output everybody uses:
converted_15j/{Train,Validate}/S1/Walking_1.mat with poses_3d (N, 15, 3) in mm in the world's frame, NaN where the
capture failed. Cameras (S1/Calibration_Data/C1.cal) and videos (S1/Image_Data/Walking_1_(C1).avi) are official.

Checked against files made after the published descriptions.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voxelpose.data.readers.dataset import Dataset, picture_at, require_part, steps
from voxelpose.data.readers.human36m.camera_pickle import PlacedCamera
from voxelpose.data.record import About, Record, Skipped
from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.safe_files.limits import require_file
from voxelpose.safe_files.matlab import read_mat
from voxelpose.skeleton import HUMANEVA15

_SIZE = (640, 480)
_FOLDERS = {"train": "Train", "validate": "Validate"}
# First annotated frame of every training sequence; validation starts at frame 5.
_FIRST = {
    "S1": {"Walking": 590, "Jog": 367, "ThrowCatch": 473, "Gestures": 395, "Box": 385},
    "S2": {"Walking": 438, "Jog": 398, "ThrowCatch": 550, "Gestures": 500, "Box": 382},
    "S3": {"Walking": 448, "Jog": 401, "ThrowCatch": 493, "Gestures": 533, "Box": 512},
}
_FIRST_VALIDATION = 5
# How far the videos C1, C2, C3 are ahead of the motion capture, in frames counted from 1.
_AHEAD = {
    "S1": {"Walking": (82, 81, 82), "Jog": (51, 51, 50), "ThrowCatch": (61, 61, 60), "Gestures": (45, 45, 44),
           "Box": (57, 57, 56)},
    "S2": {"Walking": (115, 115, 114), "Jog": (100, 100, 99), "ThrowCatch": (127, 127, 127),
           "Gestures": (122, 122, 121), "Box": (119, 119, 117)},
    "S3": {"Walking": (80, 80, 80), "Jog": (65, 65, 65), "ThrowCatch": (79, 79, 79), "Gestures": (83, 83, 82),
           "Box": (1, 1, 1)},
}  # fmt: skip


def read(source: Path, part: str, step: int = 1, wrong_head: str = "keep") -> Dataset:
    """part: train or validate (the usual test set). step: every so many frames of 60 a second.

    wrong_head: "drop" marks the head as missing where it lies below the thorax, as in most of S3's Walking.
    """
    if wrong_head not in ("keep", "drop"):
        raise InputError(f"Expected wrong_head = keep or drop. Received: {wrong_head}.")
    folder = _FOLDERS[require_part(part, *_FOLDERS)]
    files = sorted(p.relative_to(source) for p in (source / "converted_15j" / folder).glob("S*/*_1.mat"))
    if not files:
        raise InputError(f"Expected converted_15j/{folder}/S1/Walking_1.mat and so on in {source}. There is none.")

    def records() -> Iterator[Record | Skipped]:
        for file in files:
            yield from _sequence(source, file, part, step, wrong_head == "drop")

    return Dataset(HUMANEVA15, tuple(files), records)


def _sequence(source: Path, file: Path, part: str, step: int, drop: bool) -> Iterator[Record | Skipped]:
    subject, action = file.parts[-2], file.stem.removesuffix("_1")
    if action not in _AHEAD.get(subject, {}):
        raise InputError(f"Expected S1 to S3 and {', '.join(_AHEAD['S1'])}. Received: {source / file}.")
    world = read_mat(source / file, "poses_3d", (None, 15, 3)).astype(np.float64)
    first = _FIRST[subject][action] if part == "train" else _FIRST_VALIDATION
    for number, ahead in enumerate(_AHEAD[subject][action], start=1):
        camera = read_cal(source / subject / "Calibration_Data" / f"C{number}.cal")
        for row in steps(len(world), step):
            frame = first + row + ahead - 1
            name = f"{subject}/Image_Data/{action}_1_(C{number}).avi"
            where = f"{name} frame {frame} ({file})"
            if not np.isfinite(world[row]).any():
                yield Skipped("motion capture failed", where)
                continue
            joints = camera.to_camera(world[row])
            head, thorax = HUMANEVA15.index("head"), HUMANEVA15.index("thorax")
            if drop and joints[head, 1] > joints[thorax, 1]:
                joints[head] = np.nan
            about = About(subject, action, f"{subject} {action}", f"C{number}", first + row)
            yield Record(
                picture_at(source, name, frame), HUMANEVA15, where, None, joints, None, camera.camera, about=about
            )


def read_cal(path: Path) -> PlacedCamera:
    """A .cal file: fx fy cx cy skew k1 k2 p1 p2 k3, nine numbers of the rotation from world to camera, three of the
    shift after it in mm."""
    text = require_file(path, "a calibration file of HumanEva").read_text(errors="replace")
    try:
        values = np.array([float(word) for word in text.split()])
        (fx, fy, cx, cy), lens = values[:4], values[5:10]
        rotation, shift = values[10:19].reshape(3, 3), values[19:22].reshape(3)
    except ValueError as error:
        raise InputError(f"Expected 22 numbers in {path}. Received: {error}") from error
    camera = Camera(float(fx), float(fy), float(cx), float(cy), *_SIZE, tuple(float(v) for v in lens))
    return PlacedCamera(camera, rotation.T, -rotation.T @ shift)
