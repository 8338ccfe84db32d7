"""Which way is up, and the frame of animation files: y up, the camera's right to x, towards the camera to z."""

import re

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry.rotations import cross, frame_from_axes

WORLD = "x right and z towards the camera as seen from it, y up; right-handed, origin at the camera centre"


def up_from_gravity(gravity: tuple[float, float, float]) -> tuple[float, float, float]:
    """The unit vector against gravity; gravity: which way things fall in the camera frame, in any unit."""
    vector = np.asarray(gravity, np.float64)
    if vector.shape != (3,) or not np.isfinite(vector).all() or np.linalg.norm(vector) == 0:
        raise InputError(f"Expected gravity as three finite numbers x, y, z, not all 0. Received: {gravity}.")
    return tuple((-vector / np.linalg.norm(vector)).tolist())


def up_from_angles(pitch: float, roll: float) -> tuple[float, float, float]:
    """Up in the frame of a camera that looks down by `pitch` degrees and is turned clockwise by `roll` degrees."""
    if not (abs(pitch) <= 90 and abs(roll) <= 180):
        raise InputError(f"Expected a pitch within 90 and a roll within 180 degrees. Received: {pitch}, {roll}.")
    p, r = np.radians(pitch), np.radians(roll)
    return (float(-np.sin(r) * np.cos(p)) + 0.0, float(-np.cos(r) * np.cos(p)), float(-np.sin(p)) + 0.0)


def parse_gravity(text: str) -> tuple[float, float, float]:
    """Read "x,y,z"; anything but three numbers is an InputError."""
    try:
        x, y, z = (float(part) for part in re.split(r"\s*,\s*", text.strip()))
    except ValueError:
        raise InputError(f"Expected gravity as three numbers x,y,z in the camera frame. Received: '{text}'.") from None
    return x, y, z


def world_rotation(up: tuple[float, float, float]) -> np.ndarray:
    """(3, 3) rotation from the camera frame to the world of animation files. A camera that looks straight up or down
    has no horizontal direction of view; then its own up or down takes that place."""
    y = np.asarray(up, np.float64)
    back = np.array([0.0, 0.0, -1.0])
    if np.linalg.norm(cross(y, back)) < 1e-6 * np.linalg.norm(y):
        back = np.array([0.0, 1.0, 0.0])
    return frame_from_axes(y, back).T[[2, 0, 1]]
