"""What the joints of one skeleton are in another's."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from voxelpose.skeleton.joint_map import JointMap
from voxelpose.skeleton.tree import Skeleton

# A joint that a skeleton lacks but defines by others: the middle of the hips is Human3.6M's and MPII's pelvis.
_DERIVED: Mapping[str, tuple[str, ...]] = {"pelvis": ("right_hip", "left_hip")}


@lru_cache
def joint_map(source: Skeleton, target: Skeleton) -> JointMap:
    """The map from joints of `source` to those of `target`, by their names.

    A joint that the source lacks is the mean of those that define it; one that the source doesn't define either is
    unknown.
    """
    parts = [_defining_joints(name, source) for name in target.joints]
    rows = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    coefficients = [1 / len(part) for part in parts for _ in part]
    return JointMap.from_entries(rows, np.concatenate([[], *parts]), coefficients, (len(target), len(source)))


def convert(
    points: np.ndarray, weights: np.ndarray, source: Skeleton, target: Skeleton
) -> tuple[np.ndarray, np.ndarray]:
    """Express joints of one skeleton in another one's order.

    points: (..., J_source, C); weights: (..., J_source) or (..., J_source, C), 0 where not annotated.
    Returns the same for J_target. A joint that the source neither has nor defines gets weight 0 and NaN coordinates:
    it is missing, never invented. A derived joint (pelvis from both hips) has the least weight of its parts.
    """
    between = joint_map(source, target)
    return between.apply(points), between.apply_weights(weights, axis=-2 if np.ndim(weights) == np.ndim(points) else -1)


def rooted_at_hips(skeleton: Skeleton) -> Skeleton:
    """The skeleton with the middle of its hips, the pelvis, as last joint and root; hips and old root hang on it.

    For labels whose depth is told relative to the middle of the hips, by data sets that have no such joint.
    """
    hips = [skeleton.index(name) for name in _DERIVED["pelvis"]]
    pelvis = len(skeleton)
    parents = (pelvis if j in (*hips, skeleton.root) else parent for j, parent in enumerate(skeleton.parents))
    return Skeleton(f"{skeleton.name}-hips", (*skeleton.joints, "pelvis"), (*parents, pelvis))


def _defining_joints(name: str, source: Skeleton) -> list[int]:
    """Indices of the source joints whose mean is the joint `name`; empty where the source cannot say."""
    parts = (name,) if name in source.joints else _DERIVED.get(name, ())
    return [source.joints.index(part) for part in parts] if set(parts) <= set(source.joints) else []
