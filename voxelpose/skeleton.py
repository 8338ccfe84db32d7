"""Skeletons as values: joint names, bones, mirror pairs, and what one skeleton's joints mean in another's."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

import numpy as np

from voxelpose.errors import InputError


@dataclass(frozen=True)
class Skeleton:
    """A named, ordered set of joints that form a tree.

    joints: names such as "right_hip"; parents: one index per joint, the root being its own parent.
    Mirror pairs follow from the names: "right_x" and "left_x" swap, all others stay.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...]

    def __post_init__(self):
        if len(self.joints) != len(self.parents):
            raise ValueError(f"Expected one parent per joint. Received: {len(self.joints)} joints, {len(self.parents)}")
        if len(set(self.joints)) != len(self.joints):
            raise ValueError(f"Expected distinct joint names. Received: {self.joints}")
        roots = [j for j, parent in enumerate(self.parents) if parent == j]
        if len(roots) != 1:
            raise ValueError(f"Expected one root (a joint that is its own parent). Received roots: {roots}")

    def __len__(self) -> int:
        return len(self.joints)

    @cached_property
    def root(self) -> int:
        """Index of the root joint."""
        return next(j for j, parent in enumerate(self.parents) if parent == j)

    @cached_property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) index pairs, ordered by child; one for each joint but the root."""
        return tuple((parent, j) for j, parent in enumerate(self.parents) if parent != j)

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """Permutation of joint indices that swaps left and right; it is its own inverse."""
        return tuple(self.joints.index(_mirrored_name(name)) for name in self.joints)

    def index(self, joint: str) -> int:
        """Index of a joint by name; an unknown name is answered with the nearest ones (InputError)."""
        if joint not in self.joints:
            near = get_close_matches(joint, self.joints, n=3, cutoff=0.3) or list(self.joints)
            raise InputError(f"Skeleton {self.name} has no joint '{joint}'. Nearest names: {', '.join(near)}.")
        return self.joints.index(joint)

    def bone_lengths(self, joints: np.ndarray) -> np.ndarray:
        """Lengths of the bones: (..., J, C) -> (..., J - 1), in the unit of `joints`, ordered as `bones`."""
        parents, children = np.asarray(self.bones).T
        return np.linalg.norm(joints[..., children, :] - joints[..., parents, :], axis=-1)


def _mirrored_name(name: str) -> str:
    if name.startswith("right_"):
        return "left_" + name.removeprefix("right_")
    if name.startswith("left_"):
        return "right_" + name.removeprefix("left_")
    return name


def _skeleton(name: str, tree: str) -> Skeleton:
    """Build a skeleton from "joint:parent" words in joint order; the root has no parent."""
    pairs = [word.partition(":") for word in tree.split()]
    joints = tuple(joint for joint, _, _ in pairs)
    parents = tuple(joints.index(parent or joint) for joint, _, parent in pairs)
    return Skeleton(name, joints, parents)


H36M17 = _skeleton(
    "h36m17",
    """pelvis right_hip:pelvis right_knee:right_hip right_ankle:right_knee
    left_hip:pelvis left_knee:left_hip left_ankle:left_knee spine:pelvis thorax:spine jaw:thorax head:jaw
    left_shoulder:thorax left_elbow:left_shoulder left_wrist:left_elbow
    right_shoulder:thorax right_elbow:right_shoulder right_wrist:right_elbow""",
)
# The order in the files of Pavlakos et al.: the same joints, left leg first.
C2F17 = _skeleton(
    "c2f17",
    """pelvis left_hip:pelvis left_knee:left_hip left_ankle:left_knee
    right_hip:pelvis right_knee:right_hip right_ankle:right_knee spine:pelvis thorax:spine jaw:thorax head:jaw
    left_shoulder:thorax left_elbow:left_shoulder left_wrist:left_elbow
    right_shoulder:thorax right_elbow:right_shoulder right_wrist:right_elbow""",
)
MPII16 = _skeleton(
    "mpii16",
    """right_ankle:right_knee right_knee:right_hip right_hip:pelvis left_hip:pelvis left_knee:left_hip
    left_ankle:left_knee pelvis thorax:pelvis upper_neck:thorax head:upper_neck
    right_wrist:right_elbow right_elbow:right_shoulder right_shoulder:thorax
    left_shoulder:thorax left_elbow:left_shoulder left_wrist:left_elbow""",
)
LSP14 = _skeleton(
    "lsp14",
    """right_ankle:right_knee right_knee:right_hip right_hip:upper_neck left_hip:upper_neck left_knee:left_hip
    left_ankle:left_knee right_wrist:right_elbow right_elbow:right_shoulder right_shoulder:upper_neck
    left_shoulder:upper_neck left_elbow:left_shoulder left_wrist:left_elbow upper_neck head:upper_neck""",
)
COCO17 = _skeleton(
    "coco17",
    """nose left_eye:nose right_eye:nose left_ear:left_eye right_ear:right_eye
    left_shoulder:nose right_shoulder:nose left_elbow:left_shoulder right_elbow:right_shoulder
    left_wrist:left_elbow right_wrist:right_elbow left_hip:left_shoulder right_hip:right_shoulder
    left_knee:left_hip right_knee:right_hip left_ankle:left_knee right_ankle:right_knee""",
)

# MPI-INF-3DHP's "neck" lies where Human3.6M has the thorax, some 2 to 7 cm above the line of the shoulders, and its
# "head_top" is the head; the middle of the skull, "head" there, has no counterpart.
MPI3DHP28 = _skeleton(
    "mpi3dhp28",
    """spine3:spine2 spine4:spine3 spine2:spine spine:pelvis pelvis thorax:spine4 skull:thorax head:skull
    left_clavicle:thorax left_shoulder:left_clavicle left_elbow:left_shoulder left_wrist:left_elbow left_hand:left_wrist
    right_clavicle:thorax right_shoulder:right_clavicle right_elbow:right_shoulder right_wrist:right_elbow
    right_hand:right_wrist
    left_hip:pelvis left_knee:left_hip left_ankle:left_knee left_foot:left_ankle left_toe:left_foot
    right_hip:pelvis right_knee:right_hip right_ankle:right_knee right_foot:right_ankle right_toe:right_foot""",
)
MPI3DHP17 = _skeleton(
    "mpi3dhp17",
    """head:skull thorax:spine right_shoulder:thorax right_elbow:right_shoulder right_wrist:right_elbow
    left_shoulder:thorax left_elbow:left_shoulder left_wrist:left_elbow right_hip:pelvis right_knee:right_hip
    right_ankle:right_knee left_hip:pelvis left_knee:left_hip left_ankle:left_knee pelvis spine:pelvis skull:thorax""",
)
# The joints of the SMPL body, in which 3DPW gives its poses. Its "head" is the joint inside the skull.
SMPL24 = _skeleton(
    "smpl24",
    """pelvis left_hip:pelvis right_hip:pelvis spine1:pelvis left_knee:left_hip right_knee:right_hip spine2:spine1
    left_ankle:left_knee right_ankle:right_knee spine3:spine2 left_foot:left_ankle right_foot:right_ankle neck:spine3
    left_collar:spine3 right_collar:spine3 skull:neck left_shoulder:left_collar right_shoulder:right_collar
    left_elbow:left_shoulder right_elbow:right_shoulder left_wrist:left_elbow right_wrist:right_elbow
    left_hand:left_wrist right_hand:right_wrist""",
)
HUMANEVA15 = _skeleton(
    "humaneva15",
    """pelvis thorax:pelvis left_shoulder:thorax left_elbow:left_shoulder left_wrist:left_elbow
    right_shoulder:thorax right_elbow:right_shoulder right_wrist:right_elbow
    left_hip:pelvis left_knee:left_hip left_ankle:left_knee right_hip:pelvis right_knee:right_hip
    right_ankle:right_knee head:thorax""",
)

SKELETONS: Mapping[str, Skeleton] = {
    s.name: s for s in (H36M17, C2F17, MPII16, LSP14, COCO17, MPI3DHP28, MPI3DHP17, SMPL24, HUMANEVA15)
}

# A joint that a skeleton lacks but defines by others: the middle of the hips is Human3.6M's and MPII's pelvis.
_DERIVED: Mapping[str, tuple[str, ...]] = {"pelvis": ("right_hip", "left_hip")}

# Mean limbs of the training subjects of Human3.6M by child joint, in mm (Pavlakos et al., released code).
MEAN_BONE_LENGTHS_MM: Mapping[str, float] = {
    "right_hip": 134.05,
    "left_hip": 134.05,
    "right_knee": 449.20,
    "left_knee": 449.20,
    "right_ankle": 445.58,
    "left_ankle": 445.58,
    "spine": 238.38,
    "thorax": 255.34,
    "jaw": 116.08,
    "head": 115.00,
    "right_shoulder": 148.84,
    "left_shoulder": 148.84,
    "right_elbow": 279.76,
    "left_elbow": 279.76,
    "right_wrist": 249.52,
    "left_wrist": 249.52,
}


def get_skeleton(name: str) -> Skeleton:
    """A named skeleton; an unknown name is answered with the known ones (InputError)."""
    if name not in SKELETONS:
        raise InputError(f"Expected a skeleton among {', '.join(SKELETONS)}. Received: '{name}'.")
    return SKELETONS[name]


def convert(
    points: np.ndarray, weights: np.ndarray, source: Skeleton, target: Skeleton
) -> tuple[np.ndarray, np.ndarray]:
    """Express joints of one skeleton in another one's order.

    points: (..., J_source, C); weights: (..., J_source) or (..., J_source, C), 0 where not annotated.
    Returns the same for J_target. A joint that the source neither has nor defines gets weight 0 and NaN coordinates:
    it is missing, never invented. A derived joint (pelvis from both hips) has the least weight of its parts.
    """
    axis = -2 if np.ndim(weights) == np.ndim(points) else -1
    point_parts, weight_parts = [], []
    for name in target.joints:
        indices = _defining_joints(name, source)
        if indices:
            point_parts.append(points[..., indices, :].mean(axis=-2))
            weight_parts.append(np.take(weights, indices, axis=axis).min(axis=axis))
        else:
            point_parts.append(np.full_like(points[..., 0, :], np.nan))
            weight_parts.append(np.zeros_like(np.take(weights, 0, axis=axis)))
    return np.stack(point_parts, axis=-2), np.stack(weight_parts, axis=axis)


def _defining_joints(name: str, source: Skeleton) -> list[int]:
    """Indices of the source joints whose mean is the joint `name`; empty where the source cannot say."""
    parts = (name,) if name in source.joints else _DERIVED.get(name, ())
    return [source.joints.index(part) for part in parts] if set(parts) <= set(source.joints) else []
