"""MakeHuman's 163 bones as 55 joints of SMPL-X's order, and its arms and legs brought into the T-pose."""

from dataclasses import dataclass

import numpy as np
from open_body.makehuman import MakeHuman

from voxelpose.geometry.rotations import about, swing

SIDES = {"left": "L", "right": "R"}
FINGERS = {"index": 2, "middle": 3, "pinky": 5, "ring": 4, "thumb": 1}
_TRUNK = (
    "pelvis left_hip:pelvis right_hip:pelvis spine1:pelvis left_knee:left_hip right_knee:right_hip spine2:spine1 "
    "left_ankle:left_knee right_ankle:right_knee spine3:spine2 left_foot:left_ankle right_foot:right_ankle neck:spine3 "
    "left_collar:spine3 right_collar:spine3 head:neck left_shoulder:left_collar right_shoulder:right_collar "
    "left_elbow:left_shoulder right_elbow:right_shoulder left_wrist:left_elbow right_wrist:right_elbow "
    "jaw:head left_eye:head right_eye:head"
)
_HANDS = " ".join(
    f"{side}_{finger}{k}:{side}_{finger}{k - 1}" if k > 1 else f"{side}_{finger}1:{side}_wrist"
    for side in SIDES
    for finger in FINGERS
    for k in (1, 2, 3)
)
_WORDS = [word.partition(":") for word in f"{_TRUNK} {_HANDS}".split()]
JOINTS = tuple(name for name, _, _ in _WORDS)
PARENTS = np.array([JOINTS.index(parent) if parent else -1 for _, _, parent in _WORDS])
MIRROR = np.array([
    JOINTS.index(name.replace("left", "?").replace("right", "left").replace("?", "right")) for name in JOINTS
])  # fmt: skip
# The bones at whose heads the joints lie; of those with a side, {} is L or R.
_HEADS = {
    "spine1": ["spine04"], "spine2": ["spine03"], "spine3": ["spine01"], "neck": ["neck01"], "head": ["head"],
    "jaw": ["jaw"], "hip": ["upperleg01.{}"], "knee": ["lowerleg01.{}"], "ankle": ["foot.{}"],
    "foot": [f"toe{k}-1.{{}}" for k in range(1, 6)], "collar": ["clavicle.{}"], "shoulder": ["upperarm01.{}"],
    "elbow": ["lowerarm01.{}"], "wrist": ["wrist.{}"], "eye": ["eye.{}"],
    **{f"{finger}{k}": [f"finger{n}-{k}.{{}}"] for finger, n in FINGERS.items() for k in (1, 2, 3)},
}  # fmt: skip
# What turns with each joint, by the beginnings of the bones' names; the first that fits.
_TURNED = (
    ("pelvis", ("root", "pelvis", "spine05")), ("spine1", ("spine04",)), ("spine2", ("spine03",)),
    ("spine3", ("spine02", "spine01", "breast")), ("neck", ("neck",)), ("collar", ("clavicle", "shoulder01")),
    ("shoulder", ("upperarm",)), ("elbow", ("lowerarm",)), ("wrist", ("wrist", "metacarpal")), ("hip", ("upperleg",)),
    ("knee", ("lowerleg",)), ("ankle", ("foot",)), ("foot", ("toe",)),
    *((f"{finger}{k}", (f"finger{n}-{k}",)) for finger, n in FINGERS.items() for k in (1, 2, 3)),
)  # fmt: skip


def joint_places(human: MakeHuman) -> np.ndarray:
    """(55, V): every joint as a mean of vertices."""
    rows = np.zeros((len(JOINTS), len(human.vertices)))
    for number, joint in enumerate(JOINTS):
        side, _, stem = joint.partition("_")
        names = [name.format(SIDES.get(side, "")) for name in _HEADS.get(stem or joint, [])]
        if joint == "pelvis":
            names = ["upperleg01.L", "upperleg01.R"]
        rows[number] = np.mean([human.heads[human.bones.index(name)] for name in names], axis=0)
    return rows


