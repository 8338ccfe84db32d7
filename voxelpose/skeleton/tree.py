"""A skeleton as a value: joint names, bones, mirror pairs."""

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
        if any(not 0 <= parent < len(self.joints) for parent in self.parents):
            raise ValueError(
                f"Expected parents to be joint indices from 0 to {len(self.joints) - 1}. Received: {self.parents}"
            )
        roots = [j for j, parent in enumerate(self.parents) if parent == j]
        if len(roots) != 1:
            raise ValueError(f"Expected one root (a joint that is its own parent). Received roots: {roots}")
        lost = [name for j, name in enumerate(self.joints) if j not in self.outward]
        if lost:
            raise ValueError(f"Expected a path from the root to every joint. Received none to: {', '.join(lost)}")

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
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The children of every joint, ascending."""
        return tuple(tuple(child for parent, child in self.bones if parent == j) for j in range(len(self)))

    @cached_property
    def outward(self) -> tuple[int, ...]:
        """All joints, depth first from the root: every one after its parent."""
        order, waiting = [], [self.root]
        while waiting:
            order.append(waiting.pop())
            waiting += reversed(self.children[order[-1]])
        return tuple(order)

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
