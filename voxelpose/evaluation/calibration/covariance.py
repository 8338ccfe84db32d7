"""Whether a network's covariance says how wrong it is, and the numbers that make it so.

Errors are compared with standard deviations in the axes of the grid: x and y of the crop and depth. The root's depth is
0 by definition and takes no part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.predictions.predict import NetworkPredictions
from voxelpose.evaluation.reports.diagnosis import true_fractions

AXES = ("x", "y", "z")
# Shares of a normal distribution within so many standard deviations of its mean.
COVERAGES = {0.50: 0.6745, 0.68: 0.9945, 0.90: 1.6449, 0.95: 1.9600}
_FITTED_SHARE = 0.68


@dataclass(frozen=True)
class AxisCalibration:
    """One axis. coverage: share of joints whose error lies within the interval that promises `promised`, in the same
    order; scale: the factor on this axis's variance that would make the promise of 68% true; count: joints.
    """

    axis: str
    promised: tuple[float, ...]
    coverage: tuple[float, ...]
    scale: float
    count: int


def calibration(read: NetworkPredictions, people: People) -> list[AxisCalibration]:
    """How often the truth lies within the stated intervals, axis by axis, over joints inside the grid."""
    ratio = standardised_errors(read, people)
    found = []
    for number, axis in enumerate(AXES):
        ratios = ratio[..., number][np.isfinite(ratio[..., number])]
        if ratios.size:
            inside = tuple(float((ratios <= width).mean()) for width in COVERAGES.values())
            scale = float((np.quantile(ratios, _FITTED_SHARE) / COVERAGES[_FITTED_SHARE]) ** 2)
            found.append(AxisCalibration(axis, tuple(COVERAGES), inside, scale, int(ratios.size)))
    return found


def standardised_errors(read: NetworkPredictions, people: People) -> np.ndarray:
    """(N, J, 3) absolute errors in standard deviations per axis; NaN where the truth is unknown or outside the grid."""
    truth = true_fractions(read, people)
    variance = np.stack([np.diagonal(reading.covariance, axis1=1, axis2=2) for reading in read.by_person])
    outside = ~((truth >= 0) & (truth <= 1))
    ratio = np.abs(read.fractions - truth) / np.sqrt(np.where(variance > 0, variance, np.nan))
    return np.where(outside, np.nan, ratio)


def fit_covariance_scale(
    read: NetworkPredictions, people: People, current: Sequence[float]
) -> tuple[float, float, float]:
    """The preset's `covariance_scale` with which 68% of errors lie within the 68% interval, per axis.

    current: the one that the readings were made with. InputError where an axis has no truth to be fitted to.
    """
    scales = {one.axis: one.scale for one in calibration(read, people)}
    missing = [axis for axis in AXES if axis not in scales]
    if missing:
        raise InputError(f"Expected people whose joints are known along x, y and z. Received: none along {missing[0]}.")
    return tuple(float(scales[axis] * before) for axis, before in zip(AXES, current, strict=True))
