"""Scores: every metric of a protocol, over all, per action and per joint, with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voxelpose.evaluation.intervals import bootstrap_interval
from voxelpose.evaluation.measures import MEASURES, Values
from voxelpose.evaluation.pairs import Pairs

_PERCENT = 100.0


@dataclass(frozen=True)
class Score:
    """One metric, in its unit.

    value: the mean over all annotated joints (frame-weighted); low, high: its 95% interval over sequences, None where
    there are fewer than two; count: how many joints or limbs it is the mean of. actions, joints: means by name;
    mean_of_actions: None where no action is named.
    """

    metric: str
    value: float
    low: float | None
    high: float | None
    count: int
    actions: Mapping[str, float]
    mean_of_actions: float | None
    joints: Mapping[str, float]


def score(pairs: Pairs, metrics: tuple[str, ...]) -> list[Score]:
    """The scores of those metrics that have anything to be computed from, in the order given."""
    scores = (_score(name, MEASURES[name].of(pairs), pairs) for name in metrics)
    return [found for found in scores if found is not None]


def _score(name: str, values: Values, pairs: Pairs) -> Score | None:
    if not values.known.any():
        return None
    table = values.values * (_PERCENT if MEASURES[name].unit == "%" else 1.0)
    action = pairs.tags.action
    actions = {str(one): _mean(table[action == one], values.known[action == one]) for one in np.unique(action) if one}
    actions = {one: value for one, value in actions.items() if np.isfinite(value)}
    low, high = bootstrap_interval(table, values.known, pairs.tags.sequence) or (None, None)
    return Score(
        metric=name,
        value=_mean(table, values.known),
        low=low,
        high=high,
        count=int(values.known.sum()),
        actions=actions,
        mean_of_actions=float(np.mean(list(actions.values()))) if actions else None,
        joints={
            column: _mean(table[:, k], values.known[:, k])
            for k, column in enumerate(values.columns)
            if values.known[:, k].any()
        },
    )


def _mean(values: np.ndarray, known: np.ndarray) -> float:
    return float(values[known].mean()) if known.any() else float("nan")
