"""From 20 joint positions to a rotation for every bone.

Pelvis and chest are whole frames, taken from hips and shoulders; the spine shares their difference; every limb swings
its rest direction onto the wanted one, and a bent elbow or knee also says how the limb is twisted.
"""

from functools import cache

import numpy as np

from voxelpose.synthetic.bodies.poses import POSE_JOINTS

_SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
_SPINE_SHARES = (0.15, 0.35, 0.55, 0.8, 1.0)
# A joint that is bent by less than this says nothing about twist; by more than twice it, everything (radians).
_BENT = 0.25


def bone_rotations(
    positions: np.ndarray, heads: np.ndarray, labels: tuple[str, ...], rng: np.random.Generator | None
) -> np.ndarray:
    """World rotations (B, 3, 3) of the bones with rest beginnings `heads` (B, 3) for a pose (20, 3)."""
    at = dict(zip(POSE_JOINTS, np.asarray(positions, np.float64), strict=True))
    rest = dict(zip(labels, heads.astype(np.float64), strict=True))
    turns = _trunk(at, rest)
    for side, s in (("L", "l"), ("R", "r")):
        turns |= _leg(at, rest, turns["root"], side, s)
        turns |= _arm(at, rest, turns["spine01"], side, s, rng)
    turns |= _head(at, rest, turns["spine01"], rng)
    return np.stack([turns[controller(label)] for label in labels])


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
    hips_rest = rest["upperleg01.L"] - rest["upperleg01.R"]
    pelvis = (
        _frame(at["lhip"] - at["rhip"], at["spine"] - at["pelvis"])
        @ _frame(hips_rest, rest["spine03"] - (rest["upperleg01.L"] + rest["upperleg01.R"]) / 2).T
    )
    shoulders_rest = rest["upperarm01.L"] - rest["upperarm01.R"]
    chest = (
        _frame(at["lsho"] - at["rsho"], at["neck"] - at["spine"])
        @ _frame(shoulders_rest, rest["neck01"] - rest["spine03"]).T
    )
    between = _log(pelvis.T @ chest)
    turns = {"root": pelvis}
    for bone, share in zip(_SPINE, _SPINE_SHARES, strict=True):
        turns[bone] = pelvis @ _exp(share * between)
    return turns


def _leg(at: dict, rest: dict, pelvis: np.ndarray, side: str, s: str) -> dict:
    thigh_rest = rest[f"lowerleg01.{side}"] - rest[f"upperleg01.{side}"]
    shin_rest = rest[f"foot.{side}"] - rest[f"lowerleg01.{side}"]
    foot_rest = rest[f"toe2-1.{side}"] - rest[f"foot.{side}"]
    thigh, shin = at[f"{s}knee"] - at[f"{s}hip"], at[f"{s}ankle"] - at[f"{s}knee"]
    upper = _swing(pelvis @ thigh_rest, thigh) @ pelvis
    # A knee bends backwards: from the thigh to the shin about the axis that runs from right to left in the rest pose.
    upper = _twist(upper, thigh, upper @ np.array([1.0, 0.0, 0.0]), _cross(thigh, shin), _bend(thigh, shin))
    lower = _swing(upper @ shin_rest, shin) @ upper
    foot = _swing(lower @ foot_rest, at[f"{s}toe"] - at[f"{s}ankle"]) @ lower
    return {f"upperleg01.{side}": upper, f"lowerleg01.{side}": lower, f"foot.{side}": foot}


