"""One record as the store keeps it: a square picture around the person, as a camera without distortion sees it.

Undoing the lens here makes everything later exact: the labels of a stored example are the pinhole projection of its
joints in mm, so no reader of a store has to know about lenses. It costs one interpolation, which the crop needs anyway.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from voxelpose.data.example import BOX_GROWTH, Example, PictureCamera
from voxelpose.data.labels import Labels
from voxelpose.data.pictures import PictureError, decode_picture
from voxelpose.data.plausible import check_labels
from voxelpose.data.record import About, Record, Skipped
from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop

_NO_LENS = (0.0,) * 5
_SIZE_TOLERANCE = 0.01
_NODE = 8


@dataclass(frozen=True, eq=False)
class SquareExample:
    """An `Example` and what else is known of it, as a file keeps it: NaN where unknown.

    joints_mm: (J, 3) float32 in the frame of the picture's camera. about: subject, action and so on.
    matrix: (2, 3) from pixels of the original picture (its lens undone, where the camera is known) to the example's.
    original: width and height of the original picture, and fx, fy, cx, cy, k1, k2, p1, p2, k3 of its camera.
    square: the data set's own crop in the original picture: centre x, y and side. jpeg: the bytes of the picture where
    they are kept as they are, else None.
    """

    example: Example
    joints_mm: np.ndarray
    about: About
    matrix: np.ndarray
    original: np.ndarray
    square: np.ndarray
    jpeg: bytes | None = None


def cut_square_example(record: Record, size: int, margin: float) -> SquareExample | Skipped:
    """Read the record's picture and cut the square of `margin` times the person's box, shown with `size` pixels.

    Of a `whole` picture, which must have `size` pixels a side, nothing is cut and the bytes are kept. Labels that a
    store would be refused for (`data.plausible`) are left out here.
    """
    made = _cut_square(record, size, margin)
    if isinstance(made, Skipped):
        return made
    try:
        check_labels(Labels.of(record.skeleton, size, [made.example]), record.source)
    except InputError as error:
        return Skipped("labels of no person", f"{record.source}: {error}")
    return made


def _cut_square(record: Record, size: int, margin: float) -> SquareExample | Skipped:
    try:
        if record.whole:
            return _whole(record, size)
        image = record.picture.read()
    except PictureError as error:
        return Skipped(error.reason, record.source)
    height, width = image.shape[:2]
    camera = record.camera
    if camera is not None and not _same_size(camera, width, height):
        return Skipped(
            "picture of another size than its camera",
            f"{record.source}: camera {camera.width} x {camera.height}, picture {width} x {height}",
        )
    pixels = _without_lens(record.shown, camera)
    center, side = _square(record, pixels)
    if not side > 1:
        return Skipped("person smaller than two pixels", record.source)
    crop = Crop.around(center, margin * side, size)
    return _square_example(record, _cut(image, crop, camera), pixels, crop, (width, height))


def _whole(record: Record, size: int) -> SquareExample | Skipped:
    content = record.picture.content()
    image = decode_picture(content, record.source)
    height, width = image.shape[:2]
    if (width, height) != (size, size):
        return Skipped(f"picture of another size than {size} x {size}", f"{record.source}: {width} x {height}")
    made = _square_example(record, image, record.shown, Crop(np.eye(2, 3), size), (width, height))
    return replace(made, jpeg=content)


def _square_example(
    record: Record, image: np.ndarray, pixels: np.ndarray, crop: Crop, original: tuple[int, int]
) -> SquareExample:
    """pixels: (J, 2) in the original picture, lens undone; original: its width and height."""
    joints, weights, known = _labels(record, pixels, crop)
    return SquareExample(
        Example(image, joints, weights, True, record.source, _picture_camera(record, crop), known),
        _joints_mm(record),
        record.about,
        crop.matrix,
        _original(*original, record.camera),
        np.array(record.square or (np.nan,) * 3),
    )


def pinhole(camera: Camera) -> Camera:
    """The same camera with its lens distortion undone."""
    return replace(camera, distortion=_NO_LENS)


def _same_size(camera: Camera, width: int, height: int) -> bool:
    # Human3.6M's pictures have 1000 or 1002 rows, and its camera files don't always say which.
    return (
        abs(camera.width - width) <= _SIZE_TOLERANCE * width and abs(camera.height - height) <= _SIZE_TOLERANCE * height
    )


def _without_lens(pixels: np.ndarray, camera: Camera | None) -> np.ndarray:
    if camera is None or not any(camera.distortion):
        return pixels
    return pinhole(camera).project(camera.rays(pixels))


def _square(record: Record, pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and side of the square that holds the annotated box and the joints."""
    known = pixels[np.isfinite(pixels).all(-1)]
    corners = []
    if record.box is not None:
        x, y, width, height = record.box
        box = np.array([[x - 0.5, y - 0.5], [x + width - 0.5, y + height - 0.5]])
        corners.append(_without_lens(box, record.camera))
    if len(known) > 1:
        middle, half = (known.min(0) + known.max(0)) / 2, np.ptp(known, axis=0) * BOX_GROWTH / 2
        corners.append(np.stack([middle - half, middle + half]))
    if not corners:
        return np.zeros(2), 0.0
    corners = np.concatenate(corners)
    return (corners.min(0) + corners.max(0)) / 2, float(np.ptp(corners, axis=0).max())


