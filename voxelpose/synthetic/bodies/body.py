"""A human body: its surface, and how it follows the bones.

Frame: x right, y down, z away from the viewer, mm. A person who faces the viewer looks to -z, left hand at +x.
"""

from dataclasses import dataclass

import numpy as np

from voxelpose.synthetic.bodies.bone_frame import BoneFrame, PosedFrame
from voxelpose.synthetic.bodies.posing import controller

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


@dataclass(frozen=True, eq=False)
class PosedBody:
    """vertices: (V, 3) float32 mm; transforms: (V, 3, 4) float32 that took them there from the rest pose."""

    vertices: np.ndarray
    transforms: np.ndarray


@dataclass(frozen=True, eq=False)
class Skin:
    """How the surface follows the bones: weights (V, C) float32 that sum to 1, over the bones `drivers` (C,).

    Bones that always turn together count as one.
    """

    weights: np.ndarray
    drivers: np.ndarray

    @classmethod
    def of(cls, labels: tuple[str, ...], bones: np.ndarray, weights: np.ndarray) -> "Skin":
        """From the bones (V, K) that pull at each vertex, and how strongly (V, K)."""
        names = [controller(label) for label in labels]
        groups = list(dict.fromkeys(names))
        dense = np.zeros((len(bones), len(groups)), np.float32)
        group_of_bone = np.array([groups.index(name) for name in names])
        np.add.at(dense, (np.arange(len(bones))[:, None], group_of_bone[bones]), weights)
        return cls(dense, np.array([names.index(group) for group in groups]))


@dataclass(frozen=True, eq=False)
class Body:
    """One identity in its rest pose: vertices (V, 3) float32 mm, its bones, and how it follows them."""

    vertices: np.ndarray
    frame: BoneFrame
    skin: Skin

    def posed(self, frame: PosedFrame) -> PosedBody:
        """The surface where the bones of a pose take it."""
        drivers = self.skin.drivers
        bones = np.concatenate([frame.rotations[drivers], frame.offsets[drivers, :, None]], axis=-1)
        transforms = (self.skin.weights @ bones.reshape(len(drivers), 12).astype(np.float32)).reshape(-1, 3, 4)
        return PosedBody(transformed(transforms, self.vertices), transforms)


def turned(transforms: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Unit normals (N, 3), each turned by its own transform (N, 3, 4), blended ones stretched back to length 1."""
    x, y, z = (normals[:, axis, None] for axis in range(3))
    bent = transforms[..., 0] * x + transforms[..., 1] * y + transforms[..., 2] * z
    return bent / np.maximum(np.sqrt((bent * bent).sum(1, keepdims=True)), 1e-9)


def transformed(transforms: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (N, 3), each by its own transform (N, 3, 4): (N, 3)."""
    x, y, z = (points[:, axis, None] for axis in range(3))
    return transforms[..., 0] * x + transforms[..., 1] * y + transforms[..., 2] * z + transforms[..., 3]


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