def _arm(at: dict, rest: dict, chest: np.ndarray, side: str, s: str, rng: np.random.Generator | None) -> dict:
    upper_rest = rest[f"lowerarm01.{side}"] - rest[f"upperarm01.{side}"]
    fore_rest = rest[f"wrist.{side}"] - rest[f"lowerarm01.{side}"]
    upper_arm, forearm = at[f"{s}elb"] - at[f"{s}sho"], at[f"{s}wri"] - at[f"{s}elb"]
    # The shoulder blade follows a part of the way when the arm is raised.
    clavicle = _exp(0.2 * _log(_swing(chest @ upper_rest, upper_arm))) @ chest
    upper = _swing(clavicle @ upper_rest, upper_arm) @ clavicle
    hinge = upper @ _cross(upper_rest, fore_rest)
    upper = _twist(upper, upper_arm, hinge, _cross(upper_arm, forearm), _bend(upper_arm, forearm))
    lower = _swing(upper @ fore_rest, forearm) @ upper
    hand = lower if rng is None else _exp(rng.normal(0, 0.25, 3)) @ lower
    return {
        f"clavicle.{side}": clavicle,
        f"upperarm01.{side}": upper,
        f"lowerarm01.{side}": lower,
        f"wrist.{side}": hand,
    }


def _head(at: dict, rest: dict, chest: np.ndarray, rng: np.random.Generator | None) -> dict:
    neck = _swing(chest @ (rest["head"] - rest["neck01"]), at["head"] - at["neck"])
    neck = _exp(0.5 * _log(neck)) @ chest
    up_rest = np.array([0.0, -1.0, 0.0])
    head = _swing(chest @ up_rest, at["headtop"] - at["neck"]) @ chest
    if rng is not None:
        head = head @ _exp(np.array([rng.normal(0, 0.1), rng.normal(0, 0.35), 0.0]))
    return {"neck01": neck, "head": head}


def _frame(across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Rotation whose columns are: across, up made orthogonal to it, and their cross product."""
    x = across / np.linalg.norm(across)
    y = up - (up @ x) * x
    y /= np.linalg.norm(y)
    return np.stack([x, y, _cross(x, y)], axis=1)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross product of two vectors, ten times as fast as NumPy's general one."""
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _swing(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The shortest rotation that takes the direction of source to that of target."""
    a, b = source / np.linalg.norm(source), target / max(np.linalg.norm(target), 1e-9)
    axis, cosine = _cross(a, b), float(a @ b)
    if cosine < -0.9999:
        axis = _cross(a, [1.0, 0.0, 0.0] if abs(a[0]) < 0.9 else [0.0, 1.0, 0.0])
        return _exp(np.pi * axis / np.linalg.norm(axis))
    cross = _hat(axis)
    return np.eye(3) + cross + cross @ cross / (1 + cosine)


def _twist(turn: np.ndarray, along: np.ndarray, hinge: np.ndarray, wanted: np.ndarray, weight: float) -> np.ndarray:
    """Turn about `along` so that the hinge comes to lie as wanted, as far as `weight` (0 to 1) goes."""
    axis = along / np.linalg.norm(along)
    a, b = hinge - (hinge @ axis) * axis, wanted - (wanted @ axis) * axis
    if weight == 0 or min(np.linalg.norm(a), np.linalg.norm(b)) < 1e-9:
        return turn
    angle = np.arctan2(_cross(a, b) @ axis, a @ b)
    return _exp(weight * angle * axis) @ turn


def _bend(upper: np.ndarray, lower: np.ndarray) -> float:
    """How much a joint's bend is to be believed, 0 to 1."""
    cosine = upper @ lower / max(np.linalg.norm(upper) * np.linalg.norm(lower), 1e-9)
    return float(np.clip(np.arccos(np.clip(cosine, -1, 1)) / _BENT - 1, 0, 1))


def _hat(v: np.ndarray) -> np.ndarray:
    return np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])


def _exp(vector: np.ndarray) -> np.ndarray:
    """Rotation of a rotation vector (Rodrigues)."""
    angle = np.linalg.norm(vector)
    if angle < 1e-12:
        return np.eye(3)
    cross = _hat(vector / angle)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def _log(turn: np.ndarray) -> np.ndarray:
    """Rotation vector of a rotation."""
    angle = np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))
    axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    norm = np.linalg.norm(axis)
    if norm < 1e-9:
        return np.zeros(3)
    return angle * axis / norm
