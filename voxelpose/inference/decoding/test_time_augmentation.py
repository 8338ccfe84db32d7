"""Several crops of one person, larger, smaller and turned, and their volumes brought onto one grid and averaged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import Crop
from voxelpose.networks import decode


@dataclass(frozen=True)
class Variation:
    """zoom: factor on the person's size in the crop; degrees: the content turned clockwise about the crop's centre.

    The centre stays, and with it the ray along which depth is measured: depths of all variations mean the same.
    """

    zoom: float
    degrees: float

    @property
    def linear(self) -> np.ndarray:
        """(2, 2): offsets from the centre in the plain crop -> in this one."""
        angle = np.radians(self.degrees)
        return self.zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def of(self, crop: Crop) -> Crop:
        """The varied crop."""
        middle = np.full(2, (crop.size - 1) / 2)
        matrix = self.linear @ (crop.matrix - np.column_stack([np.zeros((2, 2)), middle]))
        return replace(crop, matrix=matrix + np.column_stack([np.zeros((2, 2)), middle]))


# The plain crop first. All lie well inside what training draws; smaller ones lose resolution, larger ones cut hands.
VARIATIONS = (
    Variation(1.0, 0.0),
    Variation(1.0, 12.0),
    Variation(1.0, -12.0),
    Variation(0.88, 0.0),
    Variation(1.12, 0.0),
)


def chosen_variations(count: int) -> tuple[Variation, ...]:
    """The first `count` of them; InputError for a number that there are not."""
    if not 1 <= count <= len(VARIATIONS):
        raise InputError(f"Expected 1 to {len(VARIATIONS)} crops per person. Received: {count}.")
    return VARIATIONS[:count]


def average_volumes(volumes: Sequence[np.ndarray], variations: Sequence[Variation], temperature: float) -> np.ndarray:
    """Mean of the variations' log-likelihoods on the plain crop's grid, all (B, H, W, J, D).

    Each volume is normalised first, since a network may add any constant to a joint's logits. A cell that a variation
    doesn't see takes the mean of those that do; the plain crop sees all. The result's likelihood is read at the same
    temperature as that of the volumes.
    """
    if len(volumes) == 1:
        return volumes[0]
    total, count = np.zeros(volumes[0].shape, np.float32), 0.0
    for volume, variation in zip(volumes, variations, strict=True):
        # The density per cell of the plain grid: a cell of a zoomed crop covers less of the picture.
        log = np.log(np.maximum(decode.likelihood(volume, temperature), 1e-30)) + 2 * np.log(variation.zoom)
        resampled, seen = _resampled(log, variation)
        total += resampled
        count = count + seen
    return total / count[:, :, None, None] / np.float32(temperature)


def _resampled(volume: np.ndarray, variation: Variation) -> tuple[np.ndarray, np.ndarray]:
    """A variation's volume (B, H, W, J, D) at the plain crop's cell centres, bilinear, and the (H, W) cells that it
    sees, as 1 and 0; it is 0 in the others."""
    batch, height, width, joints, depth = volume.shape
    cells, weights, seen = _corners(variation, height, width)
    rows = volume.reshape(batch, height * width, joints * depth)
    mixed = sum(rows[:, cell] * weight[:, None] for cell, weight in zip(cells, weights, strict=True))
    return mixed.reshape(volume.shape), seen


@lru_cache(maxsize=64)
def _corners(variation: Variation, height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every cell of the plain grid the four cells of the variation's around it, (4, H * W) indices and weights."""
    x, y = ((np.arange(n) + 0.5) / n - 0.5 for n in (width, height))
    offsets = np.stack([np.tile(x, height), np.repeat(y, width)])
    place = (variation.linear @ offsets + 0.5) * np.array([[width], [height]]) - 0.5
    # The outermost half of a cell has a centre on one side only: what lies there takes that cell's value.
    limits = np.array([[width - 1], [height - 1]])
    seen = ((place >= -0.5) & (place <= limits + 0.5)).all(axis=0)
    place = np.clip(place, 0, limits)
    low = np.minimum(np.floor(place).astype(int), np.maximum(limits - 1, 0))
    part = place - low
    cells, weights = [], []
    for right in (0, 1):
        for below in (0, 1):
            column, row = np.minimum(low + [[right], [below]], limits)
            share = (part[0] if right else 1 - part[0]) * (part[1] if below else 1 - part[1])
            cells.append(row * width + column)
            weights.append(np.where(seen, share, 0.0))
    return np.stack(cells), np.stack(weights).astype(np.float32), seen.reshape(height, width).astype(np.float32)
