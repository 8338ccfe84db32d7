"""MPI-INF-3DHP (Mehta et al., 3DV 2017), official files.

Training: S1..S8/Seq1..2/annot.mat with cells over 14 cameras of annot2 (N, 56) pixels, annot3 and univ_annot3 (N, 84)
mm before the camera, and camera.calibration beside it. Test: TS1..TS6/annot_data.mat (HDF5) with annot2 (N, 1, 17, 2),
annot3 (N, 1, 17, 3), valid_frame and activity_annotation. Focal lengths and principal point of a test camera are fitted
to its own pairs of annot2 and annot3, as mmpose does: test_util/camera_calibration describes lenses in mm of a sensor.

Checked against files made after the published description, and in joints and cameras against 4 real frames (mmpose).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.data.readers.dataset import Dataset, camera_of, picture_at, require_part, same_counts, steps
from voxelpose.data.record import About, Record
from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.safe_files.hdf5 import open_hdf5
from voxelpose.safe_files.limits import require_file
from voxelpose.safe_files.matlab import read_mat
from voxelpose.skeleton import MPI3DHP17, MPI3DHP28

# The eight cameras at chest and knee height that the authors train on.
_CAMERAS = "0,1,2,4,5,6,7,8"
_VIDEOS = "imageSequence/video_{camera}.avi"
_SIZE = (2048, 2048)
_TEST_SIZES = {"TS5": (1920, 1080), "TS6": (1920, 1080)}
_ACTIVITIES = ("Stand/Walk", "Exercise", "Sit on Chair", "Crouch/Reach", "On the Floor", "Sports", "Misc.")
_BLOCK = re.compile(r"name\s+(\d+)(.*?)(?=name\s+\d+|\Z)", re.DOTALL)
_FARTHEST_PX = 20.0


def read(
    source: Path, part: str, step: int = 5, cameras: str = _CAMERAS, universal: bool = False, pictures: str = _VIDEOS
) -> Dataset:
    """part: train or test; the other options are those of train, but for universal.

    step: every so many frames. cameras: numbers separated by commas. universal: joints scaled to one body.
    pictures: where they are inside a sequence, with {camera} and {frame} from 0; a video's name gives its frames.
    """
    if require_part(part, "train", "test") == "test":
        return _read_test(source, universal)
    files = sorted(path.relative_to(source) for path in source.glob("S*/Seq*/annot.mat"))
    if not files:
        raise InputError(f"Expected S1/Seq1/annot.mat and so on in {source}. There is none.")
    wanted = _numbers(cameras)

    def records() -> Iterator[Record]:
        for file in files:
            yield from _sequence(source, file, wanted, step, universal, pictures)

    calibrations = [file.with_name("camera.calibration") for file in files]
    return Dataset(MPI3DHP28, (*files, *calibrations), records)


def _numbers(text: str) -> list[int]:
    try:
        return [int(word) for word in text.split(",")]
    except ValueError:
        raise InputError(f"Expected cameras such as {_CAMERAS}. Received: {text}.") from None


def _sequence(source: Path, file: Path, wanted: list[int], step: int, universal: bool, pictures: str):
    subject, sequence = file.parts[:2]
    plane = _cells(source / file, "annot2", 2)
    space = _cells(source / file, "univ_annot3" if universal else "annot3", 3)
    calibrated = read_calibration(source / file.with_name("camera.calibration"))
    for camera in wanted:
        if camera >= len(space) or camera not in calibrated:
            raise InputError(f"Expected camera {camera} in {source / file.parent}. There is none.")
        same_counts(source / file, annot2=len(plane[camera]), annot3=len(space[camera]))
        for frame in steps(len(space[camera]), step):
            name = f"{file.parent.as_posix()}/{pictures.format(camera=camera, frame=frame)}"
            about = About(subject, "", f"{subject} {sequence}", str(camera), frame)
            # The scaled body's 3D doesn't belong to the picture's pixels.
            pixels = None if universal else plane[camera][frame]
            where = f"{name} frame {frame} ({file})"
            yield Record(
                picture_at(source, name, frame), MPI3DHP28, where, pixels, space[camera][frame], None,
                calibrated[camera], about=about,
            )  # fmt: skip


def _cells(path: Path, name: str, columns: int) -> list[np.ndarray]:
    """A cell per camera of (N, 28 * columns) -> a list of (N, 28, columns)."""
    cells = [np.asarray(cell, np.float64) for cell in np.ravel(read_mat(path, name))]
    if any(cell.ndim != 2 or cell.shape[1] != 28 * columns for cell in cells):
        raise InputError(f"Expected cells of N x {28 * columns} in {name} of {path}. Received: {cells[0].shape}.")
    return [cell.reshape(len(cell), 28, columns) for cell in cells]


def read_calibration(path: Path) -> dict[int, Camera]:
    """The cameras of a camera.calibration file by number; joints come in their frames, so their places are not read."""
    text = require_file(path, "a camera.calibration").read_text(errors="replace")
    cameras = {int(number): _calibrated(path, number, body) for number, body in _BLOCK.findall(text)}
    if not cameras:
        raise InputError(f"Expected cameras (name, size, intrinsic, extrinsic) in {path}. There is none.")
    return cameras


def _calibrated(path: Path, number: str, body: str) -> Camera:
    lines = {words[0]: words[1:] for words in map(str.split, body.splitlines()) if words}
    try:
        matrix = np.array([float(word) for word in lines["intrinsic"]]).reshape(4, 4)[:3, :3]
        width, height = (int(word) for word in lines["size"])
    except (KeyError, ValueError) as error:
        raise InputError(f"Expected size and a 4 x 4 intrinsic of camera {number} in {path}: {error!r}") from error
    return camera_of(matrix, (width, height))


def _read_test(source: Path, universal: bool) -> Dataset:
    files = sorted(path.relative_to(source) for path in source.glob("TS*/annot_data.mat"))
    if not files:
        raise InputError(f"Expected TS1/annot_data.mat and so on in {source}. There is none.")

    def records() -> Iterator[Record]:
        for file in files:
            yield from _test_sequence(source, file, universal)

    return Dataset(MPI3DHP17, tuple(files), records)


def _test_sequence(source: Path, file: Path, universal: bool) -> Iterator[Record]:
    subject, path = file.parts[0], source / file
    with open_hdf5(path) as h5:
        plane, space = h5.array("annot2", (None, 1, 17, 2))[:, 0], h5.array("annot3", (None, 1, 17, 3))[:, 0]
        scaled = h5.array("univ_annot3", (None, 1, 17, 3))[:, 0] if universal else space
        valid, activity = h5.array("valid_frame").ravel() > 0, h5.array("activity_annotation").ravel().astype(int)
    same_counts(path, annot2=len(plane), annot3=len(space), valid_frame=len(valid), activity=len(activity))
    camera = _fitted(path, plane[valid], space[valid], _TEST_SIZES.get(subject, _SIZE))
    for row in np.flatnonzero(valid):
        name = f"{subject}/imageSequence/img_{row + 1:06d}.jpg"
        action = _ACTIVITIES[activity[row] - 1] if 1 <= activity[row] <= len(_ACTIVITIES) else ""
        yield Record(
            picture_at(source, name), MPI3DHP17, f"{name} (row {row} of {file})",
            None if universal else plane[row].astype(np.float64), scaled[row].astype(np.float64), None, camera,
            about=About(subject, action, subject, "", int(row) + 1),
        )  # fmt: skip


def _fitted(path: Path, plane: np.ndarray, space: np.ndarray, size: tuple[int, int]) -> Camera:
    """The pinhole camera that takes joints in mm nearest to their pixels."""
    pixels, joints = plane.reshape(-1, 2).astype(np.float64), space.reshape(-1, 3).astype(np.float64)
    matrix: Any = np.eye(3)
    for axis in (0, 1):
        slope = np.column_stack([joints[:, axis] / joints[:, 2], np.ones(len(joints))])
        matrix[axis, axis], matrix[axis, 2] = np.linalg.lstsq(slope, pixels[:, axis], rcond=None)[0]
    camera = camera_of(matrix, size)
    error = np.median(np.linalg.norm(camera.project(joints) - pixels, axis=-1))
    if error > _FARTHEST_PX:
        raise InputError(f"Expected annot2 to be the projection of annot3 in {path}. They differ by {error:.0f} px.")
    return camera
