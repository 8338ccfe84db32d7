"""What the open body's joints may do: ranges of rotation, and twelve numbers for a hand."""

import numpy as np
from open_body.rig import FINGERS, JOINTS, MIRROR

# Least and largest axis-angle components in radians of joints on the left or the middle, in the T-pose's axes (x left,
# y up, z forward): everyday ranges of anatomy books, rounded, not measured here. Knees bend about +x, elbows about -y.
_RANGES = {
    "hip": ((-2.2, 0.7), (-0.9, 0.9), (-0.6, 1.1)), "knee": ((-0.1, 2.6), (-0.3, 0.3), (-0.2, 0.2)),
    "ankle": ((-0.7, 0.9), (-0.5, 0.5), (-0.5, 0.5)), "foot": ((-0.7, 0.7), (-0.1, 0.1), (-0.1, 0.1)),
    "spine1": ((-0.4, 0.9), (-0.5, 0.5), (-0.5, 0.5)), "spine2": ((-0.4, 0.7), (-0.5, 0.5), (-0.4, 0.4)),
    "spine3": ((-0.3, 0.5), (-0.5, 0.5), (-0.4, 0.4)), "neck": ((-0.6, 0.7), (-0.9, 0.9), (-0.6, 0.6)),
    "head": ((-0.6, 0.6), (-0.8, 0.8), (-0.5, 0.5)), "collar": ((-0.3, 0.3), (-0.4, 0.4), (-0.3, 0.5)),
    "shoulder": ((-1.6, 1.6), (-2.3, 1.2), (-1.7, 1.7)), "elbow": ((-1.7, 1.7), (-2.6, 0.1), (-0.3, 0.3)),
    "wrist": ((-0.5, 0.5), (-0.6, 0.6), (-1.4, 1.4)), "jaw": ((-0.05, 0.6), (-0.2, 0.2), (-0.1, 0.1)),
    "eye": ((-0.5, 0.5), (-0.7, 0.7), (0.0, 0.0)), "pelvis": ((-np.pi, np.pi),) * 3,
    "thumb1": ((-0.8, 0.8), (-0.9, 0.9), (-0.8, 0.8)), "thumb2": ((-0.9, 0.9), (-1.0, 1.0), (-0.9, 0.9)),
    "thumb3": ((-0.9, 0.9), (-1.2, 1.2), (-0.9, 0.9)),
    **{f"{finger}1": ((-0.2, 0.2), (-0.4, 0.4), (-1.6, 0.5)) for finger in FINGERS if finger != "thumb"},
    **{f"{finger}2": ((-0.1, 0.1), (-0.1, 0.1), (-1.9, 0.3)) for finger in FINGERS if finger != "thumb"},
    **{f"{finger}3": ((-0.1, 0.1), (-0.1, 0.1), (-1.4, 0.3)) for finger in FINGERS if finger != "thumb"},
}  # fmt: skip
HAND_NUMBERS = (
    *(f"curl_{finger}" for finger in ("thumb", "index", "middle", "ring", "pinky")),
    *(f"spread_{finger}" for finger in ("index", "middle", "ring", "pinky")),
    "thumb_opposition", "thumb_reach", "thumb_twist",
)  # fmt: skip
# Of a curl of 1 at the three joints of a finger.
_CURL = (0.9, 1.1, 0.7)
_THUMB_CURL = (0.2, 0.6, 0.9)
# Away from the middle finger is positive: forward for the index and back for ring and pinky, palm down.
_SPREAD = {"index": -1.0, "middle": -1.0, "ring": 1.0, "pinky": 1.0}
# A mirror image in x turns axis-angle vectors so.
_TURNED = np.array([1.0, -1.0, -1.0])


def limits() -> np.ndarray:
    """(55, 3, 2) radians, the same for left and right."""
    result = np.zeros((len(JOINTS), 3, 2))
    for number, joint in enumerate(JOINTS):
        side, _, stem = joint.partition("_")
        result[number] = _RANGES[stem or joint]
        if side == "right":
            result[number, 1:] = -result[number, 1:, ::-1]
    return result


def hand_components(joints: np.ndarray) -> np.ndarray:
    """(2, 12, 45): what each number turns, left and then right; joints (55, 3) of the rest pose.

    Fingers curl about the axis across the hand (z) and spread about the vertical. The thumb curls towards the root of
    the little finger, opposes by the same at its first joint, reaches across that and twists about itself.
    """
    left = np.zeros((len(HAND_NUMBERS), 15, 3))
    order = {finger: 3 * number for number, finger in enumerate(FINGERS)}
    places = {finger: joints[JOINTS.index(f"left_{finger}1")] for finger in FINGERS}
    along = joints[JOINTS.index("left_thumb3")] - places["thumb"]
    along /= np.linalg.norm(along)
    flex = np.cross(along, places["pinky"] - np.array([0, 0.03, 0]) - joints[JOINTS.index("left_thumb2")])
    flex /= np.linalg.norm(flex)
    for finger in FINGERS:
        for k in range(3):
            axis = flex * _THUMB_CURL[k] if finger == "thumb" else np.array([0, 0, -_CURL[k]])
            left[HAND_NUMBERS.index(f"curl_{finger}"), order[finger] + k] = axis
    for finger, sign in _SPREAD.items():
        left[HAND_NUMBERS.index(f"spread_{finger}"), order[finger], 1] = sign
    for number, axis in (("opposition", flex), ("reach", np.cross(along, flex)), ("twist", along)):
        left[HAND_NUMBERS.index(f"thumb_{number}"), order["thumb"]] = axis
    assert [JOINTS[MIRROR[i]] for i in range(25, 40)] == list(JOINTS[40:])
    return np.stack([left, left * _TURNED]).reshape(2, len(HAND_NUMBERS), -1)
