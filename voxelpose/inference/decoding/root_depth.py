"""The root's depth from limb lengths: one unknown per pose, solved for whole batches at once.

Pavlakos et al. minimise || lengths(pose(Z)) - L || over the root depth Z by Nelder-Mead, one pose at a time (the third
of their root depth modes; with the subject's own lengths, the second). Joint j lies at u_j (Z + z_j), where u_j is its
viewing ray scaled to depth 1 and z_j its decoded depth, so a bone is a Z + b with known vectors a and b, its squared
length a quadratic in Z, and the whole problem a batch of one-dimensional least squares.

Beyond the paper, a bone may count as much as its length is certain, and a bone that is far off may count less than its
square (Cauchy's loss): one wrong joint then moves the person no more.
"""

from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.skeleton import Skeleton

NEAREST_MM, FARTHEST_MM = 100.0, 100_000.0
# Cauchy's constant: errors of this many deviations count half; 95% as efficient as least squares on normal errors.
CAUCHY = 2.385
# The depths that are tried first, over NEAREST_MM: evenly in the logarithm.
_TRIED = np.geomspace(1.0, FARTHEST_MM / NEAREST_MM, 40)
# Depths of all poses that are tried in one go: few poses should not pay for many small calls.
_SCAN_CELLS = 16384
_NEWTON_STEPS = 20
_CONVERGED_MM = 1e-4


@dataclass(frozen=True, eq=False)
class RootDepth:
    """depth: (N,) mm along the depth axis; std: (N,) mm, from what the bones tell; residual: (N,) mm, their weighted
    RMS."""

    depth: np.ndarray
    std: np.ndarray
    residual: np.ndarray


def solve_root_depth(
    directions: np.ndarray,
    relative_depth: np.ndarray,
    skeleton: Skeleton,
    lengths: np.ndarray,
    weights: np.ndarray | None = None,
    variance: np.ndarray | None = None,
    robust: bool = False,
) -> RootDepth:
    """The depths that bring the bones closest to `lengths`.

    directions: (N, J, 3) viewing rays, each scaled to 1 along the depth axis; relative_depth: (N, J) mm relative to the
    root; lengths: (bones,) or (N, bones) mm, NaN where unknown; weights: (N, bones) at least 0, all 1 if None.
    variance: (N, bones) mm^2 of length minus its reference, None for one that is unknown and the same for all; bones
    count by their inverse. robust: Cauchy's loss on errors in deviations, which needs variances.
    Without both it is the paper's minimum, plain least squares. A scan over the depths brackets the global minimum,
    damped Newton steps then find it (Gauss-Newton where the curvature isn't positive).
    The std is of the errors' own size; with variances it is at least what they predict.
    Raises InputError if no bone has both a length and a weight.
    """
    if robust and variance is None:
        raise ValueError("A robust loss needs variances to tell what is far off.")
    slope, offset = (_bone_vectors(points, skeleton) for points in (directions, directions * relative_depth[..., None]))
    lengths = np.broadcast_to(lengths, slope.shape[:2])
    weights = np.where(np.isfinite(lengths), 1.0 if weights is None else weights, 0.0)
    if not (weights.sum(axis=1) > 0).all():
        raise InputError(
            "Expected at least one bone of known length to find the root depth by. Received: none; give it."
        )
    weights = weights if variance is None else weights / np.maximum(variance, 1e-6)
    problem = _Problem(
        *(np.einsum("nbi,nbi->nb", one, two) for one, two in ((slope, slope), (slope, offset), (offset, offset))),
        np.nan_to_num(lengths),
        weights,
        robust,
    )
    nearest = NEAREST_MM - relative_depth.min(axis=1)
    depth = _descend(problem, _scan(problem, nearest), nearest)
    return _result(problem, depth, absolute=variance is not None)


