"""The metrics as tables of values per person and joint, so that one computation serves means over anything.

Every metric of `functions` is a mean of such values; the mean over all of them is that metric.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from voxelpose.evaluation.metrics import functions as metrics
from voxelpose.evaluation.metrics.pairs import Pairs


@dataclass(frozen=True, eq=False)
class Values:
    """values: (N, K); known: (N, K), those that count; columns: K names, of joints or of limbs."""

    values: np.ndarray
    known: np.ndarray
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Measure:
    """A metric. title: as it is printed; unit: "mm", "mm/step" (a frame step of the protocol) or "%"; limbs: whether it
    counts limbs instead of joints.
    """

    title: str
    unit: str
    of: Callable[[Pairs], Values]
    limbs: bool = False


def _distance(pairs: Pairs) -> Values:
    return _joints(pairs, metrics.distances(pairs.predicted, pairs.true))


def _aligned(pairs: Pairs) -> Values:
    aligned = metrics.aligned(pairs.predicted, pairs.true, pairs.known)
    values = metrics.distances(aligned, pairs.true)
    return Values(values, pairs.known & np.isfinite(values), pairs.joints)


def _scaled(pairs: Pairs) -> Values:
    return _joints(pairs, metrics.distances(metrics.scaled(pairs.predicted, pairs.true, pairs.known), pairs.true))


def _axis(axis: int) -> Callable[[Pairs], Values]:
    return lambda pairs: _joints(pairs, np.abs(pairs.predicted - pairs.true)[..., axis])


def _within_mm(pairs: Pairs) -> Values:
    return _joints(pairs, metrics.distances(pairs.predicted, pairs.true) <= metrics.PCK_3D_THRESHOLD_MM)


def _area(pairs: Pairs) -> Values:
    distance = metrics.distances(pairs.predicted, pairs.true)
    return _joints(pairs, np.mean([distance <= threshold for threshold in metrics.AUC_THRESHOLDS_MM], axis=0))


def _within(scale: str, fraction: float) -> Callable[[Pairs], Values]:
    def of(pairs: Pairs) -> Values:
        length = getattr(pairs, scale)[:, None]
        close = metrics.distances(pairs.predicted, pairs.true) <= fraction * length
        return Values(close, pairs.known & np.isfinite(length), pairs.joints)

    return of


def _limbs(pairs: Pairs) -> Values:
    names = tuple(f"{pairs.joints[a]} to {pairs.joints[b]}" for a, b in pairs.limbs)
    if not names:
        return Values(np.zeros((len(pairs.true), 0)), np.zeros((len(pairs.true), 0), bool), names)
    start, end = np.asarray(pairs.limbs).T
    close = metrics.limbs_found(pairs.predicted, pairs.true, pairs.limbs)
    return Values(close, pairs.known[:, start] & pairs.known[:, end], names)


def _velocity(pairs: Pairs) -> Values:
    """Errors of the joints' velocities (MPJVE, Pavllo et al. 2019), between frames of one sequence and camera that lie
    one frame step apart; the value stands in the later row."""
    values, known = np.zeros(pairs.known.shape), np.zeros(pairs.known.shape, bool)
    tags = pairs.tags
    order = np.lexsort((tags.frame, tags.camera, tags.sequence))
    before, after = order[:-1], order[1:]
    follows = (tags.sequence[before] == tags.sequence[after]) & (tags.camera[before] == tags.camera[after])
    follows &= (tags.frame[after] - tags.frame[before] == pairs.frame_step) & (tags.frame[before] >= 0)
    before, after = before[follows], after[follows]
    moved, should = (joints[after] - joints[before] for joints in (pairs.predicted, pairs.true))
    values[after] = metrics.distances(moved, should)
    known[after] = pairs.known[after] & pairs.known[before]
    return Values(values, known, pairs.joints)


def _joints(pairs: Pairs, values: np.ndarray) -> Values:
    return Values(values, pairs.known, pairs.joints)


MEASURES: Mapping[str, Measure] = {
    "mpjpe": Measure("MPJPE", "mm", _distance),
    "pa_mpjpe": Measure("PA-MPJPE", "mm", _aligned),
    "n_mpjpe": Measure("N-MPJPE", "mm", _scaled),
    "error_x": Measure("abs. error x", "mm", _axis(0)),
    "error_y": Measure("abs. error y", "mm", _axis(1)),
    "error_z": Measure("abs. error z", "mm", _axis(2)),
    "pck_3d": Measure("3D PCK@150 mm", "%", _within_mm),
    "auc": Measure("3D AUC", "%", _area),
    "pcp_3d": Measure("3D PCP@0.5", "%", _limbs, limbs=True),
    "velocity": Measure("velocity error", "mm/step", _velocity),
    "pck_0.2": Measure("PCK@0.2", "%", _within("torso", 0.2)),
    "pck_0.5": Measure("PCK@0.5", "%", _within("torso", 0.5)),
    "pckh_0.5": Measure("PCKh@0.5", "%", _within("head", 0.5)),
    "pcp": Measure("PCP@0.5", "%", _limbs, limbs=True),
}