def joint_weights(human: MakeHuman) -> np.ndarray:
    """(V, 55), the same for left and right."""
    weights = np.zeros((len(human.vertices), len(JOINTS)))
    for number, bone in enumerate(human.bones):
        weights[:, JOINTS.index(_joint_of(human, bone))] += human.weights[:, number]
    return (weights + weights[human.mirror][:, MIRROR]) / 2


def _joint_of(human: MakeHuman, bone: str) -> str:
    stem, _, side = bone.partition(".")
    side = {"L": "left_", "R": "right_", "": ""}[side]
    if stem == "eye":
        return side + "eye"
    for joint, beginnings in _TURNED:
        if stem.startswith(beginnings):
            return joint if joint in JOINTS else side + joint
    at = human.bones.index(bone)
    while at >= 0 and human.bones[at] != "jaw":
        at = human.bone_parents[at]
    return "jaw" if at >= 0 else "head"


@dataclass(frozen=True, eq=False)
class TPose:
    """turns (55, 3, 3): what takes each joint from MakeHuman's rest pose to the T-pose, the same for every body.

    Since they are the same, vertices and joints stay linear in shape. A vertex of the T-pose is the one that the
    skinning back takes to MakeHuman's rest pose exactly, so that pose loses nothing of what its artists drew.
    """

    turns: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, joints: np.ndarray, weights: np.ndarray) -> "TPose":
        """From the mean body's symmetric joints (55, 3): arms along x, palms down, legs 3 degrees apart."""
        turns = np.tile(np.eye(3), (len(JOINTS), 1, 1))
        at = {name: joints[number] for number, name in enumerate(JOINTS)}
        for side, sign in (("left", 1), ("right", -1)):
            own = {name: at[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist", "hip", "ankle")}
            upper, lower = own["elbow"] - own["shoulder"], own["wrist"] - own["elbow"]
            hand, out = at[f"{side}_middle1"] - own["wrist"], np.array([sign, 0.0, 0.0])
            raised = about("Z", -sign * np.arctan2(upper[1], sign * upper[0]))
            shoulder = swing(raised @ upper, out) @ raised
            elbow = swing(shoulder @ lower, out) @ shoulder
            wrist = swing(elbow @ hand, out) @ elbow
            knuckles = wrist @ (at[f"{side}_index1"] - at[f"{side}_pinky1"])
            twist = np.arctan2(knuckles[1], knuckles[2])
            leg = own["ankle"] - own["hip"]
            thigh = about("Z", -np.arctan2(leg[0], -leg[1]) + sign * np.radians(3))
            found = {"collar": about("Z", sign * np.radians(12)), "shoulder": shoulder, "hip": thigh, "knee": thigh}
            found |= {"elbow": about("X", twist / 2) @ elbow, "wrist": about("X", twist) @ wrist}
            found |= {f"{finger}{k}": found["wrist"] for finger in FINGERS for k in (1, 2, 3)}
            for name, turn in found.items():
                turns[JOINTS.index(f"{side}_{name}")] = turn
        return cls(turns, weights)

    def joints(self, joints: np.ndarray) -> np.ndarray:
        """(..., 55, 3) -> in the T-pose, the pelvis where it was."""
        moved = np.array(joints)
        for child, parent in enumerate(PARENTS):
            if parent >= 0:
                bone = joints[..., child, :] - joints[..., parent, :]
                moved[..., child, :] = moved[..., parent, :] + bone @ self.turns[parent].T
        return moved

    def vertices(self, vertices: np.ndarray, joints: np.ndarray) -> np.ndarray:
        """(N, V, 3) of bodies with joints (N, 55, 3) -> in the T-pose, by the inverse of the skinning back."""
        back = np.swapaxes(self.turns, 1, 2)
        inverse = np.linalg.inv(np.einsum("vj,jab->vab", self.weights, back)).astype(np.float32)
        shifts = joints - np.einsum("jab,njb->nja", back, self.joints(joints))
        result = np.empty_like(vertices)
        for row, (points, shift) in enumerate(zip(vertices, shifts, strict=True)):
            result[row] = np.einsum("vab,vb->va", inverse, points - (self.weights @ shift).astype(points.dtype))
        return result
