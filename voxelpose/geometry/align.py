"""Alignment of joint sets: to the root, and by the best similarity (Procrustes)."""

import numpy as np

from voxelpose.geometry.rotations import nearest_rotation


def root_relative(joints: np.ndarray, root: int) -> np.ndarray:
    """Joints (..., J, 3) minus the root joint, same unit."""
    return joints - joints[..., root : root + 1, :]


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The least-squares similarity that takes source (..., J, 3) to target: see Returns.

    target ~ scale * source @ rotation^T + shift; a proper rotation, never a reflection (Umeyama 1991).
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    source_mean, target_mean = source.mean(-2, keepdims=True), target.mean(-2, keepdims=True)
    a, b = source - source_mean, target - target_mean
    moment = np.swapaxes(b, -1, -2) @ a
    rotation = nearest_rotation(moment)
    variance = (a * a).sum((-2, -1))
    scale = (rotation * moment).sum((-2, -1)) / np.where(variance > 0, variance, 1.0)
    shift = target_mean - scale[..., None, None] * source_mean @ np.swapaxes(rotation, -1, -2)
    return scale, rotation, shift[..., 0, :]


def procrustes(predicted: np.ndarray, target: np.ndarray) -> np.ndarray:
    """predicted (..., J, 3) after the best similarity onto target (..., J, 3), same unit as target."""
    scale, rotation, shift = similarity(predicted, target)
    return scale[..., None, None] * predicted @ np.swapaxes(rotation, -1, -2) + shift[..., None, :]
