"""Pose3D: a result that says its own unit, frame, skeleton, camera, box, uncertainty and model; and its JSON file."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.files import write_text
from voxelpose.geometry.camera import Camera
from voxelpose.skeleton import Skeleton

SCHEMA = "voxelpose.results.pose"
SCHEMA_VERSION = 1
UNIT = "mm"
COVARIANCE_UNIT = "mm^2"
FRAME = "camera: x right, y down, z forward, origin at the camera centre"
PIXELS = "image pixels, x right, y down, integer coordinates at pixel centres"
BOX_FORMAT = "x, y, width, height in pixels"


@dataclass(frozen=True, eq=False)
class Pose3D:
    """One person's joints in millimetres in the camera frame, with everything needed to interpret them.

    joints: (J, 3) mm, x right, y down, z forward from the camera centre.
    joints_2d: (J, 2) pixels of the image.
    covariance: (J, 3, 3) mm^2 of each joint relative to the root; the root depth's own error is not in it.
    confidence: (J,) in [0, 1]; outside_crop: (J,) bool, the likelihood piles up at the crop's edge, so that the joint
    may lie beyond it and its position is only the nearest one inside.
    presence: probability that there is a person at all, None if the network has no such output.
    box: x, y, width, height in pixels that the crop was made from; box_source says where it came from.
    camera_source: "given", or which field of view was assumed.
    root_depth: mm along depth_axis, a unit vector (3,) in the camera frame; root_depth_source says how it was found;
    root_depth_std: its standard deviation in mm, None when given.
    model, weights_sha256: which network (None for weights that were never trained); image, image_size: the picture
    (None for an array) and its (width, height).
    """

    skeleton: Skeleton
    joints: np.ndarray
    joints_2d: np.ndarray
    covariance: np.ndarray
    confidence: np.ndarray
    outside_crop: np.ndarray
    presence: float | None
    box: tuple[float, float, float, float]
    box_source: str
    camera: Camera
    camera_source: str
    root_depth: float
    root_depth_std: float | None
    root_depth_source: str
    depth_axis: np.ndarray
    model: str
    weights_sha256: str | None
    image: str | None
    image_size: tuple[int, int]

    def __post_init__(self):
        n = len(self.skeleton)
        shapes = {
            "joints": (n, 3),
            "joints_2d": (n, 2),
            "covariance": (n, 3, 3),
            "confidence": (n,),
            "depth_axis": (3,),
        }
        for name, shape in shapes.items():
            object.__setattr__(self, name, _frozen_array(name, getattr(self, name), shape, np.float64))
        object.__setattr__(self, "outside_crop", _frozen_array("outside_crop", self.outside_crop, (n,), np.bool_))

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names such as "right_hip", in the order of the arrays."""
        return self.skeleton.joints

    @property
    def unit(self) -> str:
        """Unit of joints and root depth; the covariance is in its square."""
        return UNIT

    @property
    def frame(self) -> str:
        """The coordinate frame of `joints`, in words."""
        return FRAME

    @property
    def std(self) -> np.ndarray:
        """(J, 3) standard deviations in mm along x, y, z."""
        return np.sqrt(np.maximum(np.diagonal(self.covariance, axis1=1, axis2=2), 0.0))

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, numbers and strings, with the words that explain them; `from_dict` reads it back exactly."""
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "unit": UNIT,
            "covariance_unit": COVARIANCE_UNIT,
            "frame": FRAME,
            "pixels": PIXELS,
            "box_format": BOX_FORMAT,
            "skeleton": self.skeleton.name,
            "joint_names": list(self.joint_names),
            "parents": list(self.skeleton.parents),
            "joints": self.joints.tolist(),
            "joints_2d": self.joints_2d.tolist(),
            "covariance": self.covariance.tolist(),
            "confidence": self.confidence.tolist(),
            "outside_crop": self.outside_crop.tolist(),
            "presence": self.presence,
            "box": list(self.box),
            "box_source": self.box_source,
            "camera": {**vars(self.camera), "distortion": list(self.camera.distortion)},
            "camera_source": self.camera_source,
            "root_depth": self.root_depth,
            "root_depth_std": self.root_depth_std,
            "root_depth_source": self.root_depth_source,
            "depth_axis": self.depth_axis.tolist(),
            "model": self.model,
            "weights_sha256": self.weights_sha256,
            "image": self.image,
            "image_size": list(self.image_size),
        }

    @classmethod
    def from_dict(cls, content: Any, where: str = "this pose") -> "Pose3D":
        """Read what `to_dict` wrote; anything missing, unknown or of a wrong kind is an InputError naming `where`."""
        try:
            return _parse(cls, content)
        except (InputError, ValueError, TypeError) as error:
            raise InputError(f"{where} is not a voxelpose pose. {error}") from error

    def save(self, path: str | os.PathLike) -> None:
        """Write JSON, whole or not at all."""
        write_text(path, _one_row_per_line(json.dumps(self.to_dict(), indent=1, allow_nan=False)) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Pose3D":
        """Read a file that `save` wrote; raises InputError if it is missing, damaged or something else."""
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(f"Cannot read the pose file {path}: {error.strerror}.") from error
        except ValueError as error:
            raise InputError(f"{path} is not a voxelpose pose. It is no valid JSON: {error}.") from error
        return cls.from_dict(content, where=str(path))


def _one_row_per_line(text: str) -> str:
    """Indented JSON with every innermost list on one line (a line break never occurs inside a JSON string)."""
    return re.sub(r"\[\n\s*([^\[\]{}]*?)\n\s*\]", lambda row: "[" + re.sub(r"\n\s*", " ", row[1]) + "]", text)


def _frozen_array(name: str, value: Any, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    try:
        array = np.array(value)
    except ValueError as error:
        raise InputError(f"Expected {name} of shape {shape}. Received: rows of unequal length.") from error
    if array.shape != shape:
        raise InputError(f"Expected {name} of shape {shape}. Received: shape {array.shape}.")
    kinds = "b" if dtype is np.bool_ else "fiu"
    if array.dtype.kind not in kinds or not np.isfinite(array).all():
        raise InputError(f"Expected {name} to hold finite {'booleans' if kinds == 'b' else 'numbers'} only.")
    array = array.astype(dtype)
    array.setflags(write=False)
    return array


def _parse(cls: type[Pose3D], content: Any) -> Pose3D:
    if not isinstance(content, Mapping):
        raise InputError(f"Expected an object at the top. Received: {type(content).__name__}.")
    data = dict(content)
    constants = {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, "unit": UNIT, "frame": FRAME}
    constants |= {"covariance_unit": COVARIANCE_UNIT, "pixels": PIXELS, "box_format": BOX_FORMAT}
    for key, expected in constants.items():
        if key not in data or data[key] != expected:
            raise InputError(f"Expected {key} to be {expected!r}. Received: {data.get(key, 'nothing')!r}.")
        del data[key]
    skeleton = Skeleton(
        _take(data, "skeleton", str),
        tuple(_items(data, "joint_names", str)),
        tuple(_items(data, "parents", int)),
    )
    pose = cls(
        skeleton=skeleton,
        **{name: _take(data, name, list) for name in ("joints", "joints_2d", "covariance", "confidence")},
        outside_crop=_take(data, "outside_crop", list),
        presence=_take(data, "presence", float, None),
        box=_numbers(data, "box", 4),
        box_source=_take(data, "box_source", str),
        camera=_camera(_take(data, "camera", dict)),
        camera_source=_take(data, "camera_source", str),
        root_depth=_take(data, "root_depth", float),
        root_depth_std=_take(data, "root_depth_std", float, None),
        root_depth_source=_take(data, "root_depth_source", str),
        depth_axis=_take(data, "depth_axis", list),
        model=_take(data, "model", str),
        weights_sha256=_take(data, "weights_sha256", str, None),
        image=_take(data, "image", str, None),
        image_size=tuple(_items(data, "image_size", int)),
    )
    if data:
        raise InputError(f"Expected no further keys. Received: {', '.join(sorted(map(str, data)))}.")
    _check_ranges(pose)
    return pose


_ABSENT = object()


def _take(data: dict, key: str, kind: type, *or_else: None) -> Any:
    """Remove `key` from `data` and return it, checked; whole numbers pass for float, booleans never for numbers."""
    value = data.pop(key, _ABSENT)
    if value is None and or_else:
        return None
    kinds = (int, float) if kind is float else (kind,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and kind is not bool):
        received = "nothing" if value is _ABSENT else repr(value)[:80]
        raise InputError(f"Expected {key} to be of kind {kind.__name__}. Received: {received}.")
    if kind is float and not np.isfinite(value):
        raise InputError(f"Expected {key} to be finite. Received: {value}.")
    return float(value) if kind is float else value


def _items(data: dict, key: str, kind: type) -> list:
    values = _take(data, key, list)
    return [_take({key: value}, key, kind) for value in values]


def _numbers(data: dict, key: str, count: int) -> tuple[float, ...]:
    values = tuple(_items(data, key, float))
    if len(values) != count:
        raise InputError(f"Expected {key} to hold {count} numbers. Received: {len(values)}.")
    return values


def _camera(data: dict) -> Camera:
    data = dict(data)
    camera = Camera(
        **{name: _take(data, name, float) for name in ("fx", "fy", "cx", "cy")},
        **{name: _take(data, name, int) for name in ("width", "height")},
        distortion=_numbers(data, "distortion", 5),
    )
    if data:
        raise InputError(f"Expected no further keys in camera. Received: {', '.join(sorted(map(str, data)))}.")
    return camera


def _check_ranges(pose: Pose3D) -> None:
    if not all(0 <= parent < len(pose.skeleton) for parent in pose.skeleton.parents):
        raise InputError(f"Expected parents to be joint indices. Received: {list(pose.skeleton.parents)}.")
    if len(pose.image_size) != 2 or min(pose.image_size) < 1:
        raise InputError(f"Expected image_size to be width, height above 0. Received: {list(pose.image_size)}.")
    if min(pose.box[2:]) <= 0:
        raise InputError(f"Expected a box that is not empty. Received: {list(pose.box)}.")
    probabilities = [*pose.confidence, *([] if pose.presence is None else [pose.presence])]
    if min(probabilities) < 0 or max(probabilities) > 1:
        raise InputError("Expected confidence and presence between 0 and 1.")
    if pose.root_depth <= 0:
        raise InputError(f"Expected a root depth before the camera. Received: {pose.root_depth} mm.")
