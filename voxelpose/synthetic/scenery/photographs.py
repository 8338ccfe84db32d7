"""Photographs from a user's folder as backgrounds."""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from voxelpose.errors import InputError

_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
# Photographs are kept in memory at this size of the shorter side.
_SHORTER_SIDE = 480


@lru_cache(maxsize=4)
def photographs(folder: str) -> tuple[Path, ...]:
    """The image files below a folder, in a fixed order. InputError if there is none."""
    found = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in _ENDINGS)
    if not found:
        raise InputError(f"Expected photographs ({', '.join(_ENDINGS)}) in the folder {folder}. There is none.")
    return tuple(found)


@lru_cache(maxsize=600)
def _photograph(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise InputError(f"Expected a photograph in {path}. Received: a file that cannot be read as an image.")
    scale = _SHORTER_SIDE / min(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def photographic_background(folder: str, size: int, rng: np.random.Generator) -> np.ndarray:
    """A random part (size, size, 3) uint8 RGB of one of a folder's photographs."""
    paths = photographs(folder)
    return _random_part(_photograph(paths[rng.integers(len(paths))]), size, rng)


def _random_part(image: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    side = int(min(image.shape[:2]) * rng.uniform(0.4, 1.0))
    top = rng.integers(0, image.shape[0] - side + 1)
    left = rng.integers(0, image.shape[1] - side + 1)
    part = image[top : top + side, left : left + side]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    interpolation = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(part), (size, size), interpolation=interpolation)
