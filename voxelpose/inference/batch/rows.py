"""The table that many pictures become: one row per person, or per picture without one, as arrays by column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D

POSE, NOBODY, FAILED = "pose", "nobody", "failed"
Columns = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class PictureResult:
    """What came of one picture. people: one result per box; failure: the sentence that says why there is none."""

    image: str
    people: tuple[Pose3D | Nobody, ...] = ()
    failure: str = ""


def columns_of(results: Sequence[PictureResult], joints: int) -> Columns:
    """Rows of the results in their order.

    image: the picture's path; person: from 1, 0 in a row without a pose; status: "pose", "nobody" or "failed"; failure:
    the sentence. The others are Pose3D's fields, NaN (False, 0, "") in rows without a pose; camera: fx, fy, cx, cy and
    k1, k2, p1, p2, k3.
    """
    rows = [row for result in results for row in _rows(result)]
    columns = {name: np.full((len(rows), *shape), fill, kind) for name, (shape, kind, fill) in _arrays(joints).items()}
    texts: dict[str, list[str]] = {name: [""] * len(rows) for name in _TEXTS}
    for n, (image, person, status, failure, result) in enumerate(rows):
        columns["person"][n] = person
        texts["image"][n], texts["status"][n], texts["failure"][n] = image, status, failure
        if result is not None:
            _fill(columns, texts, n, result)
    return columns | {name: np.array(values, np.str_) for name, values in texts.items()}


_TEXTS = ("image", "status", "failure", "box_source", "camera_source", "root_depth_source")
_FROM_POSE = ("joints", "joints_2d", "covariance", "confidence", "outside_crop", "root_depth", "depth_axis")


def _arrays(joints: int) -> dict[str, tuple[tuple[int, ...], type, float]]:
    """Shape of an entry, type and what stands for nothing, by column."""
    real = {
        "joints": (joints, 3),
        "joints_2d": (joints, 2),
        "covariance": (joints, 3, 3),
        "confidence": (joints,),
        "presence": (),
        "box": (4,),
        "camera": (9,),
        "root_depth": (),
        "root_depth_std": (),
        "depth_axis": (3,),
    }
    return {name: (shape, np.float32, np.nan) for name, shape in real.items()} | {
        "outside_crop": ((joints,), np.bool_, False),
        "image_size": ((2,), np.int32, 0),
        "person": ((), np.int32, 0),
    }


def _rows(result: PictureResult) -> list[tuple]:
    """(image, person, status, failure, result or None)"""
    if result.failure:
        return [(result.image, 0, FAILED, result.failure, None)]
    poses = [person for person in result.people if isinstance(person, Pose3D)]
    if poses:
        return [(result.image, number, POSE, "", pose) for number, pose in enumerate(poses, start=1)]
    return [(result.image, 0, NOBODY, "", next(iter(result.people), None))]


def _fill(columns: Columns, texts: dict[str, list[str]], n: int, result: Pose3D | Nobody) -> None:
    columns["box"][n], columns["image_size"][n] = result.box, result.image_size
    texts["box_source"][n] = result.box_source
    if result.presence is not None:
        columns["presence"][n] = result.presence
    if not isinstance(result, Pose3D):
        return
    for name in _FROM_POSE:
        columns[name][n] = getattr(result, name)
    if result.root_depth_std is not None:
        columns["root_depth_std"][n] = result.root_depth_std
    camera = result.camera
    columns["camera"][n] = (camera.fx, camera.fy, camera.cx, camera.cy, *camera.distortion)
    texts["camera_source"][n], texts["root_depth_source"][n] = result.camera_source, result.root_depth_source
