"""Scores: every metric of a protocol, over all, per action and per joint, with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voxelpose.evaluation.metrics.measures import MEASURES, Values
from voxelpose.evaluation.metrics.pairs import Pairs

_PERCENT = 100.0
# Of the bootstrap.
DRAWS = 1000
SEED = 0
COVERAGE = 0.95


@dataclass(frozen=True)
class Score:
    """One metric, in its unit.

    value: the mean over all annotated joints (frame-weighted); low, high: its 95% interval over sequences, None where
    there are fewer than two; count: how many joints or limbs it is the mean of. groups: means per "subject", "action"
    and "subject and action", by name, as far as the data tells them; mean_of_actions: every action counts the same,
    None where none is named. columns: means per joint, or per limb.
    """

    metric: str
    value: float
    low: float | None
    high: float | None
    count: int
    groups: Mapping[str, Mapping[str, float]]
    mean_of_actions: float | None
    columns: Mapping[str, float]


def score(pairs: Pairs, metrics: tuple[str, ...]) -> list[Score]:
    """The scores of those metrics that have anything to be computed from, in the order given."""
    scores = (_score(name, MEASURES[name].of(pairs), pairs) for name in metrics)
    return [found for found in scores if found is not None]


def bootstrap_interval(
    values: np.ndarray, known: np.ndarray, sequence: np.ndarray, draws: int = DRAWS, seed: int = SEED
) -> tuple[float, float] | None:
    """The 95% percentile interval of the mean of values (N, K) where known (N, K), drawing sequences (N,) with
    replacement, because frames of one sequence err together. None with fewer than two sequences that have a value.
    """
    _, group = np.unique(sequence, return_inverse=True)
    sums = np.bincount(group, np.where(known, values, 0.0).sum(axis=1))
    counts = np.bincount(group, known.sum(axis=1))
    sums, counts = sums[counts > 0], counts[counts > 0]
    if len(counts) < 2:
        return None
    rng = np.random.default_rng(seed)
    means = []
    for _ in range(draws):
        drawn = rng.integers(0, len(counts), len(counts))
        means.append(sums[drawn].sum() / counts[drawn].sum())
    low, high = np.quantile(means, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)


def _score(name: str, values: Values, pairs: Pairs) -> Score | None:
    if not values.known.any():
        return None
    table = values.values * (_PERCENT if MEASURES[name].unit == "%" else 1.0)
    groups = {grouping: _means(table, values.known, names) for grouping, names in _groupings(pairs).items()}
    actions = groups.get("action", {})
    low, high = bootstrap_interval(table, values.known, pairs.tags.sequence) or (None, None)
    return Score(
        metric=name,
        value=_mean(table, values.known),
        low=low,
        high=high,
        count=int(values.known.sum()),
        groups=groups,
        mean_of_actions=float(np.mean(list(actions.values()))) if actions else None,
        columns={
            column: _mean(table[:, k], values.known[:, k])
            for k, column in enumerate(values.columns)
            if values.known[:, k].any()
        },
    )


def _groupings(pairs: Pairs) -> dict[str, np.ndarray]:
    """The name of the group that each person belongs to, (N,), for every way of grouping that the data allows."""
    subject, action = pairs.tags.subject, pairs.tags.action
    groupings = {}
    if (subject != "").any():
        groupings["subject"] = subject
    if (action != "").any():
        groupings["action"] = action
    if len(groupings) == 2:
        groupings["subject and action"] = np.char.add(np.char.add(subject, " "), action)
    return groupings


def _means(table: np.ndarray, known: np.ndarray, names: np.ndarray) -> dict[str, float]:
    rows = {str(name): names == name for name in np.unique(names) if name}
    return {name: _mean(table[row], known[row]) for name, row in rows.items() if known[row].any()}


def _mean(values: np.ndarray, known: np.ndarray) -> float:
    return float(values[known].mean())
