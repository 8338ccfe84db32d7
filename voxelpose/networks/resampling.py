"""Volumes of turned and zoomed crops on the grid of the plain one."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from voxelpose.networks import decode


def average_volumes(volumes: Sequence[np.ndarray], linears: Sequence[np.ndarray], temperature: float) -> np.ndarray:
    """Mean of several crops' log-likelihoods on the grid of the first one, the plain crop, all (B, H, W, J, D).

    linears: (2, 2) each, offsets from the centre in the plain crop -> in that crop, in fractions.
    Each volume is normalised first, since a network may add any constant to a joint's logits. A cell that a crop
    doesn't see takes the mean of those that do; the plain crop sees all. The result's likelihood is read at the same
    temperature as that of the volumes.
    """
    if len(volumes) == 1:
        return volumes[0]
    total, count = np.zeros(volumes[0].shape, np.float32), 0.0
    for volume, linear in zip(volumes, linears, strict=True):
        # The density per cell of the plain grid: a cell of a zoomed crop covers less of the picture.
        log = np.log(np.maximum(decode.likelihood(volume, temperature), 1e-30)) + np.log(np.linalg.det(linear))
        resampled, seen = _resampled(log, linear)
        total += resampled
        count = count + seen
    return total / count[:, :, None, None] / np.float32(temperature)


def _resampled(volume: np.ndarray, linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A crop's volume (B, H, W, J, D) at the plain crop's cell centres, bilinear, and the (H, W) cells that it
    sees, as 1 and 0; it is 0 in the others."""
    batch, height, width, joints, depth = volume.shape
    cells, weights, seen = _corners(tuple(map(tuple, np.asarray(linear).tolist())), height, width)
    rows = volume.reshape(batch, height * width, joints * depth)
    mixed = sum(rows[:, cell] * weight[:, None] for cell, weight in zip(cells, weights, strict=True))
    return mixed.reshape(volume.shape), seen


@lru_cache(maxsize=64)
def _corners(
    linear: tuple[tuple[float, ...], ...], height: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every cell of the plain grid the four cells of the other crop's around it, (4, H * W) indices and weights."""
    x, y = ((np.arange(n) + 0.5) / n - 0.5 for n in (width, height))
    offsets = np.stack([np.tile(x, height), np.repeat(y, width)])
    place = (np.array(linear) @ offsets + 0.5) * np.array([[width], [height]]) - 0.5
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
