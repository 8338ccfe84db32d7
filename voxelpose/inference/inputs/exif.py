"""What a photograph's EXIF header says: the focal length, in pixels, and how the picture is to be turned."""

import os
import warnings
from typing import IO

import numpy as np

# Tags of the EXIF header; see CIPA DC-008.
_ORIENTATION = 0x0112
_EXIF_IFD = 0x8769
_FOCAL_LENGTH, _FOCAL_LENGTH_35MM = 0x920A, 0xA405
_WIDTH, _HEIGHT = 0xA002, 0xA003
_PLANE_RESOLUTION, _PLANE_UNIT = 0xA20E, 0xA210
_UNIT_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
# The 35 mm equivalent compares diagonals (CIPA DCG-001): 36 x 24 mm.
_DIAGONAL_35MM = float(np.hypot(36.0, 24.0))


def exif_focal(path: str | os.PathLike, width: int, height: int) -> tuple[float, str] | None:
    """Focal length in pixels of an image width x height, and what it was derived from; None if EXIF doesn't tell.

    The 35 mm equivalent comes first; then the focal length with the resolution of the focal plane.
    """
    tags = _tags(path)
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


def exif_turn(pixels: np.ndarray, file: IO[bytes]) -> np.ndarray:
    """Pixels (H, W, ...) as stored -> as they are to be seen, by the orientation that the picture's header names."""
    turns = {
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: a[::-1].swapaxes(0, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: a[:, ::-1].swapaxes(0, 1),
    }
    turn = turns.get(int(_number(_tags(file, None), _ORIENTATION)))
    return pixels if turn is None else turn(pixels)


def _tags(file: str | os.PathLike | IO[bytes], directory: int | None = _EXIF_IFD) -> dict:
    from PIL import Image

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(file) as image:
            header = image.getexif()
            return dict(header if directory is None else header.get_ifd(directory))
    except Exception:  # noqa: BLE001  a header that Pillow cannot read says nothing
        return {}


def _number(tags: dict, tag: int) -> float:
    """The tag's value if it is a finite number, else 0."""
    try:
        value = float(tags.get(tag, 0))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0
    return value if np.isfinite(value) else 0.0