@dataclass(frozen=True, eq=False)
class _Problem:
    """Squared bone lengths are a Z^2 + 2 b Z + c; every array is (N, bones)."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    lengths: np.ndarray
    weights: np.ndarray
    robust: bool

    def errors(self, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Errors of the lengths, and the lengths, at (N,) depths: two (N, bones)."""
        z = depth[:, None]
        length = np.sqrt(np.maximum((self.a * z + 2 * self.b) * z + self.c, 1e-12))
        return length - self.lengths, length

    def slope(self, depth: np.ndarray, length: np.ndarray) -> np.ndarray:
        """Derivatives of the lengths by depth, (N, bones)."""
        return (self.a * depth[:, None] + self.b) / length

    def effective(self, error: np.ndarray) -> np.ndarray:
        """Weights by which these errors count: the robust loss takes from those that are many deviations off."""
        return self.weights / (1 + self.weights * error**2 / CAUCHY**2) if self.robust else self.weights

    def loss(self, error: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Sums over the bones, the last axis: (..., N)."""
        if not self.robust:
            return np.einsum("nb,...nb,...nb->...n", weights, error, error)
        return CAUCHY**2 * np.log1p(weights * error**2 / CAUCHY**2).sum(axis=-1)


def _bone_vectors(points: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    parents, children = np.asarray(skeleton.bones).T
    return points[:, children] - points[:, parents]


def _scan(problem: _Problem, nearest: np.ndarray) -> np.ndarray:
    """The best of depths spread evenly in the logarithm from `nearest` on, (N,); single precision is enough for it."""
    depths = nearest + NEAREST_MM * (_TRIED[:, None] - 1.0)
    # In metres: squares of millimetres at 100 m would leave float32 no digits.
    a, b, c, lengths = (
        part.astype(np.float32) for part in (problem.a, problem.b / 1000, problem.c / 1e6, problem.lengths / 1000)
    )
    weights = (problem.weights * 1e6).astype(np.float32)
    costs = np.empty(depths.shape, np.float32)
    at_once = max(1, _SCAN_CELLS // a.size)
    z = (depths / 1000).astype(np.float32)[..., None]
    for start in range(0, len(z), at_once):
        part = z[start : start + at_once]
        error = a * part
        error += 2 * b
        error *= part
        error += c
        np.sqrt(np.maximum(error, 0, out=error), out=error)
        error -= lengths
        costs[start : start + at_once] = problem.loss(error, weights)
    return np.take_along_axis(depths, costs.argmin(axis=0)[None], axis=0)[0]


def _descend(problem: _Problem, depth: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    """Newton steps, damped for those poses whose cost would rise."""
    damping = np.zeros_like(depth)
    error, length = problem.errors(depth)
    cost = problem.loss(error, problem.weights)
    for _ in range(_NEWTON_STEPS):
        gradient, curvature = _derivatives(problem, depth, error, length)
        proposed = np.clip(depth - gradient / (curvature + damping), nearest, FARTHEST_MM)
        proposed_error, proposed_length = problem.errors(proposed)
        proposed_cost = problem.loss(proposed_error, problem.weights)
        better = proposed_cost <= cost
        damping = np.where(better, damping / 10, np.maximum(4 * damping, curvature))
        moved = np.abs(proposed - depth).max()
        depth, cost = np.where(better, proposed, depth), np.where(better, proposed_cost, cost)
        error, length = (
            np.where(better[:, None], new, old) for new, old in ((proposed_error, error), (proposed_length, length))
        )
        if moved < _CONVERGED_MM:
            break
    return depth


def _derivatives(
    problem: _Problem, depth: np.ndarray, error: np.ndarray, length: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Half the cost's first and second derivative by depth, each (N,).

    The second one's Gauss-Newton part where the whole isn't positive. The robust loss' own bend is left out of it, as
    in reweighted least squares.
    """
    slope, weights = problem.slope(depth, length), problem.effective(error)
    weighted = weights * slope
    gauss_newton = np.einsum("nb,nb->n", weighted, slope)
    bend = (problem.a * problem.c - problem.b**2) / (length * length * length)
    whole = gauss_newton + np.einsum("nb,nb->n", weights * error, bend)
    return np.einsum("nb,nb->n", weighted, error), np.maximum(np.where(whole > 0, whole, gauss_newton), 1e-12)


def _result(problem: _Problem, depth: np.ndarray, absolute: bool) -> RootDepth:
    """absolute: the weights are inverse variances, so that errors smaller than these mean luck, not certainty."""
    error, length = problem.errors(depth)
    weights, slope = problem.effective(error), problem.slope(depth, length)
    used = np.maximum((problem.weights > 0).sum(axis=1) - 1, 1)
    spread = (weights * error**2).sum(axis=1)
    information = (weights * slope * slope).sum(axis=1)
    factor = np.maximum(spread / used, 1.0) if absolute else spread / used
    return RootDepth(
        depth=depth,
        std=np.sqrt(factor / np.maximum(information, 1e-12)),
        residual=np.sqrt(spread / np.maximum(weights.sum(axis=1), 1e-300)),
    )
