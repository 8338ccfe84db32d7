"""The root's depth from limb lengths: one unknown per pose, solved for whole batches at once.

Pavlakos et al. minimise || lengths(pose(Z)) - L || over the root depth Z by Nelder-Mead, one pose at a time (the third
of their root depth modes; with the subject's own lengths, the second). Joint j lies at u_j (Z + z_j), where u_j is its
viewing ray scaled to depth 1 and z_j its decoded depth, so a bone is a Z + b with known vectors a and b, its squared
length a quadratic in Z, and the whole problem a batch of one-dimensional least squares.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.skeleton import MEAN_BONE_LENGTHS_MM, SKELETONS, Skeleton

NEAREST_MM, FARTHEST_MM = 100.0, 100_000.0
_SCAN_STEPS = 64
_NEWTON_STEPS = 20


@dataclass(frozen=True, eq=False)
class RootDepth:
    """depth: (N,) mm along the depth axis; std: (N,) mm, from the residuals; residual: (N,) mm, their weighted RMS."""

    depth: np.ndarray
    std: np.ndarray
    residual: np.ndarray


def bone_lengths_mm(skeleton: Skeleton, own: Mapping[str, float] | None = None) -> np.ndarray:
    """Lengths in mm of `skeleton.bones`, (bones,), NaN where unknown.

    own: the subject's lengths by child joint, e.g. {"right_knee": 450.0}; bones it lacks stay unknown. Without it, the
    mean lengths of Human3.6M's training subjects, for bones that this skeleton shares with h36m17.
    """
    if own is not None:
        for name, length in own.items():
            skeleton.index(name)
            if not (np.isfinite(length) and length > 0):
                raise InputError(f"Expected limb lengths above 0 mm. Received: {name} = {length}.")
    reference = SKELETONS["h36m17"]
    lengths = []
    for parent, child in skeleton.bones:
        name = skeleton.joints[child]
        if own is not None:
            lengths.append(own.get(name, np.nan))
        else:
            known = name in reference.joints
            same = known and reference.joints[reference.parents[reference.index(name)]] == skeleton.joints[parent]
            lengths.append(MEAN_BONE_LENGTHS_MM[name] if same else np.nan)
    return np.array(lengths)


def solve_root_depth(
    directions: np.ndarray,
    relative_depth: np.ndarray,
    skeleton: Skeleton,
    lengths: np.ndarray,
    weights: np.ndarray | None = None,
) -> RootDepth:
    """The depths that bring the bones closest to `lengths`, in weighted least squares.

    directions: (N, J, 3) viewing rays, each scaled to 1 along the depth axis; relative_depth: (N, J) mm relative to the
    root; lengths: (bones,) or (N, bones) mm, NaN where unknown; weights: (N, bones) at least 0, all 1 if None.
    A scan over the depths brackets the global minimum, damped Newton steps then find it (Gauss-Newton where the
    curvature isn't positive).
    Raises InputError if no bone has both a length and a weight.
    """
    slope, offset = (_bone_vectors(points, skeleton) for points in (directions, directions * relative_depth[..., None]))
    lengths = np.broadcast_to(lengths, slope.shape[:2])
    weights = np.where(np.isfinite(lengths), 1.0 if weights is None else weights, 0.0)
    if not (weights.sum(axis=1) > 0).all():
        raise InputError(
            "Expected at least one bone of known length to find the root depth by. Received: none; give it."
        )
    problem = _Problem(
        (slope * slope).sum(-1), (slope * offset).sum(-1), (offset * offset).sum(-1), np.nan_to_num(lengths), weights
    )
    nearest = NEAREST_MM - relative_depth.min(axis=1)
    depth = _descend(problem, _scan(problem, nearest), nearest)
    return _result(problem, depth)


@dataclass(frozen=True, eq=False)
class _Problem:
    """Squared bone lengths are a Z^2 + 2 b Z + c; every field is (N, bones)."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    lengths: np.ndarray
    weights: np.ndarray

    def residuals(self, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Errors of the lengths and their derivatives by depth at (N,) depths: two (N, bones)."""
        z = depth[:, None]
        length = np.sqrt(np.maximum((self.a * z + 2 * self.b) * z + self.c, 1e-12))
        return length - self.lengths, (self.a * z + self.b) / length

    def curvature(self, depth: np.ndarray) -> np.ndarray:
        """Half the cost's second derivative by depth, (N,); its Gauss-Newton part where the whole isn't positive."""
        error, slope = self.residuals(depth)
        gauss_newton = (self.weights * slope * slope).sum(axis=1)
        bend = (self.a * self.c - self.b**2) / (error + self.lengths) ** 3
        whole = gauss_newton + (self.weights * error * bend).sum(axis=1)
        return np.maximum(np.where(whole > 0, whole, gauss_newton), 1e-12)

    def cost(self, depth: np.ndarray) -> np.ndarray:
        return (self.weights * self.residuals(depth)[0] ** 2).sum(axis=1)


def _bone_vectors(points: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    parents, children = np.asarray(skeleton.bones).T
    return points[:, children] - points[:, parents]


def _scan(problem: _Problem, nearest: np.ndarray) -> np.ndarray:
    """The best of depths spread evenly in the logarithm from `nearest` on, (N,)."""
    steps = np.geomspace(1.0, FARTHEST_MM / NEAREST_MM, _SCAN_STEPS)
    depths = nearest + NEAREST_MM * (steps[:, None] - 1.0)
    costs = np.stack([problem.cost(depth) for depth in depths])
    return np.take_along_axis(depths, costs.argmin(axis=0)[None], axis=0)[0]


def _descend(problem: _Problem, depth: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    """Newton steps, damped for those poses whose cost would rise."""
    damping = np.zeros_like(depth)
    cost = problem.cost(depth)
    for _ in range(_NEWTON_STEPS):
        error, slope = problem.residuals(depth)
        gradient = (problem.weights * slope * error).sum(axis=1)
        curvature = problem.curvature(depth)
        proposed = np.clip(depth - gradient / (curvature + damping), nearest, FARTHEST_MM)
        proposed_cost = problem.cost(proposed)
        better = proposed_cost <= cost
        damping = np.where(better, damping / 10, np.maximum(4 * damping, curvature))
        depth, cost = np.where(better, proposed, depth), np.where(better, proposed_cost, cost)
    return depth


def _result(problem: _Problem, depth: np.ndarray) -> RootDepth:
    error, slope = problem.residuals(depth)
    used = np.maximum((problem.weights > 0).sum(axis=1) - 1, 1)
    spread = (problem.weights * error**2).sum(axis=1)
    information = (problem.weights * slope * slope).sum(axis=1)
    return RootDepth(
        depth=depth,
        std=np.sqrt(spread / used / np.maximum(information, 1e-12)),
        residual=np.sqrt(spread / problem.weights.sum(axis=1)),
    )
