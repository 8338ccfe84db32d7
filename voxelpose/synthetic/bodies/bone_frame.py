"""The bones of a body, how they take a pose, and where Human3.6M's joints are on them.

Everything here is float64 and needs no surface: labels come from bones alone. Frame: as in `body`.
"""

from dataclasses import dataclass, replace

import numpy as np

from voxelpose.skeleton import H36M17
from voxelpose.synthetic.bodies.posing import bone_rotations

_SKELETON = H36M17
# Its joints as bone heads of this skeleton; thorax, jaw and head are points fixed to a bone (see `_landmarks`).
_BONE_OF_JOINT = {
    "hip": "upperleg01", "knee": "lowerleg01", "ankle": "foot",
    "shoulder": "upperarm01", "elbow": "lowerarm01", "wrist": "wrist",
}  # fmt: skip
_SPINE_BONE, _CHEST_BONE, _NECK_BONE, _HEAD_BONE = "spine02", "spine01", "neck01", "head"
# Human3.6M's jaw lies this far below the top of the head (mean of its subjects).
_JAW_BELOW_TOP_MM = 115.0


@dataclass(frozen=True, eq=False)
class PosedFrame:
    """rotations: (B, 3, 3) and offsets: (B, 3) mm take rest points of a bone to where they are; joints: (J, 3) mm in
    the order of h36m17."""

    rotations: np.ndarray
    offsets: np.ndarray
    joints: np.ndarray

    def moved(self, turn: np.ndarray, place: np.ndarray) -> "PosedFrame":
        """The whole turned by a rotation (3, 3), then shifted by `place` (3,) mm."""
        return replace(
            self,
            rotations=turn @ self.rotations,
            offsets=self.offsets @ turn.T + place,
            joints=self.joints @ turn.T + place,
        )


@dataclass(frozen=True, eq=False)
class BoneFrame:
    """heads: (B, 3) float64 mm, where bones begin in the rest pose; crown: (3,) mm, top of the head; labels, parents:
    of the B bones."""

    heads: np.ndarray
    crown: np.ndarray
    labels: tuple[str, ...]
    parents: np.ndarray

    def posed(self, positions: np.ndarray, rng: np.random.Generator | None = None) -> PosedFrame:
        """Take the pose of 20 joint positions (20, 3) of `poses.POSE_JOINTS`, any size of person; pelvis at the origin.

        Bones keep this body's lengths and point where the pose's do. rng: varies hands and head, which the
        positions don't tell; None leaves them straight.
        """
        rotations = bone_rotations(positions, self.heads, self.labels, rng)
        starts = self._forward(rotations)
        joints = self._joints(rotations, starts)
        pelvis = joints[_SKELETON.root]
        offsets = starts - (rotations @ self.heads[..., None])[..., 0]
        return PosedFrame(rotations, offsets - pelvis, joints - pelvis)

    def _forward(self, rotations: np.ndarray) -> np.ndarray:
        """Where the bones begin once they are turned: (B, 3)."""
        parents = np.maximum(self.parents, 0)
        steps = (rotations[parents] @ (self.heads - self.heads[parents])[..., None])[..., 0]
        starts = self.heads.copy()
        for bone, parent in enumerate(self.parents):
            if parent >= 0:
                starts[bone] = starts[parent] + steps[bone]
        return starts

    def _joints(self, rotations: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Where Human3.6M's joints are: (J, 3) in the order of `_SKELETON`."""

        def on_bone(label: str, point: np.ndarray) -> np.ndarray:
            bone = self.labels.index(label)
            return starts[bone] + rotations[bone] @ (point - self.heads[bone])

        at = {
            f"{side}_{joint}": starts[self.labels.index(f"{bone}.{side[0].upper()}")]
            for side in ("right", "left")
            for joint, bone in _BONE_OF_JOINT.items()
        }
        thorax, jaw = self._landmarks()
        at["pelvis"] = (at["right_hip"] + at["left_hip"]) / 2
        at["spine"] = starts[self.labels.index(_SPINE_BONE)]
        at["thorax"] = on_bone(_CHEST_BONE, thorax)
        at["jaw"], at["head"] = on_bone(_HEAD_BONE, jaw), on_bone(_HEAD_BONE, self.crown)
        return np.stack([at[name] for name in _SKELETON.joints])

    def _landmarks(self) -> tuple[np.ndarray, np.ndarray]:
        """Thorax and jaw in the rest pose, mm."""
        shoulders = [self.heads[self.labels.index(f"upperarm01.{side}")] for side in "LR"]
        neck = self.heads[self.labels.index(_NECK_BONE)]
        down = neck - self.crown
        return (sum(shoulders) / 2 + neck) / 2, self.crown + _JAW_BELOW_TOP_MM * down / np.linalg.norm(down)
