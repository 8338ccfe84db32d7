"""Lifting by looking up: the recorded pose that looks most alike in the picture."""

from dataclasses import dataclass

import numpy as np

from voxelpose.data.source import ExampleSource
from voxelpose.geometry import root_relative
from voxelpose.skeleton import Skeleton

# So many queries are compared at a time.
_BATCH = 256


@dataclass(frozen=True, eq=False)
class PoseBank:
    """keys: (N, 2 J) poses as they look, see `normalised`; poses: (N, J, 3) mm in the camera frame, relative to the
    root."""

    keys: np.ndarray
    poses: np.ndarray

    @classmethod
    def of(cls, source: ExampleSource) -> "PoseBank":
        """Poses before cameras, all of whose joints are known, and their mirror images."""
        skeleton: Skeleton = source.skeleton
        labels = source.labels()
        mm, known = labels.in_camera()
        whole = known.all(1)
        poses = root_relative(mm[whole], skeleton.root)
        joints = labels.joints[whole][..., :2].astype(np.float64)
        mirror = list(skeleton.mirror)
        poses = np.concatenate([poses, poses[:, mirror] * [-1, 1, 1]])
        joints = np.concatenate([joints, joints[:, mirror] * [-1, 1]])
        return cls(normalised(joints, skeleton.root).astype(np.float32), poses)

    def look_up(self, joints: np.ndarray, root: int) -> np.ndarray:
        """Joints (B, J, 2) in any unit of the picture -> the poses (B, J, 3) that look most like them."""
        queries = normalised(joints, root).astype(np.float32)
        lengths = (self.keys**2).sum(-1)
        rows = [
            np.argmin(lengths - 2 * queries[start : start + _BATCH] @ self.keys.T, axis=-1)
            for start in range(0, len(queries), _BATCH)
        ]
        return self.poses[np.concatenate(rows)]


def normalised(joints: np.ndarray, root: int) -> np.ndarray:
    """Joints (B, J, 2) as (B, 2 J), the root at the origin, of length 1: neither place nor size counts."""
    centred = np.asarray(joints, np.float64) - joints[:, root : root + 1]
    flat = centred.reshape(len(joints), -1)
    return flat / np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), 1e-9)
