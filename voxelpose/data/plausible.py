"""Labels that no person can have are refused where they are read: NaN, infinite ones, magnitudes of another world.

The bounds are far beyond every annotated person, so that they find damage and wrong units, not odd poses; what is odd
about a crowd is for `store.check`.
"""

import numpy as np

from voxelpose.data.labels import Labels
from voxelpose.errors import InputError

REACH_MM = 10_000.0
FARTHEST_MM = 1_000_000.0
# In sides of the picture.
_FARTHEST_PIXEL = 100.0
_LONGEST_FOCAL = 10_000.0
_HEAVIEST = 1_000.0


def check_labels(labels: Labels, name: str) -> Labels:
    """The labels themselves; InputError for the first example of `name` whose labels are those of no person."""
    with np.errstate(invalid="ignore", over="ignore"):
        for rows, expected, received in _faults(labels):
            if rows.any():
                row = int(np.argmax(rows))
                raise InputError(
                    f"Expected {expected}. Received: {received(row)}, example {row} of {name} "
                    f"({np.count_nonzero(rows)} of {len(labels)} are so); its labels are damaged or in another unit."
                )
    return labels


def _faults(labels: Labels):
    """(rows that are wrong (N,) bool, what was expected, a row's value in words), the checks one by one."""
    joints, weights, cameras, size = labels.joints, labels.weights, labels.cameras, labels.size
    known = labels.known & labels.present[:, None, None]
    heavy = ~((weights >= 0) & (weights <= _HEAVIEST))
    yield (
        heavy.any((1, 2)),
        f"weights of joints from 0 to {_HEAVIEST:g}",
        lambda row: _extreme(weights[row][heavy[row]]),
    )
    yield (
        (~known & (weights > 0) & labels.present[:, None, None]).any((1, 2)),
        "a number wherever a joint has a weight",
        lambda row: "NaN or an infinite number",
    )
    beyond = np.abs(joints[..., :2]) > _FARTHEST_PIXEL * size
    yield (
        (beyond & known[..., :2]).any((1, 2)),
        f"joints within {_FARTHEST_PIXEL:g} sides of their picture",
        lambda row: f"{_extreme(joints[row, :, :2])} pixels",
    )
    yield (
        ((np.abs(joints[..., 2]) > REACH_MM) & known[..., 2]).any(1),
        f"joints within {REACH_MM / 1000:g} m of their root",
        lambda row: f"{_extreme(joints[row, :, 2])} mm",
    )
    depth = cameras.root_depth_mm
    yield (
        cameras.root_known & ~((depth > 0) & (depth < FARTHEST_MM)),
        f"roots from 0 to {FARTHEST_MM / 1000:g} m before the camera",
        lambda row: f"{depth[row]:g} mm",
    )
    focal = np.stack([cameras.fx, cameras.fy], axis=1)
    yield (
        cameras.known & ~((focal > 0) & (focal < _LONGEST_FOCAL * size)).all(1),
        f"focal lengths from 0 to {_LONGEST_FOCAL:g} sides of the picture",
        lambda row: f"{_extreme(focal[row])} pixels",
    )
    if labels.measured is not None:
        mm, there = labels.measured.mm, labels.measured.known[..., None]
        far = (np.abs(mm) > FARTHEST_MM) & there
        span = np.where(there, mm, -np.inf).max(1) - np.where(there, mm, np.inf).min(1)
        yield (
            far.any((1, 2)) | (span > REACH_MM).any(1),
            f"joints within {REACH_MM / 1000:g} m of each other and {FARTHEST_MM / 1000:g} m of the camera",
            lambda row: f"{_extreme(mm[row])} mm",
        )


def _extreme(values: np.ndarray) -> str:
    wrong = values[~np.isfinite(values)]
    return f"{wrong.ravel()[0] if wrong.size else values.ravel()[np.argmax(np.abs(values))]:g}"
