"""PredictedJoints joints beside the true ones, in the joints and the alignment that a protocol asks for."""

from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.evaluation.people.people import People, Tags
from voxelpose.evaluation.predictions.predict import in_skeleton
from voxelpose.evaluation.protocols.protocol import Protocol
from voxelpose.skeleton import Skeleton

# Yang & Ramanan 2013
_TORSO = ("left_shoulder", "right_hip")


@dataclass(frozen=True, eq=False)
class PredictedJoints:
    """Joints of N people from whatever source, in their own skeleton.

    joints_mm: (N, J, 3) mm in the camera frame, or relative to the root; None where there are none; pixels: (N, J, 2)
    in the picture, or None. NaN marks a joint that was not predicted.
    """

    skeleton: Skeleton
    joints_mm: np.ndarray | None
    pixels: np.ndarray | None

    def __len__(self) -> int:
        return len(self.pixels if self.joints_mm is None else self.joints_mm)

    def select(self, rows: np.ndarray) -> "PredictedJoints":
        """The predictions of the given rows (indices or a mask)."""
        return PredictedJoints(self.skeleton, *(None if a is None else a[rows] for a in (self.joints_mm, self.pixels)))


@dataclass(frozen=True, eq=False)
class Pairs:
    """What the metrics are computed from: the protocol's joints that both sides have.

    joints: K names; left_out: joints of the protocol that the predictions or the truth lack altogether. predicted,
    true: (N, K, C), mm relative to the root or pixels; known: (N, K), where the truth is annotated. limbs: pairs of
    indices into the K joints. torso, head: (N,) pixels by which errors in the picture are divided, NaN where unknown.
    """

    joints: tuple[str, ...]
    left_out: tuple[str, ...]
    predicted: np.ndarray
    true: np.ndarray
    known: np.ndarray
    limbs: tuple[tuple[int, int], ...]
    torso: np.ndarray
    head: np.ndarray
    tags: Tags
    frame_step: int


def make_pairs(predicted: PredictedJoints, people: People, protocol: Protocol) -> Pairs:
    """Pair up the protocol's joints; InputError where that cannot be done, or a predicted joint is not a number."""
    given, truth = _both(predicted, people, protocol)
    ours, there = _named(given, predicted.skeleton, protocol.joints)
    theirs, known = _named(truth, people.skeleton, protocol.joints)
    if protocol.root:
        our_root, our_root_there = _named(given, predicted.skeleton, (protocol.root,))
        their_root, their_root_known = _named(truth, people.skeleton, (protocol.root,))
        if not our_root_there.any() or not their_root_known.any():
            raise InputError(
                f"The protocol {protocol.name} aligns at the {protocol.root}. Received: joints without it."
            )
        ours, theirs = ours - our_root, theirs - their_root
        there, known = there & our_root_there, known & their_root_known
    shared = there.any(0) & known.any(0)
    joints = tuple(name for name, use in zip(protocol.joints, shared, strict=True) if use)
    ours, theirs, there, known = (values[:, shared] for values in (ours, theirs, there, known))
    missing = np.argwhere(known & ~there)
    if len(missing):
        row, joint = missing[0]
        raise InputError(
            f"Expected finite numbers for every predicted joint. Received: {len(missing)} joints that are NaN or "
            f"infinite, the first being {joints[joint]} of person {row}."
        )
    return Pairs(
        joints=joints,
        left_out=tuple(name for name in protocol.joints if name not in joints),
        predicted=ours,
        true=theirs,
        known=known,
        limbs=tuple((joints.index(a), joints.index(b)) for a, b in protocol.limbs if {a, b} <= set(joints)),
        torso=_torso(people),
        head=people.head_px,
        tags=people.tags,
        frame_step=protocol.frame_step,
    )


def _both(predicted: PredictedJoints, people: People, protocol: Protocol) -> tuple[np.ndarray, np.ndarray]:
    if protocol.metric:
        needed, given, truth = "joints in mm", predicted.joints_mm, people.joints_mm
    else:
        needed, given, truth = "joints in the picture", predicted.pixels, people.pixels
    for whose, joints in (("predictions", given), (people.name, truth)):
        if joints is None or not np.isfinite(joints).any():
            raise InputError(f"The protocol {protocol.name} needs {needed}. Received: {whose} without any.")
    if len(given) != len(truth):
        raise InputError(f"Expected one prediction for each of {len(truth)} people. Received: {len(given)}.")
    return given, truth


def _named(joints: np.ndarray, skeleton: Skeleton, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The joints (N, K, C) of the given names, and whether they are there (N, K)."""
    return in_skeleton(joints, skeleton, Skeleton("named", names, (0,) * len(names)))


def _torso(people: People) -> np.ndarray:
    """(N,) pixels of the torso's length, NaN where unknown or zero."""
    ends, _ = _named(people.pixels, people.skeleton, _TORSO)
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=-1)
    return np.where(length > 0, length, np.nan)
