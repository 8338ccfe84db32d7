"""Poses to draw people in: a distribution that ships, and recordings that a user may have.

A pose is 20 joint positions (POSE_JOINTS) in mm: x right, y down, z away from the viewer, pelvis at the origin.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.geometry.rotations import about
from voxelpose.reading.npz import open_npz

POSE_JOINTS = (
    "pelvis", "rhip", "rknee", "rankle", "rtoe", "lhip", "lknee", "lankle", "ltoe", "spine", "thorax", "neck",
    "head", "headtop", "lsho", "lelb", "lwri", "rsho", "relb", "rwri",
)  # fmt: skip
_LIMB_JOINTS = ("hip", "knee", "ankle", "toe", "sho", "elb", "wri")
_PARENTS = (0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 12, 11, 14, 15, 11, 17, 18)
_CHILDREN = np.arange(1, 20)
_PARENT_OF_CHILD = np.array(_PARENTS[1:])
# Left and right change places; the pelvis and the trunk stay.
_OTHER_SIDE = {side + joint: other + joint for side, other in ("lr", "rl") for joint in _LIMB_JOINTS}
POSE_MIRROR = np.array([POSE_JOINTS.index(_OTHER_SIDE.get(name, name)) for name in POSE_JOINTS])

POSES_ASSET = "people/poses.npz"
KIND_PROBABILITIES = {
    "standing": 0.32, "reaching": 0.18, "sitting": 0.12, "bending": 0.13, "crouching": 0.12, "lying": 0.08,
    "upturned": 0.05,
}  # fmt: skip
# Motion capture has hardly anybody on the ground or on their hands: these kinds are other poses, tipped over by an
# angle from this range (degrees, either way).
TIPPED_KINDS = {"lying": (65.0, 105.0), "upturned": (110.0, 180.0)}
FITTED_KINDS = tuple(kind for kind in KIND_PROBABILITIES if kind not in TIPPED_KINDS)
_MAX_TRIES = 20


@dataclass(frozen=True, eq=False)
class Pose:
    """positions: (20, 3) float64 mm; kind: what sort of pose it is, "recorded" for one from a recording."""

    positions: np.ndarray
    kind: str


@dataclass(frozen=True, eq=False)
class PoseDistribution:
    """A mixture of low-rank Gaussians over bone directions, yaw removed (tools/assets/fit_poses.py fits it).

    means: (K, 57) directions of the 19 bones; factors: (K, R, 57) per standard deviation; weights: (K,) within all of
    their kind; kinds: (K,) names; lengths: (19,) mm, symmetric.
    """

    means: np.ndarray
    factors: np.ndarray
    weights: np.ndarray
    kinds: tuple[str, ...]
    lengths: np.ndarray

    @classmethod
    def load(cls, path: str | Path | None = None) -> "PoseDistribution":
        """The shipped distribution, or one of the same layout. InputError if it is missing, damaged or foreign."""
        path = verified_asset(POSES_ASSET) if path is None else Path(path)
        with open_npz(path, "a distribution of poses") as file:
            means, factors = file["means"].astype(np.float64), file["factors"].astype(np.float64)
            return cls(means, factors, file["weights"], tuple(map(str, file["kinds"])), file["lengths"])

    def only(self, clusters: Sequence[int]) -> "PoseDistribution":
        """The distribution with some of its clusters. InputError unless they exist and every kind has one."""
        rows = np.asarray(clusters, np.intp)
        known = len(rows) > 0 and rows.min() >= 0 and rows.max() < len(self.kinds)
        kinds = tuple(self.kinds[row] for row in rows) if known else ()
        if set(kinds) != set(FITTED_KINDS):
            raise InputError(
                f"Expected clusters between 0 and {len(self.kinds) - 1}, one or more of each of "
                f"{', '.join(FITTED_KINDS)}. Received: {tuple(clusters)}."
            )
        return replace(
            self, means=self.means[rows], factors=self.factors[rows], weights=self.weights[rows], kinds=kinds
        )

    def sample(self, rng: np.random.Generator) -> Pose:
        """A pose within the limits of joints, its kind drawn by KIND_PROBABILITIES, facing any way, mirrored or not."""
        kind = str(rng.choice(list(KIND_PROBABILITIES), p=list(KIND_PROBABILITIES.values())))
        shape = str(rng.choice(FITTED_KINDS)) if kind in TIPPED_KINDS else kind
        members = np.flatnonzero([k == shape for k in self.kinds])
        weights = self.weights[members] / self.weights[members].sum()
        for _ in range(_MAX_TRIES):
            cluster = rng.choice(members, p=weights)
            spread = np.clip(rng.standard_normal(self.factors.shape[1]), -2, 2)
            positions = self._positions(self.means[cluster] + spread @ self.factors[cluster])
            positions = limit_joints(positions)
            if not penetrates(positions):
                break
        if rng.random() < 0.5:
            positions = mirrored(positions)
        if kind in TIPPED_KINDS:
            positions = tipped(turned(positions, rng.uniform(0, 2 * np.pi)), rng.uniform(*TIPPED_KINDS[kind]))
        return Pose(turned(positions, rng.uniform(0, 2 * np.pi)), kind)

    def _positions(self, directions: np.ndarray) -> np.ndarray:
        bones = directions.reshape(19, 3)
        bones = bones / np.maximum(np.linalg.norm(bones, axis=1, keepdims=True), 1e-6) * self.lengths[:, None]
        return chain(bones)


@dataclass(frozen=True, eq=False)
class Recordings:
    """Motion capture: positions (N, 20, 3) mm in the frame of this module."""

    positions: np.ndarray

    @classmethod
    def load(cls, paths: Sequence[str | Path]) -> "Recordings":
        """Read .npz files with `joints` (names as POSE_JOINTS) and `xyz` (N, 20, 3) in metres, y up, left at +x.

        Raises InputError for a file of another layout.
        """
        parts = [_read_recording(Path(path)) for path in paths]
        return cls(np.concatenate(parts))

    def sample(self, rng: np.random.Generator) -> Pose:
        """One recorded pose, facing any way, mirrored or not."""
        positions = self.positions[rng.integers(len(self.positions))].astype(np.float64)
        if rng.random() < 0.5:
            positions = mirrored(positions)
        return Pose(turned(positions, rng.uniform(0, 2 * np.pi)), "recorded")


def bones_of(positions: np.ndarray) -> np.ndarray:
    """Bone vectors (..., 19, 3) of poses (..., 20, 3), ordered by child joint."""
    return positions[..., _CHILDREN, :] - positions[..., _PARENT_OF_CHILD, :]


def chain(bones: np.ndarray) -> np.ndarray:
    """Positions (20, 3) of bone vectors (19, 3), the pelvis at the origin."""
    positions = np.zeros((20, 3))
    for child, bone in zip(_CHILDREN, bones, strict=True):
        positions[child] = positions[_PARENTS[child]] + bone
    return positions


def turned(positions: np.ndarray, yaw: float) -> np.ndarray:
    """A pose turned about the vertical by `yaw` radians."""
    return positions @ about("Y", yaw).T


def tipped(positions: np.ndarray, degrees: float) -> np.ndarray:
    """A pose turned about the horizontal axis x."""
    return positions @ about("X", np.radians(degrees)).T


def mirrored(positions: np.ndarray) -> np.ndarray:
    """The mirror image of poses (..., 20, 3) at the plane x = 0, left and right exchanged."""
    return positions[..., POSE_MIRROR, :] * (-1, 1, 1)


def limit_joints(positions: np.ndarray) -> np.ndarray:
    """The pose with knees that do not bend forwards and elbows and knees that do not fold flat."""
    bones = bones_of(positions)
    across = positions[POSE_JOINTS.index("lhip")] - positions[POSE_JOINTS.index("rhip")]
    for side in "rl":
        thigh, shin = (POSE_JOINTS.index(side + joint) - 1 for joint in ("knee", "ankle"))
        bones[shin] = _limit_hinge(bones[thigh], bones[shin], across)
        upper, fore = (POSE_JOINTS.index(side + joint) - 1 for joint in ("elb", "wri"))
        bones[fore] = _limit_bend(bones[upper], bones[fore])
    return chain(bones)


def penetrates(positions: np.ndarray, radius_mm: float = 90.0) -> bool:
    """Whether a wrist, elbow, knee or ankle lies inside the trunk, or two shins or hands in one another."""
    at = dict(zip(POSE_JOINTS, positions, strict=True))
    low, high = at["pelvis"], at["thorax"]
    axis = high - low
    for joint in ("lwri", "rwri", "lelb", "relb", "lknee", "rknee", "lankle", "rankle"):
        share = np.clip((at[joint] - low) @ axis / (axis @ axis), 0.0, 1.0)
        if np.linalg.norm(at[joint] - low - share * axis) < radius_mm:
            return True
    pairs = (("lwri", "rwri"), ("lankle", "rankle"), ("lknee", "rknee"))
    return any(np.linalg.norm(at[a] - at[b]) < radius_mm / 2 for a, b in pairs)


def _limit_hinge(thigh: np.ndarray, shin: np.ndarray, across: np.ndarray) -> np.ndarray:
    """The shin, moved into the plane where it goes straight on if it bends the wrong way about `across`."""
    if np.cross(thigh, shin) @ across < 0:
        forward = np.cross(across, thigh)
        forward /= np.linalg.norm(forward)
        length = np.linalg.norm(shin)
        # Taking away the forward part leaves a knee that is straight seen from the side.
        straight = shin - (shin @ forward - (thigh @ forward)) * forward
        shin = straight / np.linalg.norm(straight) * length
    return _limit_bend(thigh, shin)


def _limit_bend(upper: np.ndarray, lower: np.ndarray, most: float = np.radians(150)) -> np.ndarray:
    """The lower bone, opened to a bend of at most `most` radians."""
    u, length = upper / np.linalg.norm(upper), np.linalg.norm(lower)
    side = lower - (lower @ u) * u
    angle = np.arctan2(np.linalg.norm(side), lower @ u)
    if angle <= most or np.linalg.norm(side) < 1e-9:
        return lower
    return length * (np.cos(most) * u + np.sin(most) * side / np.linalg.norm(side))


def _read_recording(path: Path) -> np.ndarray:
    with open_npz(path, "recorded poses (joints, xyz)") as file:
        names, xyz = tuple(map(str, file["joints"])), file["xyz"]
    if names != POSE_JOINTS or xyz.ndim != 3 or xyz.shape[1:] != (20, 3):
        raise InputError(
            f"Expected xyz (N, 20, 3) of the joints {', '.join(POSE_JOINTS)} in {path}. "
            f"Received: {xyz.shape} of {', '.join(names)}."
        )
    return xyz.astype(np.float32) * np.array([1000, -1000, -1000], np.float32)
