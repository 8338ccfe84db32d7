"""Errors of poses, as pure functions with the field's names. They return one float, the mean over all joints given.

Shapes: predicted and target are (..., J, 3) in mm, or (..., J, 2) in pixels where a docstring says so; mask is
(..., J), True where the joint is annotated, None for everywhere. What is not annotated may hold anything, NaN included.
None of these functions aligns at the root: the usual MPJPE is `mpjpe(root_relative(a, root), root_relative(b, root))`.
Everything raises ValueError if no joint is annotated, because the mean of nothing is not a number.
"""

import numpy as np

from voxelpose.geometry.align import procrustes

# MPI-INF-3DHP's protocol (Mehta et al. 2017)
PCK_3D_THRESHOLD_MM = 150.0
AUC_THRESHOLDS_MM = tuple(range(0, 151, 5))
FEWEST_ALIGNED_JOINTS = 3


def mpjpe(predicted, target, mask=None) -> float:
    """Mean per-joint position error: mean Euclidean distance, in the unit of the input (mm, pixels)."""
    return _mean(distances(predicted, target), mask)


def pa_mpjpe(predicted, target, mask=None) -> float:
    """MPJPE in mm after the best rotation, scale and shift per pose (Procrustes); elsewhere P-MPJPE or "protocol 2".

    Raises:
        ValueError: a pose with one or two annotated joints, onto which everything can be aligned.
    """
    if mask is None:
        return mpjpe(procrustes(np.asarray(predicted), np.asarray(target)), target)
    counts = np.broadcast_to(mask, np.shape(target)[:-1]).sum(-1).ravel()
    too_few = np.flatnonzero((counts > 0) & (counts < FEWEST_ALIGNED_JOINTS))
    if too_few.size:
        raise ValueError(
            f"pa_mpjpe needs {FEWEST_ALIGNED_JOINTS} annotated joints per pose. Received: {counts[too_few[0]]} in pose "
            f"{too_few[0]}"
        )
    return mpjpe(aligned(predicted, target, mask), target, mask)


def aligned(predicted, target, mask=None) -> np.ndarray:
    """Poses (..., J, 3) after the best similarity of their annotated joints onto the target; NaN elsewhere.

    A pose with fewer than three annotated joints, onto which everything can be aligned, is NaN as a whole.
    """
    target = np.asarray(target, np.float64)
    known = np.ones(target.shape[:-1], bool) if mask is None else np.broadcast_to(mask, target.shape[:-1]).astype(bool)
    result = np.full(target.shape, np.nan)
    enough = known.sum(-1) >= FEWEST_ALIGNED_JOINTS
    for pattern in np.unique(known[enough], axis=0):
        rows = (known == pattern).all(-1)
        p, t = (np.asarray(joints, np.float64)[rows][:, pattern] for joints in (predicted, target))
        result[np.ix_(rows, pattern)] = procrustes(p, t)
    return result


def n_mpjpe(predicted, target, mask=None) -> float:
    """MPJPE in mm after the best scale per pose (Rhodin et al. 2018); give root-relative joints."""
    return mpjpe(scaled(predicted, target, mask), target, mask)


def scaled(predicted, target, mask=None) -> np.ndarray:
    """Poses (..., J, 3) times the one factor per pose that brings them closest to the target."""
    return best_scale(predicted, target, mask) * np.asarray(predicted, np.float64)


def best_scale(predicted, target, mask=None) -> np.ndarray:
    """(..., 1, 1) factor per pose (..., J, 3) that brings it closest to the target, in least squares."""
    predicted, target = np.asarray(predicted, np.float64), np.asarray(target, np.float64)
    known = np.ones((*target.shape[:-1], 1), bool) if mask is None else np.asarray(mask, bool)[..., None]
    p, t = np.where(known, predicted, 0), np.where(known, target, 0)
    power = np.sum(p * p, axis=(-2, -1), keepdims=True)
    return np.sum(p * t, axis=(-2, -1), keepdims=True) / np.where(power > 0, power, 1)


def per_axis_error(predicted, target, mask=None) -> np.ndarray:
    """Mean absolute error per coordinate, (3,) in (x, y, z) order, in mm; mask (..., J) or, per axis, (..., J, 3)."""
    error = np.abs(np.asarray(predicted, np.float64) - target)
    known = np.ones(error.shape, bool) if mask is None else np.asarray(mask, bool)
    known = np.broadcast_to(known if known.ndim == error.ndim else known[..., None], error.shape)
    return np.array([_mean(error[..., axis], known[..., axis]) for axis in range(error.shape[-1])])


def pck_3d(predicted, target, mask=None, threshold_mm: float = PCK_3D_THRESHOLD_MM) -> float:
    """Fraction of joints within `threshold_mm` of the truth, in [0, 1]; give root-relative joints."""
    return _mean(distances(predicted, target) <= threshold_mm, mask)


def auc(predicted, target, mask=None, thresholds_mm=AUC_THRESHOLDS_MM) -> float:
    """Mean of `pck_3d` over thresholds (0, 5, ... 150 mm), in [0, 1]."""
    return float(np.mean([pck_3d(predicted, target, mask, threshold) for threshold in thresholds_mm]))


def pck(predicted, target, torso, fraction: float = 0.2, mask=None) -> float:
    """Fraction of joints (..., J, 2) within `fraction` of the torso's length of the truth, in [0, 1].

    torso: (...) pixels per person, left shoulder to right hip (Yang & Ramanan 2013; PCK@0.2 is fraction=0.2).
    """
    return _mean(distances(predicted, target) <= fraction * np.asarray(torso, np.float64)[..., None], mask)


def pckh(predicted, target, head, fraction: float = 0.5, mask=None) -> float:
    """Fraction of joints (..., J, 2) within `fraction` of the head's size of the truth, in [0, 1].

    head: (...) pixels per person; MPII's is 0.6 of the diagonal of the head's box (Andriluka et al. 2014).
    """
    return pck(predicted, target, head, fraction, mask)


def pcp(predicted, target, bones, fraction: float = 0.5, mask=None) -> float:
    """Fraction of limbs whose two ends both lie within `fraction` of the true limb's length of the truth, in [0, 1].

    bones: pairs of joint indices. Strict PCP (Ferrari et al. 2008, as Eichner et al. 2012 read it), in 2D or 3D.
    """
    start, end = np.asarray(bones).T
    close, known = limbs_found(predicted, target, bones, fraction), None
    if mask is not None:
        known = np.asarray(mask, bool)[..., start] & np.asarray(mask, bool)[..., end]
    return _mean(close, known)


def limbs_found(predicted, target, bones, fraction: float = 0.5) -> np.ndarray:
    """(..., bones) bool, see `pcp`."""
    start, end = np.asarray(bones).T
    error, target = distances(predicted, target), np.asarray(target, np.float64)
    length = np.linalg.norm(target[..., start, :] - target[..., end, :], axis=-1)
    return np.maximum(error[..., start], error[..., end]) <= fraction * length


def distances(predicted, target) -> np.ndarray:
    """(..., J) Euclidean distances between joints (..., J, C), in their unit."""
    return np.linalg.norm(np.asarray(predicted, np.float64) - target, axis=-1)


def _mean(values: np.ndarray, mask) -> float:
    known = values if mask is None else values[np.broadcast_to(np.asarray(mask, bool), values.shape)]
    if known.size == 0:
        raise ValueError("Expected at least one annotated joint. Received: none")
    return float(known.mean())
