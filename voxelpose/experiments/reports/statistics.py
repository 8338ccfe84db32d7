"""Means of few trainings and how far they can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.evaluation.metrics.scores import bootstrap_interval

# So many trainings make an interval over trainings, and a verdict.
ENOUGH = 3
# Quantile .975 of Student's t by degrees of freedom; more than ten are taken for ten, which errs on the wide side.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
OVER_TRAININGS, OVER_PEOPLE = "trainings", "people"


@dataclass(frozen=True)
class Estimate:
    """A mean and its 95 % interval. over: what would be drawn again: OVER_TRAININGS (Student's t), from three on, or
    OVER_PEOPLE (bootstrap), which knows nothing of how trainings differ. count: trainings."""

    mean: float
    low: float
    high: float
    over: str
    count: int


def estimate(means: Sequence[float], people: Sequence[Sequence[float]]) -> Estimate:
    """Of one error per training, and the errors of every person (trainings, N) behind them."""
    mean = float(np.mean(means))
    if len(means) >= ENOUGH:
        return Estimate(mean, *student_interval(means), OVER_TRAININGS, len(means))
    low, high = _bootstrap(np.mean(people, axis=0)) or (mean, mean)
    return Estimate(mean, low, high, OVER_PEOPLE, len(means))


def ratio(better: Sequence[float], worse: Sequence[float]) -> Estimate:
    """Geometric mean of better / worse over pairs of trainings; its interval is of their logarithms.

    With one pair the interval is the whole line: nothing is known of how ratios differ.
    """
    logs = np.log(np.asarray(better, np.float64) / np.asarray(worse, np.float64))
    low, high = student_interval(logs) if len(logs) > 1 else (-np.inf, np.inf)
    return Estimate(*np.exp([logs.mean(), low, high]).tolist(), OVER_TRAININGS, len(logs))


def student_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean of two values or more."""
    values = np.asarray(values, np.float64)
    freedom = len(values) - 1
    half = _STUDENT[min(freedom, len(_STUDENT)) - 1] * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def _bootstrap(each: np.ndarray) -> tuple[float, float] | None:
    table = np.asarray(each, np.float64)[:, None]
    return bootstrap_interval(table, np.ones(table.shape, bool), np.arange(len(table)))
