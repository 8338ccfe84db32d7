"""What of a body is computed: the rows of its arrays that the asked vertices and landmarks need, and no others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.body.model import BodyModel
from voxelpose.errors import InputError
from voxelpose.geometry.rotations import axis_angle_to_matrix


@dataclass(frozen=True, eq=False)
class Rows:
    """R points that follow the joints: vertices, and points that ride on one joint; arrays in one kind of float.

    template (R, 3); directions (S + E, 3R); pose_directions (9 (J - 1), 3R) or None; units (U, 3R) or None;
    weights (R, J); joint_template (J, 3), joint_directions (S + E, 3J).
    picked (N,): the rows of the vertices that were asked for; in_order: they are the first N. corners (L, 3) rows and
    shares (L, 3, 1) of the landmarks. resting: rotations (K, 3, 3) of each pose group at rest; means: what its axis-
    angle vectors are relative to, where that is not 0; hand_components (2, C, 3K) or None; joint_order (J,): the places
    of the joints among those of all groups.
    """

    template: np.ndarray
    directions: np.ndarray
    pose_directions: np.ndarray | None
    units: np.ndarray | None
    weights: np.ndarray
    joint_template: np.ndarray
    joint_directions: np.ndarray
    picked: np.ndarray
    in_order: bool
    corners: np.ndarray
    shares: np.ndarray
    resting: dict[str, np.ndarray]
    means: dict[str, np.ndarray]
    hand_components: np.ndarray | None
    joint_order: list[int]
    identity: np.ndarray

    def __len__(self) -> int:
        return int(self.template.shape[0])

    @property
    def vertices(self) -> int:
        """N."""
        return len(self.picked)


def choose_rows(
    body: BodyModel,
    vertices: str | Sequence[int] = "all",
    landmarks: str | Sequence[str] = "all",
    dtype: np.dtype | str = np.float32,
) -> Rows:
    """The rows for some vertices ("all", "skin", "none" or indices) and landmarks ("all", "none" or names).

    InputError for an index or a name that the body doesn't have.
    """
    asked, marks = _vertices(body, vertices), _landmarks(body, landmarks)
    surface = marks[marks < len(body.landmarks.corners)]
    riding = marks[marks >= len(body.landmarks.corners)] - len(body.landmarks.corners)
    used = np.unique(np.concatenate([asked, body.landmarks.corners[surface].ravel()])).astype(np.intp)
    carriers, offsets = body.landmarks.joints[riding], body.landmarks.offsets[riding]
    joint_directions = body.joint_directions.astype(dtype)

    def stacked(of_vertices: np.ndarray, of_joints: np.ndarray) -> np.ndarray:
        both = np.concatenate([of_vertices[..., used, :], of_joints[..., carriers, :]], axis=-2)
        return both.astype(dtype).reshape(len(both), -1)

    directions = np.concatenate([body.shape_directions, body.expression_directions])
    still = np.zeros((1, body.joints, 3))
    posed, units = body.pose_directions, body.face_units
    weights = np.zeros((len(used) + len(riding), body.joints), dtype)
    weights_used = body.skin_weights[used].astype(dtype)
    np.add.at(weights, (np.arange(len(used))[:, None], body.skin_joints[used]), weights_used)
    weights[len(used) + np.arange(len(riding)), carriers] = 1
    corners, shares = np.zeros((len(marks), 3), np.intp), np.zeros((len(marks), 3), dtype)
    on_surface = marks < len(body.landmarks.corners)
    corners[on_surface] = np.searchsorted(used, body.landmarks.corners[surface])
    shares[on_surface] = body.landmarks.shares[surface]
    corners[~on_surface] = len(used) + np.arange(len(riding))[:, None]
    shares[~on_surface] = (1, 0, 0)
    hands, picked = body.hand_space, np.searchsorted(used, asked)
    order = [joint for group in body.pose_groups.values() for joint in group]
    means = {} if hands is None else {n: mean for n, mean in zip(hands.groups, hands.means, strict=True) if mean.any()}
    return Rows(
        template=np.concatenate([body.template[used], body.joint_template[carriers] + offsets]).astype(dtype),
        directions=stacked(directions, body.joint_directions),
        pose_directions=None if posed is None else stacked(posed, np.repeat(still, len(posed), 0)),
        units=None if units is None else stacked(units.dense(body.vertices), np.repeat(still, len(units.names), 0)),
        weights=weights,
        joint_template=body.joint_template.astype(dtype),
        joint_directions=joint_directions.reshape(len(joint_directions), -1),
        picked=picked,
        in_order=bool((picked == np.arange(len(picked))).all()),
        corners=corners,
        shares=shares[..., None],
        resting={
            name: axis_angle_to_matrix(means.get(name, np.zeros(3 * len(group))).reshape(-1, 3)).astype(dtype)
            for name, group in body.pose_groups.items()
        },
        means={name: mean.astype(dtype) for name, mean in means.items()},
        hand_components=None if hands is None else hands.components.astype(dtype),
        joint_order=[order.index(joint) for joint in range(body.joints)],
        identity=np.eye(3, dtype=dtype),
    )


def _vertices(body: BodyModel, asked: str | Sequence[int]) -> np.ndarray:
    if isinstance(asked, str):
        named = {"all": np.arange(body.vertices), "skin": body.skin.astype(np.intp), "none": np.zeros(0, np.intp)}
        if asked not in named:
            raise InputError(f"Expected vertices all, skin, none or their indices. Received: '{asked}'.")
        return named[asked]
    indices = np.asarray(asked)
    if indices.size == 0:
        return np.zeros(0, np.intp)
    whole = indices.ndim == 1 and np.issubdtype(indices.dtype, np.integer)
    if not whole or not 0 <= indices.min() <= indices.max() < body.vertices:
        received = f"{indices.min()} to {indices.max()}" if indices.ndim == 1 else f"shape {indices.shape}"
        raise InputError(f"Expected vertices between 0 and {body.vertices - 1} of {body.name}. Received: {received}.")
    return indices.astype(np.intp)


def _landmarks(body: BodyModel, asked: str | Sequence[str]) -> np.ndarray:
    names = body.landmarks.names
    if isinstance(asked, str):
        if asked not in ("all", "none"):
            raise InputError(f"Expected landmarks all, none or a list of names. Received: '{asked}'.")
        return np.arange(len(names) if asked == "all" else 0)
    unknown = [name for name in asked if name not in names]
    if unknown:
        raise InputError(f"Expected landmarks of {body.name}. Received, which it doesn't have: {', '.join(unknown)}.")
    return np.array([names.index(name) for name in asked], np.intp)
