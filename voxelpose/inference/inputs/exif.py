"""What a photograph's EXIF header says about its camera: the focal length, in pixels."""

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.data.picture_header import EXIF_IFD, exif_tags
from voxelpose.errors import InputWarning

# Tags of the EXIF header; see CIPA DC-008.
_FOCAL_LENGTH, _FOCAL_LENGTH_35MM = 0x920A, 0xA405
_WIDTH, _HEIGHT = 0xA002, 0xA003
_PLANE_RESOLUTION, _PLANE_UNIT = 0xA20E, 0xA210
_UNIT_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
# The 35 mm equivalent compares diagonals (CIPA DCG-001): 36 x 24 mm.
_DIAGONAL_35MM = float(np.hypot(36.0, 24.0))
# Sizes are rounded where pictures are made smaller; ratios of sides differ by more where something was cut off.
_SAME_RATIO = 0.02


def exif_focal(path: str | os.PathLike, width: int, height: int) -> tuple[float, str] | None:
    """Focal length in pixels of an image width x height, and what it was derived from; None if EXIF doesn't tell.

    The 35 mm equivalent comes first; then the focal length with the resolution of the focal plane. Of a picture whose
    sides have another ratio than the header names, a part was cut off: the focal length is then that of the picture
    named, which only holds if it was not made smaller as well (InputWarning). A picture that is larger than the header
    names and of another ratio has a header of something else, which says nothing (InputWarning).
    """
    try:
        tags = exif_tags(Path(path).read_bytes(), EXIF_IFD)
    except OSError:
        return None
    whole = _whole_size(tags, width, height)
    found = _focal(tags, *whole)
    if found is None or whole == (width, height):
        return found
    told = f"{path}: the EXIF header names {whole[0]} x {whole[1]} pixels, the picture has {width} x {height}"
    if whole[0] < width or whole[1] < height:
        warnings.warn(f"{told}: its focal length is not believed.", InputWarning, stacklevel=2)
        return None
    warnings.warn(
        f"{told}: a part was cut out; the focal length is right if the part was not made smaller, else give it.",
        InputWarning,
        stacklevel=2,
    )
    return found[0], f"{found[1]}, of which the picture is a part"


def _focal(tags: Mapping[int, Any], width: int, height: int) -> tuple[float, str] | None:
    equivalent = _number(tags, _FOCAL_LENGTH_35MM)
    if equivalent > 0:
        pixels = equivalent * float(np.hypot(width, height)) / _DIAGONAL_35MM
        return pixels, f"EXIF focal length {equivalent:.0f} mm (35 mm equivalent)"
    length, resolution = _number(tags, _FOCAL_LENGTH), _number(tags, _PLANE_RESOLUTION)
    unit = _UNIT_MM.get(int(_number(tags, _PLANE_UNIT)), 25.4)
    longer = max(_number(tags, _WIDTH), _number(tags, _HEIGHT))
    if length > 0 and resolution > 0 and longer > 0:
        pixels = length * resolution / unit * max(width, height) / longer
        return pixels, f"EXIF focal length {length:.3g} mm and its focal plane"
    return None


def _whole_size(tags: Mapping[int, Any], width: int, height: int) -> tuple[int, int]:
    """Width and height of the picture that the header describes: the picture's own, unless their ratio differs."""
    sides = sorted(int(_number(tags, tag)) for tag in (_WIDTH, _HEIGHT))
    if sides[0] < 1:
        return width, height
    # The header counts stored pixels, which may lie turned.
    named = (sides[1], sides[0]) if width >= height else (sides[0], sides[1])
    ratio = (named[0] / named[1]) / (width / height)
    return (width, height) if abs(np.log(ratio)) <= _SAME_RATIO else named


def _number(tags: Mapping[int, Any], tag: int) -> float:
    """The tag's value if it is a finite number, else 0."""
    try:
        value = float(tags.get(tag, 0))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0
    return value if np.isfinite(value) else 0.0
