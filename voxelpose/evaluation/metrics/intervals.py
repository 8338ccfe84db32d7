"""How far a mean would move with other people: bootstrap intervals over whole sequences."""

import numpy as np

DRAWS = 1000
SEED = 0
COVERAGE = 0.95


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