def _labels(record: Record, pixels: np.ndarray, crop: Crop) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joints, weights and known, (J, 3) each, of the example."""
    plane, depth = crop.to_crop(pixels), _depth(record, crop)
    inside = ((plane >= -0.5) & (plane <= crop.size - 0.5)).all(-1)
    position = np.column_stack([plane, depth])
    known = np.isfinite(position)
    weights = known & inside[:, None] if record.trust is None else known * inside[:, None] * record.trust
    return np.where(known, position, 0).astype(np.float32), weights.astype(np.float32), known


def _depth(record: Record, crop: Crop) -> np.ndarray:
    """(J,) depth in mm relative to the root along the ray through the crop's centre, or as the data set has it."""
    if record.joints_mm is None:
        return np.full(len(record.skeleton), np.nan) if record.depth_mm is None else record.depth_mm
    depth = record.joints_mm @ crop.facing(pinhole(record.camera)).depth_axis
    return depth - depth[record.skeleton.root]


def _picture_camera(record: Record, crop: Crop) -> PictureCamera | None:
    if record.camera is None:
        return None
    camera = pinhole(record.camera)
    center = crop.to_crop(np.array([camera.cx, camera.cy]))
    root = np.full(3, np.nan) if record.joints_mm is None else record.joints_mm[record.skeleton.root]
    depth = float(root @ crop.facing(camera).depth_axis)
    intrinsics = camera.fx * crop.scale, camera.fy * crop.scale, *map(float, center)
    return PictureCamera(*intrinsics, depth if np.isfinite(depth) else None)


def _joints_mm(record: Record) -> np.ndarray:
    if record.joints_mm is None:
        return np.full((len(record.skeleton), 3), np.nan, np.float32)
    return record.joints_mm.astype(np.float32)


def _original(width: int, height: int, camera: Camera | None) -> np.ndarray:
    if camera is None:
        return np.array([width, height, *[np.nan] * 9])
    return np.array([width, height, camera.fx, camera.fy, camera.cx, camera.cy, *camera.distortion])


def _cut(image: np.ndarray, crop: Crop, camera: Camera | None) -> np.ndarray:
    """The square picture; bilinear, averaged where it shrinks, black outside the original."""
    if camera is None or not any(camera.distortion):
        return crop.warp(image)
    # Where it shrinks, more pixels are taken than are kept and then averaged, as `Crop.warp` does.
    factor = max(int(1 / crop.scale), 1)
    source = lens_map(crop, camera, factor)
    taken = cv2.remap(image, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return taken if factor == 1 else cv2.resize(taken, (crop.size,) * 2, interpolation=cv2.INTER_AREA)


def lens_map(crop: Crop, camera: Camera, factor: int) -> np.ndarray:
    """(n, n, 2) float32, n = factor * crop.size: where in the original picture each point of the crop is taken from.

    The lens is smooth: it is followed exactly at every eighth point and linearly in between, within 0.01 pixels.
    """
    weights = _between_nodes(crop.size * factor)
    nodes = np.arange(weights.shape[1]) * _NODE
    axis = (nodes + 0.5) / factor - 0.5
    wanted = crop.to_image(np.stack(np.meshgrid(axis, axis), axis=-1))
    exact = camera.project(pinhole(camera).rays(wanted))
    return np.stack([weights @ exact[..., i] @ weights.T for i in (0, 1)], axis=-1).astype(np.float32)


@lru_cache(maxsize=16)
def _between_nodes(count: int) -> np.ndarray:
    """(count, nodes) weights of linear interpolation between nodes that lie `_NODE` points apart."""
    place = np.arange(count) / _NODE
    distance = np.abs(place[:, None] - np.arange(int(place[-1]) + 2))
    return np.maximum(1 - distance, 0)
