"""What a body model may carry beside its surface: landmarks, face units, hand spaces, measures, mesh levels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError

# The joints of both hands in the order of SMPL+H and SMPL-X, from the root of each finger outwards.
SMPLX_HANDS = tuple(
    f"{side}_{finger}{k}"
    for side in ("left", "right")
    for finger in ("index", "middle", "pinky", "ring", "thumb")
    for k in (1, 2, 3)
)


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Points on the surface, and points that ride on a joint at a fixed offset, in this order.

    corners (N, 3): vertices around each surface point, shares (N, 3) of them, which sum to 1. joints (M,): the joint of
    each riding point, offsets (M, 3) from it in metres in the rest pose. names: N + M. mirror (N + M,): the landmark
    of the other side; empty where it is not known.
    """

    names: tuple[str, ...]
    corners: np.ndarray
    shares: np.ndarray
    joints: np.ndarray
    offsets: np.ndarray
    mirror: np.ndarray


@dataclass(frozen=True, eq=False)
class FaceUnits:
    """Named movements of the face, such as "jawOpen" at 1, as sparse offsets of vertices.

    starts (U + 1,): where the entries of each unit begin, the last being where all end; vertices (N,) and offsets
    (N, 3) in metres.
    """

    names: tuple[str, ...]
    starts: np.ndarray
    vertices: np.ndarray
    offsets: np.ndarray

    def dense(self, vertices: int) -> np.ndarray:
        """Offsets (U, V, 3) of all vertices."""
        result = np.zeros((len(self.names), vertices, 3), np.float32)
        result[np.repeat(np.arange(len(self.names)), np.diff(self.starts)), self.vertices] = self.offsets
        return result


@dataclass(frozen=True, eq=False)
class HandSpace:
    """Few numbers for the 3K of a hand: axis-angle vectors are mean + numbers @ components, joint by joint.

    groups: the pose groups that have one (left and right); means (2, 3K) radians, which all axis-angle vectors of
    these groups are relative to; components (2, C, 3K). names: what the C numbers are.
    """

    groups: tuple[str, str]
    names: tuple[str, ...]
    means: np.ndarray
    components: np.ndarray


@dataclass(frozen=True, eq=False)
class Measures:
    """What the shape numbers mean, as a linear map: measures = mean + directions @ betas.

    mean (M,) and directions (M, S), M names such as "height_mm". The way back is the likeliest shape of those that
    have the measures, if betas are independent and normal: the shortest one.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    directions: np.ndarray

    def of(self, betas: np.ndarray) -> dict[str, np.ndarray]:
        """Measures (...) by name of betas (..., <= S); numbers left out are 0."""
        betas = np.asarray(betas, np.float64)
        values = self.mean + betas @ self.directions[:, : betas.shape[-1]].T
        return {name: values[..., i] for i, name in enumerate(self.names)}

    def betas_for(self, wanted: Mapping[str, float]) -> np.ndarray:
        """The shortest betas (S,) float64 with these measures; those left out follow as they do in people.

        InputError for an unknown name or a number that is not finite.
        """
        unknown = [name for name in wanted if name not in self.names]
        if unknown or not wanted:
            raise InputError(f"Expected measures among {', '.join(self.names)}. Received: {', '.join(unknown)}.")
        values = np.array([wanted[name] for name in wanted], np.float64)
        if not np.isfinite(values).all():
            raise InputError(f"Expected finite measures. Received: {dict(wanted)}.")
        rows = [self.names.index(name) for name in wanted]
        return np.linalg.pinv(self.directions[rows].astype(np.float64)) @ (values - self.mean[rows])


@dataclass(frozen=True, eq=False)
class MeshLevel:
    """A coarser mesh of the same surface, with sparse maps both ways.

    faces (F, 3) of its own n vertices; down_corners (n, 3), down_shares (n, 3): each of its vertices as a point on the
    model's; up_corners (N, 3), up_shares (N, 3): each of the model's `skin` vertices as a point on its own.
    mirror (n,): its vertex of the other side.
    """

    name: str
    faces: np.ndarray
    down_corners: np.ndarray
    down_shares: np.ndarray
    up_corners: np.ndarray
    up_shares: np.ndarray
    mirror: np.ndarray

    def down(self, points: np.ndarray) -> np.ndarray:
        """Points of all the model's vertices (..., V, C) -> of this level's (..., n, C)."""
        return _on_faces(points, self.down_corners, self.down_shares)

    def up(self, points: np.ndarray) -> np.ndarray:
        """Points of this level's vertices (..., n, C) -> of the model's skin vertices (..., N, C), smoothed."""
        return _on_faces(points, self.up_corners, self.up_shares)


def _on_faces(points: np.ndarray, corners: np.ndarray, shares: np.ndarray) -> np.ndarray:
    shares = shares.astype(points.dtype)
    return sum(points[..., corners[:, i], :] * shares[:, i, None] for i in range(3))
