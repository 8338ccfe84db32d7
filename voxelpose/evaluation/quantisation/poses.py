"""Poses to measure the grid with: recorded ones from a file, or drawn ones where there is no file."""

from pathlib import Path

import numpy as np

from voxelpose.errors import InputError
from voxelpose.reading.npz import open_npz
from voxelpose.skeleton import H36M17, MEAN_BONE_LENGTHS_MM

# h36m17 joint -> name in the motion-capture files
RECORDED_NAMES = {
    "pelvis": "pelvis", "spine": "spine", "thorax": "neck", "jaw": "head", "head": "headtop",
    "right_hip": "rhip", "right_knee": "rknee", "right_ankle": "rankle",
    "left_hip": "lhip", "left_knee": "lknee", "left_ankle": "lankle",
    "right_shoulder": "rsho", "right_elbow": "relb", "right_wrist": "rwri",
    "left_shoulder": "lsho", "left_elbow": "lelb", "left_wrist": "lwri",
}  # fmt: skip

# direction of each bone of somebody who stands and faces the camera (x right, y down, z away), and how far it strays
_DOWN, _UP, _OUT = (0.0, 1.0, 0.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0)
_BONES = {
    "hip": (_OUT, 0.15), "knee": (_DOWN, 0.4), "ankle": (_DOWN, 0.4), "spine": (_UP, 0.2), "thorax": (_UP, 0.2),
    "jaw": (_UP, 0.3), "head": (_UP, 0.3), "shoulder": (_OUT, 0.2), "elbow": (_DOWN, 0.7), "wrist": (_DOWN, 0.8),
}  # fmt: skip


def recorded_poses(path: Path, count: int, seed: int = 0) -> np.ndarray:
    """Poses (count, 17, 3) in mm in h36m17 order, chosen at random from a motion-capture file, facing the camera.

    The file is an .npz with `xyz` (N, K, 3) in metres, y up, facing +z, and `joints`, the K names.

    Raises:
        InputError: the file cannot be read, lacks a joint, or holds fewer poses.
    """
    with open_npz(path, "recorded poses (joints, xyz)") as file:
        xyz, names = np.asarray(file["xyz"], np.float64), [str(name) for name in file["joints"]]
        if xyz.shape[1:] != (len(names), 3):
            raise ValueError(f"xyz of shape {xyz.shape} for {len(names)} joints")
    missing = sorted(set(RECORDED_NAMES.values()) - set(names))
    if missing or len(xyz) < count:
        raise InputError(
            f"Expected at least {count} poses with all joints. "
            f"Received: {len(xyz)} poses in {path}, missing joints: {', '.join(missing) or 'none'}"
        )
    chosen = np.sort(np.random.default_rng(seed).choice(len(xyz), count, replace=False))
    columns = [names.index(RECORDED_NAMES[joint]) for joint in H36M17.joints]
    # half a turn about x: y down, and the face, once towards +z, towards the camera
    return xyz[chosen][:, columns].astype(np.float64) * (1000.0, -1000.0, -1000.0)


def drawn_poses(count: int, seed: int = 0) -> np.ndarray:
    """Poses (count, 17, 3) in mm in h36m17 order: mean limbs, directions that stray at random from standing.

    Hips lie on one line through the pelvis and shoulders on one line through the thorax. No joint limits are kept:
    the grid does not care whether a knee can bend that way.
    """
    rng = np.random.default_rng(seed)
    poses = np.zeros((count, len(H36M17), 3))
    directions: dict[str, np.ndarray] = {}
    for parent, child in H36M17.bones:
        name = H36M17.joints[child]
        side, _, part = name.rpartition("_")
        rest, stray = _BONES[part]
        direction = rest + stray * rng.normal(size=(count, 3))
        if part in ("hip", "shoulder"):
            axis = directions.setdefault(part, direction)
            direction = axis if side == "left" else -axis
        unit = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
        poses[:, child] = poses[:, parent] + MEAN_BONE_LENGTHS_MM[name] * unit
    return poses
