"""Cameras from files: OpenCV's YAML (and ROS's), COLMAP's cameras.txt, plain JSON."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.geometry.pixel_map import PixelMap

_MATRIX_KEYS = ("camera_matrix", "cameraMatrix", "K", "M")
_DISTORTION_KEYS = ("distortion_coefficients", "distCoeffs", "dist_coeffs", "D")
_JSON_KEYS = {"fx", "fy", "cx", "cy", "width", "height", "distortion"}
# Where a COLMAP model's parameters fx, fy, cx, cy stand, and which of k1, k2, p1, p2 follow.
_COLMAP = {
    "SIMPLE_PINHOLE": ((0, 0, 1, 2), 0),
    "PINHOLE": ((0, 1, 2, 3), 0),
    "SIMPLE_RADIAL": ((0, 0, 1, 2), 1),
    "RADIAL": ((0, 0, 1, 2), 2),
    "OPENCV": ((0, 1, 2, 3), 4),
}


def read_camera(path: str | os.PathLike, width: int, height: int) -> Camera:
    """The camera in a file, for an image of width x height pixels.

    .yml or .yaml: OpenCV's calibration (camera_matrix, distortion_coefficients, image_width, image_height) or ROS's;
    .txt: COLMAP's cameras.txt, of which the one camera of this size counts; .json: fx, fy, cx, cy, and if wanted
    distortion k1, k2, p1, p2, k3 and width, height.
    Raises InputError for a file of another kind, a lens model that is none of OpenCV's five coefficients, or a camera
    for another image size.
    """
    path = Path(path)
    readers = {".yml": _opencv, ".yaml": _opencv, ".txt": _colmap, ".json": _plain}
    if path.suffix.lower() not in readers:
        raise InputError(
            f"Expected a camera file that ends in .yml or .yaml (OpenCV), .txt (COLMAP) or .json. Received: {path}."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read the camera file {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"Expected text in the camera file {path}. Received: bytes that are no UTF-8.") from error
    try:
        return readers[path.suffix.lower()](text, (width, height))
    except InputError as error:
        raise InputError(f"The camera file {path} cannot be used. {error}") from error
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, yaml.YAMLError) as error:
        raise InputError(f"The camera file {path} is damaged: {' '.join(str(error).split())}.") from error


def read_camera_of(path: str | os.PathLike, width: int, height: int, stored: PixelMap | None) -> tuple[Camera, bool]:
    """The camera in a file, for an image that came from the pixels of its file as `stored` says; and whether the camera
    was one of those pixels, and has gone the same way.

    A file that names an image size says by it whose camera it holds; stored pixels come first, since it is sensors that
    are calibrated. One without a size holds the camera whose principal point is nearer to the middle.
    """
    if stored is None or not stored.changes:
        return read_camera(path, width, height), False
    try:
        of_stored = read_camera(path, stored.width, stored.height)
    except InputError:
        return read_camera(path, width, height), False
    try:
        of_seen = read_camera(path, width, height)
    except InputError:
        return stored.camera(of_stored), True
    same_size = (stored.width, stored.height) == (width, height)
    if not same_size and _off_middle(of_seen) < _off_middle(of_stored):
        return of_seen, False
    return stored.camera(of_stored), True


def _off_middle(camera: Camera) -> float:
    return float(np.hypot(camera.cx - (camera.width - 1) / 2, camera.cy - (camera.height - 1) / 2))


class _Loader(yaml.SafeLoader):
    """Plain YAML, and OpenCV's matrices as the mappings that they are."""


_Loader.add_constructor(
    "tag:yaml.org,2002:opencv-matrix", lambda loader, node: loader.construct_mapping(node, deep=True)
)


def _opencv(text: str, size: tuple[int, int]) -> Camera:
    # "%YAML:1.0", which OpenCV writes first, is no YAML directive.
    lines = [line for line in text.splitlines() if not line.startswith("%YAML")]
    content = yaml.load("\n".join(lines), Loader=_Loader)  # noqa: S506  a SafeLoader with one more plain tag
    if not isinstance(content, Mapping):
        raise InputError("Expected camera_matrix and distortion_coefficients. Received: no mapping.")
    model = content.get("distortion_model", content.get("camera_model", "plumb_bob"))
    if content.get("fisheye_model"):
        model = "fisheye_model"
    if model not in ("plumb_bob", "pinhole"):
        raise InputError(f"Expected the pinhole model with OpenCV's five coefficients. Received: {model}.")
    matrix = np.reshape(_numbers(_first(content, _MATRIX_KEYS)), (3, 3))
    given = next((content[key] for key in _DISTORTION_KEYS if key in content), ())
    named = content.get("image_width"), content.get("image_height")
    intrinsics = matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2]
    return _camera(intrinsics, _numbers(given), named, size)


