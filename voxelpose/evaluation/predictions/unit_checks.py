"""Units that are wrong by their size: metres, voxels or pixels where millimetres were promised."""

import numpy as np

from voxelpose.data.record import LARGEST_MM, SMALLEST_MM
from voxelpose.errors import InputError
from voxelpose.evaluation.metrics.pairs import PredictedJoints
from voxelpose.evaluation.people.people import People

_MM_PER_METRE = 1000.0
# Predictions this close to the true pixels, in parts of the person's size in the picture, are pixels.
_SAME_PIXELS = 0.15


def check_people(people: People) -> None:
    """InputError if the true joints are of an impossible size in mm."""
    _check_size(people.joints_mm, f"the true joints of {people.name}")


def check_predicted(predicted: PredictedJoints, people: People, where: str) -> None:
    """InputError if predicted joints are of an impossible size in mm, or pixels instead of mm. where: for messages."""
    joints = predicted.joints_mm
    if joints is None:
        return
    _check_size(joints, where)
    if predicted.skeleton.joints == people.skeleton.joints and len(joints) == len(people):
        apart = _median(np.linalg.norm(joints[..., :2] - people.pixels, axis=-1))
        if apart < _SAME_PIXELS * _median(_extent(people.pixels)):
            raise InputError(f"Expected mm in {where}. Received: x and y that are pixels of the picture.")


def _check_size(joints: np.ndarray, where: str) -> None:
    extent = _median(_extent(joints))
    if np.isnan(extent) or SMALLEST_MM <= extent <= LARGEST_MM:
        return
    hint = "; are these metres?" if SMALLEST_MM <= extent * _MM_PER_METRE <= LARGEST_MM else "."
    raise InputError(
        f"Expected people of {SMALLEST_MM:.0f} to {LARGEST_MM:.0f} mm in {where}. "
        f"Received: people of {extent:.3g}{hint}"
    )


def _extent(joints: np.ndarray) -> np.ndarray:
    """(N,) diagonal of the box around everybody's known joints, NaN where fewer than two are known."""
    known = np.isfinite(joints).all(-1, keepdims=True)
    low, high = np.where(known, joints, np.inf).min(1), np.where(known, joints, -np.inf).max(1)
    return np.where(known.sum((1, 2)) > 1, np.linalg.norm(high - low, axis=-1), np.nan)


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")
