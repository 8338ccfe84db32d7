"""What is behind a drawn person: a photograph from a folder, or a scene made of noise, walls, floor and clutter."""

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


def sample_background(size: int, rng: np.random.Generator, folder: str | None = None) -> np.ndarray:
    """A background (size, size, 3) uint8 RGB; with a folder, four of five come from its photographs."""
    if folder is not None and rng.random() < 0.8:
        paths = photographs(folder)
        return _random_part(_photograph(paths[rng.integers(len(paths))]), size, rng)
    return _procedural(size, rng)


def _random_part(image: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    side = int(min(image.shape[:2]) * rng.uniform(0.4, 1.0))
    top = rng.integers(0, image.shape[0] - side + 1)
    left = rng.integers(0, image.shape[1] - side + 1)
    part = image[top : top + side, left : left + side]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    interpolation = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(part), (size, size), interpolation=interpolation)


def _procedural(size: int, rng: np.random.Generator) -> np.ndarray:
    image = _gradient(size, rng)
    if rng.random() < 0.6:
        horizon = int(size * rng.uniform(0.35, 0.85))
        image[horizon:] = _gradient(size, rng)[horizon:]
    for _ in range(rng.integers(0, 12)):
        _clutter(image, rng)
    image += rng.uniform(0, 40) * fractal_noise(size, rng)[..., None]
    if rng.random() < 0.4:
        image += rng.uniform(0, 50) * np.stack([fractal_noise(size, rng) for _ in range(3)], -1)
    return np.clip(image, 0, 255).astype(np.uint8)


def _gradient(size: int, rng: np.random.Generator) -> np.ndarray:
    corners = rng.uniform(0, 255, (1, 1, 3)) + rng.normal(0, 35, (2, 2, 3))
    return cv2.resize(corners.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)


def _clutter(image: np.ndarray, rng: np.random.Generator) -> None:
    size = image.shape[0]
    color = tuple(float(v) for v in rng.uniform(0, 255, 3))
    x, y = (int(v) for v in rng.uniform(-0.1, 1.1, 2) * size)
    w, h = (int(v) for v in rng.exponential(0.18, 2) * size + 2)
    match rng.integers(4):
        case 0:
            cv2.rectangle(image, (x, y), (x + w, y + h), color, -1)
        case 1:
            cv2.ellipse(image, (x, y), (w // 2 + 1, h // 2 + 1), float(rng.uniform(0, 180)), 0, 360, color, -1)
        case 2:
            end = tuple(int(v) for v in rng.uniform(-0.1, 1.1, 2) * size)
            cv2.line(image, (x, y), end, color, int(rng.integers(1, max(2, size // 20))))
        case 3:
            corners = (np.array([x, y]) + rng.normal(0, 0.15, (5, 2)) * size).astype(np.int32)
            cv2.fillPoly(image, [corners], color)


def fractal_noise(size: int, rng: np.random.Generator) -> np.ndarray:
    """Noise (size, size) float32 of several scales, mean about 0, deviation about 1."""
    total = np.zeros((size, size), np.float32)
    cells, weight = int(rng.integers(2, 6)), 1.0
    while cells < size:
        layer = rng.standard_normal((cells, cells)).astype(np.float32)
        total += weight * cv2.resize(layer, (size, size), interpolation=cv2.INTER_CUBIC)
        cells, weight = cells * 3, weight * rng.uniform(0.4, 0.8)
    return total / max(float(total.std()), 1e-6)
