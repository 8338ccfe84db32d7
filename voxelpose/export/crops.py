"""Crops to compare two runtimes on, and to calibrate integers by: people in differently placed boxes."""

from collections.abc import Sequence

import numpy as np

from voxelpose.geometry import Crop
from voxelpose.inference.inputs.boxes import Box

# Shifts as parts of the crop's side, factors on it, and turns: what boxes of detectors differ by, and more.
_SHIFT, _SCALE, _DEGREES = 0.08, 0.2, 20.0


def varied_crops(
    pictures: Sequence[tuple[np.ndarray, Box]], size: int, margin: float, count: int, seed: int
) -> np.ndarray:
    """(count, size, size, 3) uint8 crops, taken from pictures (H, W, 3) and their boxes in turns.

    Each is shifted, scaled, turned, and half of the time mirrored, at random by `seed`.
    """
    generator = np.random.default_rng(seed)
    crops = []
    for n in range(count):
        image, (x, y, width, height) = pictures[n % len(pictures)]
        side = margin * max(width, height)
        centre = np.array([x + width / 2, y + height / 2]) - 0.5 + side * generator.uniform(-_SHIFT, _SHIFT, 2)
        scaled = side * (1 + generator.uniform(-_SCALE, _SCALE))
        turned = generator.uniform(-_DEGREES, _DEGREES)
        crops.append(Crop.around(centre, scaled, size, turned, bool(generator.integers(2))).warp(image))
    return np.stack(crops)


def drawn_crops(size: int, margin: float, count: int, seed: int) -> np.ndarray:
    """(count, size, size, 3) uint8 crops of people drawn on demand: bodies and scenes that no photograph here has."""
    from voxelpose.data.augmentation.crops import person_square
    from voxelpose.synthetic.people import SyntheticSettings, draw_person

    settings = SyntheticSettings(person_free=0.0)
    crops = []
    for n in range(count):
        example = draw_person(seed, n, settings)
        centre, longest = person_square(example)
        crops.append(Crop.around(centre, margin * longest, size).warp(example.image))
    return np.stack(crops)
