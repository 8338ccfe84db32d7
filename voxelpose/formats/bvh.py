"""Biovision Hierarchy (.bvh): a skeleton of constant bone lengths and its rotations, for animation programs.

Centimetres, y up, channels Z, X, Y as most programs write them: a point p of a joint's frame lies at
offset + Rz Rx Ry p in its parent's. The format has no place for remarks: they are in a file beside it.
"""

import numpy as np

from voxelpose.formats.names import plain_name
from voxelpose.formats.rig import Rig
from voxelpose.geometry.rotations import matrix_to_euler

CENTIMETRES = 0.1
_CHANNELS = "ZXY"
# A joint that ends a limb carries a stub, without which some programs drop the joint: this part of the bone before it.
_STUB = 0.3


def bvh_text(rig: Rig, fps: float) -> str:
    """The whole file."""
    # Without jumps by whole turns, between which programs would interpolate.
    angles = np.degrees(np.unwrap(matrix_to_euler(rig.local_rotations[:, rig.skeleton.outward], _CHANNELS), axis=0))
    root = rig.root * CENTIMETRES
    rows = np.concatenate([root, angles.reshape(len(root), -1)], axis=1)
    motion = "\n".join(" ".join(f"{value:.5f}" for value in row) for row in rows)
    head = "\n".join(["HIERARCHY", *_hierarchy(rig, rig.skeleton.root, 0)])
    return f"{head}\nMOTION\nFrames: {len(rows)}\nFrame Time: {1 / fps:.8f}\n{motion}\n"


def _hierarchy(rig: Rig, joint: int, depth: int) -> list[str]:
    skeleton, outside = rig.skeleton, "\t" * depth
    inside = outside + "\t"
    kind = "ROOT" if joint == skeleton.root else "JOINT"
    moves = "Xposition Yposition Zposition " if kind == "ROOT" else ""
    turns = " ".join(f"{axis}rotation" for axis in _CHANNELS)
    channels = f"CHANNELS {6 if moves else 3} {moves}{turns}"
    lines = [f"{outside}{kind} {plain_name(skeleton.joints[joint])}", outside + "{"]
    lines += [f"{inside}OFFSET {_numbers(rig.offsets[joint])}", inside + channels]
    ends = skeleton.children[joint]
    for child in ends:
        lines += _hierarchy(rig, child, depth + 1)
    if not ends:
        stub = _numbers(_STUB * rig.offsets[joint])
        lines += [f"{inside}End Site", inside + "{", f"{inside}\tOFFSET {stub}", inside + "}"]
    return [*lines, outside + "}"]


def _numbers(offset: np.ndarray) -> str:
    return " ".join(f"{value * CENTIMETRES:.6f}" for value in offset)
