"""Boxes around a person: x, y, width, height in pixels, the picture itself being 0, 0, width, height."""

from collections.abc import Sequence

import numpy as np

from voxelpose.errors import InputError

Box = tuple[float, float, float, float]

FORMATS = {"xywh": "x,y,width,height", "xyxy": "x1,y1,x2,y2"}
# Joints end at wrists, ankles and the top of the head; hands and feet reach further. Training crops allow as much.
JOINT_MARGIN = 0.04
# Fewer credible joints than this say nothing about where a whole person is.
MIN_JOINTS = 4


def parse_box(text: str, box_format: str = "xywh") -> Box:
    """Read "x,y,width,height", or "x1,y1,x2,y2" where box_format is xyxy -> x, y, width, height.

    Anything but four finite numbers, or corners in the wrong order, is an InputError.
    """
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != 4 or not np.isfinite(values).all():
        raise InputError(f"Expected a box as four numbers {FORMATS[box_format]} in pixels. Received: '{text}'.")
    return to_xywh(values, box_format)


def to_xywh(values: Sequence[float], box_format: str) -> Box:
    """Four finite numbers in a named format -> x, y, width, height; InputError if they are no box in that format."""
    if box_format not in FORMATS:
        raise InputError(f"Expected a box format among {', '.join(FORMATS)}. Received: {box_format}.")
    try:
        box = tuple(float(value) for value in values)
    except (TypeError, ValueError):
        box = ()
    if len(box) != 4 or not np.isfinite(box).all():
        raise InputError(f"Expected a box of four finite numbers {FORMATS[box_format]}. Received: {_shown(values)}.")
    if max(map(abs, box)) <= 1.5 and any(value % 1 for value in box):
        raise InputError(
            f"Expected a box {FORMATS[box_format]} in pixels. Received: {box}, which looks like fractions of the "
            "picture: multiply them by its width and height."
        )
    if box_format == "xywh":
        if min(box[2:]) <= 0:
            raise InputError(f"Expected a box with positive width and height ({FORMATS['xywh']}). Received: {box}.")
        return box
    x1, y1, x2, y2 = box
    if x2 <= x1 or y2 <= y1:
        raise InputError(f"Expected corners {FORMATS['xyxy']} with x2 > x1 and y2 > y1. Received: {box}.")
    return (x1, y1, x2 - x1, y2 - y1)


def overlap(one: Box, other: Box) -> float:
    """Area of the intersection over that of the union, in [0, 1]."""
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(np.add(one[:2], one[2:]), np.add(other[:2], other[2:]))
    shared = float(np.prod(np.maximum(high - low, 0)))
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def check_box(box: Sequence[float], width: int, height: int) -> Box:
    """Return the box as floats if it is finite, not empty and meets a picture of width x height pixels.

    Raises InputError otherwise. The box may reach beyond the picture.
    """
    try:
        values = tuple(float(value) for value in box)
    except (TypeError, ValueError):
        values = ()
    if len(values) != 4 or not np.isfinite(values).all():
        raise InputError(f"Expected a box of four finite numbers x, y, width, height. Received: {_shown(box)}.")
    x, y, w, h = values
    if w <= 0 or h <= 0:
        raise InputError(
            f"Expected a box with positive width and height (x, y, width, height). Received: {_shown(box)}."
        )
    if x >= width or y >= height or x + w <= 0 or y + h <= 0:
        raise InputError(
            f"Expected a box that meets the picture of {width} x {height} pixels. Received: {_shown(box)}."
        )
    return values


def whole_image(width: int, height: int) -> Box:
    """The box that covers the picture."""
    return (0.0, 0.0, float(width), float(height))


def box_from_joints(
    joints_2d: np.ndarray, spread: np.ndarray, credible: np.ndarray, width: int, height: int
) -> Box | None:
    """The person's box from joints (J, 2) in image pixels, or None if they don't tell.

    spread: (J, 2) pixels by which a joint may be elsewhere: means of blurred likelihoods crowd in the middle of the
    person, and a box around means alone would shrink from pass to pass. credible: (J,) bool, the joints to trust.
    The margin is a part of the longer side; the box is cut at the picture.
    """
    points, reach = joints_2d[credible], spread[credible]
    if len(points) < MIN_JOINTS:
        return None
    # Pixel centres are integers, a box counts from the pixel's edge.
    low, high = (points - reach).min(axis=0) + 0.5, (points + reach).max(axis=0) + 0.5
    margin = JOINT_MARGIN * (high - low).max()
    x, y = np.maximum(low - margin, 0)
    right, bottom = np.minimum(high + margin, (width, height))
    if right - x < 1 or bottom - y < 1:
        return None
    return (float(x), float(y), float(right - x), float(bottom - y))


def _shown(box: object) -> str:
    return str(tuple(box)) if isinstance(box, Sequence) and not isinstance(box, str) else repr(box)
