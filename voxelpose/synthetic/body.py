"""A human body: its surface, its bones, and how it takes a pose.

Frame: x right, y down, z away from the viewer, mm. A person who faces the viewer looks to -z, left hand at +x.
"""

from dataclasses import dataclass

import numpy as np

from voxelpose.synthetic.posing import bone_rotations

PART_NAMES = (
    "head", "hair", "neck", "torso", "pelvis",
    "left_upper_arm", "left_forearm", "left_hand", "left_thigh", "left_shin", "left_foot",
    "right_upper_arm", "right_forearm", "right_hand", "right_thigh", "right_shin", "right_foot",
)  # fmt: skip

# Beginnings of bone names -> part; the side is added to those of limbs.
_PART_OF_BONE = {
    "head": "head", "eye": "head", "neck": "neck", "root": "pelvis", "pelvis": "pelvis", "spine05": "pelvis",
    "spine": "torso", "clavicle": "torso", "shoulder": "torso", "upperarm": "upper_arm", "lowerarm": "forearm",
    "wrist": "hand", "finger": "hand", "metacarpal": "hand", "upperleg": "thigh", "lowerleg": "shin",
    "foot": "foot", "toe": "foot",
}  # fmt: skip

# Human3.6M's joints as bone heads of this skeleton; thorax, jaw and head are points fixed to a bone (see `_landmarks`).
_BONE_OF_JOINT = {
    "hip": "upperleg01", "knee": "lowerleg01", "ankle": "foot",
    "shoulder": "upperarm01", "elbow": "lowerarm01", "wrist": "wrist",
}  # fmt: skip
_SPINE_BONE, _CHEST_BONE, _NECK_BONE, _HEAD_BONE = "spine02", "spine01", "neck01", "head"
# Human3.6M's jaw lies this far below the top of the head (mean of its subjects).
_JAW_BELOW_TOP_MM = 115.0


@dataclass(frozen=True, eq=False)
class PosedBody:
    """vertices: (V, 3) float32 mm; joints: (17, 3) float32 mm in the order of h36m17, the pelvis at the origin."""

    vertices: np.ndarray
    joints: np.ndarray


@dataclass(frozen=True, eq=False)
class Body:
    """One identity in its rest pose.

    vertices: (V, 3) mm; heads: (B, 3) where bones begin, mm; labels, parents: of the bones; skin_bones: (V, K) bone
    indices; skin_weights: (V, K) that sum to 1.
    """

    vertices: np.ndarray
    heads: np.ndarray
    labels: tuple[str, ...]
    parents: np.ndarray
    skin_bones: np.ndarray
    skin_weights: np.ndarray

    def posed(self, positions: np.ndarray, rng: np.random.Generator | None = None) -> PosedBody:
        """Take the pose of 20 joint positions (20, 3) of `poses.POSE_JOINTS`, in this frame, any size of person.

        Bones keep this body's lengths and point where the pose's do. rng: varies hands and head, which the
        positions don't tell; None leaves them straight.
        """
        rotations = bone_rotations(positions, self.heads, self.labels, rng)
        starts = self._forward(rotations)
        joints = self._joints(rotations, starts)
        pelvis = joints[0]
        offsets = starts - np.einsum("bij,bj->bi", rotations, self.heads) - pelvis
        transforms = np.concatenate([rotations, offsets[..., None]], axis=-1).astype(np.float32)
        blended = np.einsum("vk,vkij->vij", self.skin_weights, transforms[self.skin_bones])
        vertices = np.einsum("vij,vj->vi", blended[..., :3], self.vertices) + blended[..., 3]
        return PosedBody(vertices, (joints - pelvis).astype(np.float32))

    def _forward(self, rotations: np.ndarray) -> np.ndarray:
        """Where the bones begin once they are turned: (B, 3)."""
        starts = self.heads.astype(np.float64).copy()
        for bone, parent in enumerate(self.parents):
            if parent >= 0:
                starts[bone] = starts[parent] + rotations[parent] @ (self.heads[bone] - self.heads[parent])
        return starts

    def _joints(self, rotations: np.ndarray, starts: np.ndarray) -> np.ndarray:
        def on_bone(label: str, point: np.ndarray) -> np.ndarray:
            bone = self.labels.index(label)
            return starts[bone] + rotations[bone] @ (point - self.heads[bone])

        def limb(side: str, joint: str) -> np.ndarray:
            return starts[self.labels.index(f"{_BONE_OF_JOINT[joint]}.{side}")]

        thorax, jaw, top = self._landmarks()
        legs = [limb(side, joint) for side in "RL" for joint in ("hip", "knee", "ankle")]
        arms = [limb(side, joint) for side in "LR" for joint in ("shoulder", "elbow", "wrist")]
        trunk = [starts[self.labels.index(_SPINE_BONE)], on_bone(_CHEST_BONE, thorax)]
        head = [on_bone(_HEAD_BONE, jaw), on_bone(_HEAD_BONE, top)]
        return np.stack([(legs[0] + legs[3]) / 2, *legs, *trunk, *head, *arms])

    def _landmarks(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Thorax, jaw and top of the head in the rest pose, mm."""
        shoulders = [self.heads[self.labels.index(f"upperarm01.{side}")] for side in "LR"]
        neck = self.heads[self.labels.index(_NECK_BONE)]
        thorax = (sum(shoulders) / 2 + neck) / 2
        top = self.vertices[np.argmin(self.vertices[:, 1])] * (0, 1, 1)
        down = neck - top
        return thorax, top + _JAW_BELOW_TOP_MM * down / np.linalg.norm(down), top


def part_labels(vertices: np.ndarray, heads: np.ndarray, labels: list[str], strongest: np.ndarray) -> np.ndarray:
    """Index into PART_NAMES for every vertex of a rest pose, (V,) uint8, from its strongest bone."""
    part_of_bone = np.array([PART_NAMES.index(_part(label)) for label in labels], np.uint8)
    parts = part_of_bone[strongest]
    eye = heads[labels.index("eye.L")]
    x, y, z = vertices.T
    above_forehead = y < eye[1] - 45
    behind_ears = (z > eye[2] + 95) & (y < eye[1] + 55)
    parts[(parts == PART_NAMES.index("head")) & (above_forehead | behind_ears)] = PART_NAMES.index("hair")
    return parts


def _part(label: str) -> str:
    stem, _, side = label.partition(".")
    part = next(part for beginning, part in _PART_OF_BONE.items() if stem.startswith(beginning))
    limb = f"{'left' if side == 'L' else 'right'}_{part}"
    return limb if limb in PART_NAMES else part
