"""Skeletons as values, and what the joints of one mean in another's. NumPy only."""

from voxelpose.skeleton.conversion import convert, joint_map, rooted_at_hips
from voxelpose.skeleton.joint_map import JointMap
from voxelpose.skeleton.named import (
    C2F17,
    COCO17,
    H36M17,
    HUMANEVA15,
    LSP14,
    MEAN_BONE_LENGTHS_MM,
    MPI3DHP17,
    MPI3DHP28,
    MPII16,
    SKELETONS,
    SMPL24,
    get_skeleton,
)
from voxelpose.skeleton.tree import Skeleton

__all__ = [
    "C2F17",
    "COCO17",
    "H36M17",
    "HUMANEVA15",
    "LSP14",
    "MEAN_BONE_LENGTHS_MM",
    "MPI3DHP17",
    "MPI3DHP28",
    "MPII16",
    "SKELETONS",
    "SMPL24",
    "JointMap",
    "Skeleton",
    "convert",
    "get_skeleton",
    "joint_map",
    "rooted_at_hips",
]
