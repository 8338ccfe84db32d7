"""The points of other conventions as linear maps from a body's joints and landmarks, found by name."""

from collections.abc import Mapping

import numpy as np

from voxelpose.body.model import BodyModel
from voxelpose.body.parts import SMPLX_HANDS
from voxelpose.errors import InputError
from voxelpose.skeleton import COCO17, H36M17, LSP14, SMPL24, JointMap

_LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_FINGERS = ("thumb", "index", "middle", "ring", "pinky")
# BODY_25 of OpenPose in its order.
_BODY25 = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "pelvis", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear", "left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe",
    "right_heel",
)  # fmt: skip
_SMPLX55 = (
    *SMPL24.joints[:15], "head", *SMPL24.joints[16:22], "jaw", "left_eye", "right_eye",
    *SMPLX_HANDS,
)  # fmt: skip


def _hand(side: str) -> tuple[str, ...]:
    tips = ((*(f"{side}_{finger}{k}" for k in (1, 2, 3)), f"{side}_{finger}_tip") for finger in _FINGERS)
    return (f"{side}_wrist", *(name for finger in tips for name in finger))


# The names of each convention's points in its order.
CONVENTIONS: Mapping[str, tuple[str, ...]] = {
    "coco17": COCO17.joints,
    "body25": _BODY25,
    "h36m17": H36M17.joints,
    "lsp14": LSP14.joints,
    "smpl24": SMPL24.joints,
    "smplx55": _SMPLX55,
    "hand21_left": _hand("left"),
    "hand21_right": _hand("right"),
    "face51": tuple(f"face_{i}" for i in range(17, 68)),
    "face68": tuple(f"face_{i}" for i in range(68)),
}
_COCO_LIMBS = {f"{side}_{limb}": {f"coco_{side}_{limb}": 1.0} for side in ("left", "right") for limb in _LIMBS}
_MARK = "landmark:"
_FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
# What a convention means by a name where that isn't the joint of this name: shares of joints and landmarks. COCO's and
# OpenPose's limbs are where people click, beside the joint. OpenPose's neck is the middle of the shoulders. The spine
# and the jaw of Human3.6M are points on the way from pelvis to neck to the top of the head, as long as its mean bones
# are; LSP's joints and Human3.6M's limbs are the body's own.
_CLICKED = _COCO_LIMBS | {name: {_MARK + name: 1.0} for name in _FACE}
_MEANINGS: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "coco17": _CLICKED,
    "body25": _CLICKED
    | {
        "neck": {"coco_left_shoulder": 0.5, "coco_right_shoulder": 0.5},
        "pelvis": {"coco_left_hip": 0.5, "coco_right_hip": 0.5},
    },
    "h36m17": {
        "pelvis": {"left_hip": 0.5, "right_hip": 0.5},
        "spine": {"pelvis": 0.52, "neck": 0.48},
        "thorax": {"neck": 1.0},
        "jaw": {"neck": 0.5, "head_top": 0.5},
        "head": {"head_top": 1.0},
    },
    "lsp14": {"upper_neck": {"neck": 0.75, "head": 0.25}, "head": {"head_top": 1.0}},
    "smpl24": {
        "skull": {"head": 1.0},
        "left_hand": {"left_middle1": 1.0},
        "right_hand": {"right_middle1": 1.0},
    },
}


def keypoint_map(body: BodyModel, convention: str) -> JointMap:
    """The map from a body's joints and then all its landmarks, (J + L) points, to the points of a convention.

    What the body has no points for is unknown there, as everywhere in `JointMap`. A landmark whose name is a joint's,
    too, is meant where the convention lies on the surface (eyes of COCO). InputError for an unknown convention.
    """
    if convention not in CONVENTIONS:
        raise InputError(f"Expected one of {', '.join(CONVENTIONS)}. Received: '{convention}'.")
    marks = {name: body.joints + i for i, name in enumerate(body.landmarks.names)}
    sources = marks | {_MARK + name: place for name, place in marks.items()}
    sources |= {name: i for i, name in enumerate(body.joint_names)}
    names, meanings = CONVENTIONS[convention], _MEANINGS.get(convention, {})
    rows, columns, shares = [], [], []
    for row, name in enumerate(names):
        parts = meanings.get(name, {name: 1.0})
        if all(part in sources for part in parts):
            rows += [row] * len(parts)
            columns += [sources[part] for part in parts]
            shares += parts.values()
    return JointMap.from_entries(rows, columns, shares, (len(names), body.joints + len(body.landmarks.names)))


def keypoints(posed: Mapping[str, np.ndarray], joint_map: JointMap) -> np.ndarray:
    """Points (B, T, 3) of what `NumpyBody` returned with all landmarks; NaN where unknown."""
    return joint_map.apply(np.concatenate([posed["joints"], posed["landmarks"]], axis=-2))
