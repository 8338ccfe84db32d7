"""A body that is computed by hand: a root at the origin and an elbow at (1, 0, 0), five vertices along x."""

from dataclasses import replace

import numpy as np

from voxelpose.body import BodyModel
from voxelpose.body.parts import FaceUnits, HandSpace, Landmarks, Measures, MeshLevel


def toy_body(**changes) -> BodyModel:
    """Vertex i lies at x = i / 2; beta 0 lengthens everything along x, expression 0 lifts vertex 4."""
    template = np.array([[0, 0, 0], [0.5, 0, 0], [1, 0, 0], [1.5, 0, 0], [2, 0, 0]], np.float32)
    lifted = np.zeros((1, 5, 3), np.float32)
    lifted[0, 4, 1] = 0.1
    fields = {
        "name": "toy",
        "template": template,
        "shape_directions": template[None] * 0.5,
        "expression_directions": lifted,
        "pose_directions": None,
        "joint_names": ("root", "elbow"),
        "joint_template": np.array([[0, 0, 0], [1, 0, 0]], np.float32),
        "joint_directions": np.array([[[0, 0, 0], [0.5, 0, 0]], [[0, 0, 0], [0, 0, 0]]], np.float32),
        "parents": np.array([-1, 0]),
        "pose_groups": {"global_orient": (0,), "hand_pose": (1,)},
        "skin_joints": np.array([[0, 1]] * 5),
        "skin_weights": np.array([[1, 0], [1, 0], [0.5, 0.5], [0, 1], [0, 1]], np.float32),
        "faces": np.array([[0, 1, 2], [2, 3, 4]]),
        "skin": np.array([0, 1, 2, 3]),
        "part_names": ("upper", "lower"),
        "part_of_vertex": np.array([0, 0, 0, 1, 1]),
        "joint_mirror": np.array([0, 1]),
        "vertex_mirror": np.zeros(0, int),
        "expression_mirror": np.zeros(0, int),
        "limits": np.tile(np.float32([-2, 2]), (2, 3, 1)),
        "landmarks": Landmarks(
            ("middle", "beside"),
            np.array([[3, 4, 4]]),
            np.float32([[0.5, 0.5, 0]]),
            np.array([1]),
            np.float32([[0, 0, 0.25]]),
            np.zeros(0, int),
        ),
        "face_units": FaceUnits(("tip", "all"), np.array([0, 1, 3]), np.array([4, 0, 1]), np.float32(np.eye(3))),
        "hand_space": None,
        "measures": Measures(("height_mm",), np.array([2000.0]), np.array([[1000.0]])),
        "levels": (
            MeshLevel(
                "ends",
                np.array([[0, 1, 1]]),
                np.array([[0, 1, 1], [4, 4, 4]]),
                np.float32([[1, 0, 0], [1, 0, 0]]),
                np.array([[0, 1, 1]] * 4),
                np.float32([[1, 0, 0], [0.75, 0.25, 0], [0.5, 0.5, 0], [0.25, 0.75, 0]]),
                np.zeros(0, int),
            ),
        ),
    }
    return BodyModel(**(fields | changes))


def two_handed_toy(mean: float = 0.0) -> BodyModel:
    """Three joints, of which the last two have a hand space of one number: 0.5 rad about z at 1."""
    toy = toy_body()
    components = np.zeros((2, 1, 3), np.float32)
    components[:, 0, 2] = 0.5
    means = np.zeros((2, 3), np.float32)
    means[:, 2] = mean
    return replace(
        toy,
        joint_names=("root", "left", "right"),
        joint_template=np.float32([[0, 0, 0], [1, 0, 0], [-1, 0, 0]]),
        joint_directions=np.zeros((2, 3, 3), np.float32),
        parents=np.array([-1, 0, 0]),
        pose_groups={"global_orient": (0,), "left_hand_pose": (1,), "right_hand_pose": (2,)},
        limits=np.tile(np.float32([-2, 2]), (3, 3, 1)),
        joint_mirror=np.zeros(0, int),
        hand_space=HandSpace(("left_hand_pose", "right_hand_pose"), ("curl",), means, components),
    )
