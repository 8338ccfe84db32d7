"""The root depth as the paper finds it, one pose at a time by Nelder-Mead: what the batched solver is measured by."""

from collections.abc import Callable

import numpy as np

from voxelpose.skeleton import Skeleton

START_MM = 2000.0  # of the released code
_FIRST_STEP, _TOLERANCE_MM, _MOST_STEPS = 0.05, 1e-3, 200


def root_depth(directions: np.ndarray, relative_depth: np.ndarray, skeleton: Skeleton, lengths: np.ndarray) -> float:
    """One pose: directions (J, 3) scaled to depth 1, relative_depth (J,) mm, lengths (bones,) mm."""

    def cost(depth: float) -> float:
        points = directions * (depth + relative_depth)[:, None]
        return float(((skeleton.bone_lengths(points) - lengths) ** 2).sum())

    return minimum(cost, START_MM)


def minimum(cost: Callable[[float], float], start: float) -> float:
    """Nelder and Mead's simplex in one dimension, which is a pair of points: reflect, expand, contract."""
    best, worst = sorted((cost(x), x) for x in (start, start * (1 + _FIRST_STEP)))
    for _ in range(_MOST_STEPS):
        if abs(worst[1] - best[1]) < _TOLERANCE_MM:
            break
        at = 2 * best[1] - worst[1]
        reflected = (cost(at), at)
        if reflected < best:
            at = 3 * best[1] - 2 * worst[1]
            worst, best = best, min(reflected, (cost(at), at))
        else:
            # In one dimension the contraction and the shrinking are the same step.
            at = 0.5 * (best[1] + min(reflected, worst)[1])
            best, worst = sorted((best, (cost(at), at)))
    return best[1]
