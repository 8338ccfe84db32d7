"""Biovision Hierarchy (.bvh): a skeleton of constant bone lengths and its rotations, for animation programs.

Centimetres, y up, channels Z, X, Y as most programs write them: a point p of a joint's frame lies at
offset + Rz Rx Ry p in its parent's. The format has no place for remarks: they are in a file beside it.
"""

import numpy as np

from voxelpose.formats.rig import Rig, children, outward_joints

CENTIMETRES = 0.1
# A joint that ends a limb carries a stub, without which some programs drop the joint: this part of the bone before it.
_STUB = 0.3


def bvh_text(rig: Rig, fps: float) -> str:
    """The whole file."""
    order = outward_joints(rig.skeleton)
    angles = np.degrees(zxy_angles(rig.local_rotations[:, order]))
    root = rig.root * CENTIMETRES
    rows = np.concatenate([root, angles.reshape(len(root), -1)], axis=1)
    motion = "\n".join(" ".join(f"{value:.5f}" for value in row) for row in rows)
    head = "\n".join(["HIERARCHY", *_hierarchy(rig, rig.skeleton.root, 0)])
    return f"{head}\nMOTION\nFrames: {len(rows)}\nFrame Time: {1 / fps:.8f}\n{motion}\n"


def zxy_angles(rotations: np.ndarray) -> np.ndarray:
    """Angles (..., 3) in radians of rotations (..., 3, 3) = Rz Rx Ry; along the first axis they don't jump by turns."""
    r = rotations
    x = np.arcsin(np.clip(r[..., 2, 1], -1, 1))
    locked = np.abs(r[..., 2, 1]) > 1 - 1e-9
    z = np.where(locked, np.arctan2(r[..., 1, 0], r[..., 0, 0]), np.arctan2(-r[..., 0, 1], r[..., 1, 1]))
    y = np.where(locked, 0.0, np.arctan2(-r[..., 2, 0], r[..., 2, 2]))
    return np.unwrap(np.stack([z, x, y], axis=-1), axis=0)


def _hierarchy(rig: Rig, joint: int, depth: int) -> list[str]:
    skeleton, outside = rig.skeleton, "\t" * depth
    inside = outside + "\t"
    kind = "ROOT" if joint == skeleton.root else "JOINT"
    moves = "Xposition Yposition Zposition " if kind == "ROOT" else ""
    channels = f"CHANNELS {6 if moves else 3} {moves}Zrotation Xrotation Yrotation"
    lines = [f"{outside}{kind} {skeleton.joints[joint]}", outside + "{"]
    lines += [f"{inside}OFFSET {_numbers(rig.offsets[joint])}", inside + channels]
    ends = children(skeleton)[joint]
    for child in ends:
        lines += _hierarchy(rig, child, depth + 1)
    if not ends:
        stub = _numbers(_STUB * rig.offsets[joint])
        lines += [f"{inside}End Site", inside + "{", f"{inside}\tOFFSET {stub}", inside + "}"]
    return [*lines, outside + "}"]


def _numbers(offset: np.ndarray) -> str:
    return " ".join(f"{value * CENTIMETRES:.6f}" for value in offset)