def _colmap(text: str, size: tuple[int, int]) -> Camera:
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not rows or any(len(row) < 5 for row in rows):
        raise InputError("Expected lines of CAMERA_ID MODEL WIDTH HEIGHT PARAMETERS. Received: others.")
    fitting = [row for row in rows if (int(row[2]), int(row[3])) == size]
    if len(fitting) != 1:
        sizes = ", ".join(sorted({f"{row[2]} x {row[3]}" for row in rows}))
        raise InputError(
            f"Expected one camera for an image of {size[0]} x {size[1]} pixels. "
            f"Received: {len(fitting)} of that size among {len(rows)} ({sizes})."
        )
    _, model, width, height, *parameters = fitting[0]
    if model not in _COLMAP:
        raise InputError(f"Expected a camera model among {', '.join(_COLMAP)}. Received: {model}.")
    places, lens = _COLMAP[model]
    values = [float(value) for value in parameters]
    if len(values) != max(places) + 1 + lens:
        raise InputError(f"Expected {max(places) + 1 + lens} parameters of {model}. Received: {len(values)}.")
    fx, fy, cx, cy = (values[place] for place in places)
    # COLMAP's pixel centres lie at halves.
    return _camera((fx, fy, cx - 0.5, cy - 0.5), values[max(places) + 1 :], (int(width), int(height)), size)


def _plain(text: str, size: tuple[int, int]) -> Camera:
    content = json.loads(text)
    if not isinstance(content, Mapping) or not {"fx", "fy", "cx", "cy"} <= content.keys() <= _JSON_KEYS:
        keys = ", ".join(content) if isinstance(content, Mapping) else type(content).__name__
        raise InputError(f"Expected fx, fy, cx, cy and perhaps width, height, distortion. Received: {keys}.")
    intrinsics = tuple(content[key] for key in ("fx", "fy", "cx", "cy"))
    return _camera(intrinsics, content.get("distortion", ()), (content.get("width"), content.get("height")), size)


def _camera(
    intrinsics: Sequence[float], distortion: Sequence[float], named: tuple[Any, Any], size: tuple[int, int]
) -> Camera:
    """named: the image size in the file, None where it has none; size: the image's."""
    if any(side is not None and side != actual for side, actual in zip(named, size, strict=True)):
        raise InputError(
            f"Expected a camera for an image of {size[0]} x {size[1]} pixels. "
            f"Received: one for {named[0]} x {named[1]}."
        )
    values = np.asarray(_numbers(intrinsics))
    if not (-0.5 <= values[2] <= size[0] - 0.5 and -0.5 <= values[3] <= size[1] - 0.5):
        raise InputError(
            f"Expected the principal point inside an image of {size[0]} x {size[1]} pixels. "
            f"Received: {values[2]:.6g}, {values[3]:.6g}: is it the camera of another image size?"
        )
    lens = [*_numbers(distortion), 0.0, 0.0, 0.0, 0.0, 0.0]
    if any(lens[5:]):
        raise InputError("Expected OpenCV's five distortion coefficients k1, k2, p1, p2, k3. Received: more than five.")
    return Camera(*values.tolist(), *size, distortion=tuple(lens[:5]))


def _first(content: Mapping, keys: Sequence[str]) -> Any:
    for key in keys:
        if key in content:
            return content[key]
    raise InputError(f"Expected a matrix named {' or '.join(keys)}. Received: {', '.join(map(str, content))}.")


def _numbers(value: Any) -> list[float]:
    """The numbers of a list, a list of lists or a matrix as OpenCV and ROS write it."""
    values = np.ravel(value["data"] if isinstance(value, Mapping) else value)
    if values.size and values.dtype.kind not in "fiu":
        raise InputError(f"Expected numbers. Received: {values.tolist()}.")
    return values.astype(np.float64).tolist()
