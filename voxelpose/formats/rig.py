"""A skeleton of constant bone lengths fitted to a sequence: what animation files hold.

Lengths are the medians over time. Joints with several children (pelvis, thorax) carry them rigidly, in the arrangement
that the sequence shows on average; every other joint turns its one child's bone onto the direction that was seen, by
the shortest turn from its parent, since points say nothing about the twist of a bone. Directions are taken from where
the fitted skeleton has come to, so that errors of lengths don't add up along a limb.
"""

from dataclasses import dataclass

import numpy as np

from voxelpose.geometry.rotations import nearest_rotation, swing
from voxelpose.skeleton import Skeleton

# Directions of bones in a T pose by the names of their lower ends: x to the person's left, y up, z ahead.
_REST = {"knee": (0, -1, 0), "ankle": (0, -1, 0), "hip": (1, 0, 0), "shoulder": (1, 0, 0), "elbow": (1, 0, 0)}
_REST |= {"wrist": (1, 0, 0), "spine": (0, 1, 0), "thorax": (0, 1, 0), "jaw": (0, 1, 0), "head": (0, 1, 0)}
_REST |= {"upper_neck": (0, 1, 0)}
_ROUNDS = 5
_SHORTEST_MM = 1.0


@dataclass(frozen=True, eq=False)
class Rig:
    """offsets: (J, 3) mm from the parent in the rest pose, 0 for the root; rotations: (T, J, 3, 3) of every joint from
    the rest pose, in the world; root: (T, 3) mm; positions: (T, J, 3) mm of the fitted joints; residual: (T, J) mm, how
    far these are from the sequence's."""

    skeleton: Skeleton
    offsets: np.ndarray
    rotations: np.ndarray
    root: np.ndarray
    positions: np.ndarray
    residual: np.ndarray

    @property
    def local_rotations(self) -> np.ndarray:
        """(T, J, 3, 3) of every joint within its parent's frame; the root's in the world."""
        local = self.rotations.copy()
        for parent, child in self.skeleton.bones:
            local[:, child] = np.swapaxes(self.rotations[:, parent], -1, -2) @ self.rotations[:, child]
        return local

    def report(self) -> str:
        """The residual in words."""
        mean, largest = self.residual.mean(), self.residual.max()
        return f"constant-length skeleton fitted: joints {mean:.1f} mm off on average, {largest:.0f} mm at most"


def fit_rig(joints: np.ndarray, skeleton: Skeleton) -> Rig:
    """Fit to joints (T, J, 3) in mm, all finite, y up."""
    offsets = _rest_offsets(joints, skeleton)
    branching = [joint for joint in skeleton.outward if len(skeleton.children[joint]) > 1]
    for _ in range(_ROUNDS if branching else 0):
        rotations, positions = _pose(joints, offsets, skeleton)
        offsets = _arranged(joints, positions, rotations, offsets, skeleton, branching)
    rotations, positions = _pose(joints, offsets, skeleton)
    residual = np.linalg.norm(positions - joints, axis=-1)
    return Rig(skeleton, offsets, rotations, joints[:, skeleton.root].copy(), positions, residual)


def _rest_offsets(joints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """T pose with the median lengths; a bone of an unknown name keeps the direction that it has on average."""
    offsets = np.zeros((len(skeleton), 3))
    for parent, child in skeleton.bones:
        bone = joints[:, child] - joints[:, parent]
        name = skeleton.joints[child]
        side = -1.0 if name.startswith("right_") else 1.0
        rest = _REST.get(name.removeprefix("right_").removeprefix("left_"))
        direction = bone.mean(axis=0) if rest is None else np.array(rest, float) * (side, 1.0, 1.0)
        length = max(float(np.median(np.linalg.norm(bone, axis=-1))), _SHORTEST_MM)
        offsets[child] = length * direction / max(np.linalg.norm(direction), 1e-9)
    return offsets


def _pose(joints: np.ndarray, offsets: np.ndarray, skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """World rotations (T, J, 3, 3) and positions (T, J, 3) that bring the rigid bones closest to the joints."""
    rotations = np.broadcast_to(np.eye(3), (*joints.shape[:2], 3, 3)).copy()
    positions = joints.copy()
    for joint in skeleton.outward:
        parent = skeleton.parents[joint]
        inherited = rotations[:, parent] if parent != joint else rotations[:, joint]
        ends = list(skeleton.children[joint])
        if not ends:
            rotations[:, joint] = inherited
            continue
        targets = joints[:, ends] - positions[:, joint, None]
        if len(ends) == 1:
            rotations[:, joint] = swing(inherited @ offsets[ends[0]], targets[:, 0]) @ inherited
        else:
            rotations[:, joint] = nearest_rotation(np.swapaxes(targets, -1, -2) @ offsets[ends])
        positions[:, ends] = positions[:, joint, None] + offsets[ends] @ np.swapaxes(rotations[:, joint], -1, -2)
    return rotations, positions


def _arranged(joints, positions, rotations, offsets, skeleton: Skeleton, branching: list[int]) -> np.ndarray:
    """Offsets of branching joints' children by the mean of where they are seen in their parent's frame."""
    offsets = offsets.copy()
    for joint in branching:
        ends = list(skeleton.children[joint])
        seen = ((joints[:, ends] - positions[:, joint, None]) @ rotations[:, joint]).mean(axis=0)
        lengths = np.linalg.norm(offsets[ends], axis=-1, keepdims=True)
        seen *= lengths / np.maximum(np.linalg.norm(seen, axis=-1, keepdims=True), 1e-9)
        offsets[ends] = seen
    return offsets
