"""From 20 joint positions to a rotation for every bone.

Pelvis and chest are whole frames, taken from hips and shoulders; the spine shares their difference; every limb swings
its rest direction onto the wanted one, and a bent elbow or knee also says how the limb is twisted.
"""

from functools import cache

import numpy as np

from voxelpose.geometry.rotations import angle_about, axis_angle_to_matrix, cross, frame_from_axes, power, swing
from voxelpose.synthetic.bodies.poses import POSE_JOINTS

_SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
_SPINE_SHARES = np.array([0.15, 0.35, 0.55, 0.8, 1.0])
# A joint that is bent by less than this says nothing about twist; by more than twice it, everything (radians).
_BENT = 0.25


def bone_rotations(
    positions: np.ndarray, heads: np.ndarray, labels: tuple[str, ...], rng: np.random.Generator | None
) -> np.ndarray:
    """World rotations (B, 3, 3) of the bones with rest beginnings `heads` (B, 3) for a pose (20, 3)."""
    at = dict(zip(POSE_JOINTS, np.asarray(positions, np.float64), strict=True))
    rest = dict(zip(labels, heads.astype(np.float64), strict=True))
    turns = _trunk(at, rest)
    turns |= _legs(at, rest, turns["root"]) | _arms(at, rest, turns["spine01"], rng)
    turns |= _head(at, rest, turns["spine01"], rng)
    return np.array([turns[controller(label)] for label in labels])


@cache
def controller(label: str) -> str:
    """The bone whose rotation a bone shares."""
    stem, _, side = label.partition(".")
    for beginning, leader in _CONTROLLERS.items():
        if stem.startswith(beginning):
            return f"{leader}.{side}" if side and leader not in ("root", "head") else leader
    return label


_CONTROLLERS = {
    "pelvis": "root", "upperleg": "upperleg01", "lowerleg": "lowerleg01", "foot": "foot", "toe": "foot",
    "clavicle": "clavicle", "shoulder01": "clavicle", "upperarm": "upperarm01", "lowerarm": "lowerarm01",
    "wrist": "wrist", "finger": "wrist", "metacarpal": "wrist", "neck": "neck01", "eye": "head",
}  # fmt: skip


def _trunk(at: dict, rest: dict) -> dict:
    hips, shoulders = at["lhip"] - at["rhip"], at["lsho"] - at["rsho"]
    thighs_rest = rest["upperleg01.L"], rest["upperleg01.R"]
    hips_rest, shoulders_rest = thighs_rest[0] - thighs_rest[1], rest["upperarm01.L"] - rest["upperarm01.R"]
    up_rest = rest["spine03"] - (thighs_rest[0] + thighs_rest[1]) / 2, rest["neck01"] - rest["spine03"]
    across = np.array([hips, shoulders, hips_rest, shoulders_rest])
    up = np.array([at["spine"] - at["pelvis"], at["neck"] - at["spine"], *up_rest])
    frames = frame_from_axes(across, up)
    pelvis, chest = frames[:2] @ np.swapaxes(frames[2:], -1, -2)
    spine = pelvis @ power(pelvis.T @ chest, _SPINE_SHARES)
    return {"root": pelvis, **dict(zip(_SPINE, spine, strict=True))}


def _legs(at: dict, rest: dict, pelvis: np.ndarray) -> dict:
    hip, knee, ankle, toe = (_both(at, "{}" + joint, "lr") for joint in ("hip", "knee", "ankle", "toe"))
    hip_rest, knee_rest, ankle_rest, toe_rest = (
        _both(rest, f"{bone}.{{}}", "LR") for bone in ("upperleg01", "lowerleg01", "foot", "toe2-1")
    )
    thigh, shin = knee - hip, ankle - knee
    upper = swing(_turned(pelvis, knee_rest - hip_rest), thigh) @ pelvis
    # A knee bends backwards: from the thigh to the shin about the axis that runs from right to left in the rest pose.
    upper = _twisted(upper, thigh, upper[..., 0], cross(thigh, shin), _bend(thigh, shin))
    lower = swing(_turned(upper, ankle_rest - knee_rest), shin) @ upper
    foot = swing(_turned(lower, toe_rest - ankle_rest), toe - ankle) @ lower
    return _by_side({"upperleg01": upper, "lowerleg01": lower, "foot": foot})


def _arms(at: dict, rest: dict, chest: np.ndarray, rng: np.random.Generator | None) -> dict:
    shoulder, elbow, wrist = (_both(at, "{}" + joint, "lr") for joint in ("sho", "elb", "wri"))
    shoulder_rest, elbow_rest, wrist_rest = (
        _both(rest, f"{bone}.{{}}", "LR") for bone in ("upperarm01", "lowerarm01", "wrist")
    )
    upper_rest, fore_rest = elbow_rest - shoulder_rest, wrist_rest - elbow_rest
    upper_arm, forearm = elbow - shoulder, wrist - elbow
    # The shoulder blade follows a part of the way when the arm is raised.
    clavicle = power(swing(_turned(chest, upper_rest), upper_arm), 0.2) @ chest
    upper = swing(_turned(clavicle, upper_rest), upper_arm) @ clavicle
    hinge = _turned(upper, cross(upper_rest, fore_rest))
    upper = _twisted(upper, upper_arm, hinge, cross(upper_arm, forearm), _bend(upper_arm, forearm))
    lower = swing(_turned(upper, fore_rest), forearm) @ upper
    hand = lower if rng is None else axis_angle_to_matrix(rng.normal(0, 0.25, (2, 3))) @ lower
    return _by_side({"clavicle": clavicle, "upperarm01": upper, "lowerarm01": lower, "wrist": hand})


def _head(at: dict, rest: dict, chest: np.ndarray, rng: np.random.Generator | None) -> dict:
    neck = power(swing(chest @ (rest["head"] - rest["neck01"]), at["head"] - at["neck"]), 0.5) @ chest
    up_rest = np.array([0.0, -1.0, 0.0])
    head = swing(chest @ up_rest, at["headtop"] - at["neck"]) @ chest
    if rng is not None:
        head = head @ axis_angle_to_matrix(np.array([rng.normal(0, 0.1), rng.normal(0, 0.35), 0.0]))
    return {"neck01": neck, "head": head}


def _both(points: dict, name: str, sides: str) -> np.ndarray:
    """A point of the left side and the one of the right: (2, 3)."""
    return np.array([points[name.format(side)] for side in sides])


def _by_side(turns: dict) -> dict:
    """Rotations (2, 3, 3) by bone -> (3, 3) by bone and side."""
    return {f"{bone}.{side}": turn[i] for bone, turn in turns.items() for i, side in enumerate("LR")}


def _turned(rotation: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    return (rotation @ vectors[..., None])[..., 0]


def _twisted(turn, along: np.ndarray, hinge: np.ndarray, wanted: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Turned about `along` so that the hinge comes to lie as wanted, as far as `weight` (0 to 1) goes."""
    axis = along / np.linalg.norm(along, axis=-1, keepdims=True)
    return axis_angle_to_matrix((weight * angle_about(axis, hinge, wanted))[..., None] * axis) @ turn


def _bend(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """How much a joint's bend is to be believed, 0 to 1."""
    lengths = np.linalg.norm(upper, axis=-1) * np.linalg.norm(lower, axis=-1)
    cosine = (upper * lower).sum(axis=-1) / np.maximum(lengths, 1e-9)
    return np.clip(np.arccos(np.clip(cosine, -1, 1)) / _BENT - 1, 0, 1)
