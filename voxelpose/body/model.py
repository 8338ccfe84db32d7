"""A parametric body as a value: what its surface and joints are, and how they follow from numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from voxelpose.body.parts import FaceUnits, HandSpace, Landmarks, Measures, MeshLevel
from voxelpose.body.validation import check_body
from voxelpose.errors import InputError


@dataclass(frozen=True, eq=False)
class BodyModel:
    """A body whose vertices and joints are linear in shape and follow the joints by linear blend skinning.

    Loper et al. 2015 (SMPL), section 3; Pavlakos et al. 2019 (SMPL-X), section 3.1. Metres; the axes are the file's:
    the open body and the SMPL family have x to the body's left, y up and z to where it looks. V vertices, J joints,
    S shape and E expression numbers; everything of a body that code needs to know is in here, by name.

    template (V, 3); shape_directions (S, V, 3); expression_directions (E, V, 3); pose_directions (9 (J - 1), V, 3) for
    the rotations of all joints but the root minus the identity, row by row, or None.
    joint_template (J, 3); joint_directions (S + E, J, 3); parents (J,), -1 at the root.
    pose_groups: the joints that each named part of the pose turns, together all of them.
    skin_joints (V, K) and skin_weights (V, K), which sum to 1. faces (F, 3). skin: vertices (N,) of the surface that
    is seen; others are helpers. part_of_vertex (V,), an index of part_names.
    joint_mirror (J,), vertex_mirror (V,), expression_mirror (E,) of 1 and -1: the body's mirror image in x; empty where
    it has none. limits (J, 3, 2): least and largest axis-angle components in radians.
    InputError says what of all that is wrong.
    """

    name: str
    template: np.ndarray
    shape_directions: np.ndarray
    expression_directions: np.ndarray
    pose_directions: np.ndarray | None
    joint_names: tuple[str, ...]
    joint_template: np.ndarray
    joint_directions: np.ndarray
    parents: np.ndarray
    pose_groups: Mapping[str, tuple[int, ...]]
    skin_joints: np.ndarray
    skin_weights: np.ndarray
    faces: np.ndarray
    skin: np.ndarray
    part_names: tuple[str, ...]
    part_of_vertex: np.ndarray
    joint_mirror: np.ndarray
    vertex_mirror: np.ndarray
    expression_mirror: np.ndarray
    limits: np.ndarray
    landmarks: Landmarks
    face_units: FaceUnits | None = None
    hand_space: HandSpace | None = None
    measures: Measures | None = None
    levels: tuple[MeshLevel, ...] = ()

    def __post_init__(self):
        check_body(self)

    @property
    def shapes(self) -> int:
        """S, how many shape numbers there are."""
        return len(self.shape_directions)

    @property
    def expressions(self) -> int:
        """E, how many expression numbers there are."""
        return len(self.expression_directions)

    @property
    def joints(self) -> int:
        """J."""
        return len(self.joint_names)

    @property
    def vertices(self) -> int:
        """V, helpers included."""
        return len(self.template)

    @cached_property
    def generations(self) -> tuple[np.ndarray, ...]:
        """The joints by their distance from the root: the root alone, its children, theirs and so on."""
        depth = np.zeros(self.joints, np.intp)
        at = self.parents.astype(np.intp)
        while (at >= 0).any():
            depth += at >= 0
            at = np.where(at >= 0, self.parents[at], -1)
        return tuple(np.flatnonzero(depth == d) for d in range(depth.max() + 1))

    def level(self, name: str) -> MeshLevel:
        """A coarser mesh by its name; an unknown one is answered with the known ones (InputError)."""
        for level in self.levels:
            if level.name == name:
                return level
        known = ", ".join(level.name for level in self.levels) or "none"
        raise InputError(f"Expected a mesh level of {self.name} among: {known}. Received: '{name}'.")

    def betas_for(self, **measures: float) -> np.ndarray:
        """The likeliest betas (S,) of an adult with these measures: `betas_for(height_mm=1750, weight_kg=70)`."""
        return self._measures.betas_for(measures)

    def measure(self, betas: np.ndarray) -> dict[str, np.ndarray]:
        """The measures (...) by name of shapes (..., <= S), by the same linear map."""
        return self._measures.of(betas)

    @property
    def _measures(self) -> Measures:
        if self.measures is None:
            raise InputError(f"Expected a body that knows its measures. Received: {self.name}, which has none.")
        return self.measures
