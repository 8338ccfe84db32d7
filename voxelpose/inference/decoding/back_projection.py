"""From fractions of the voxel grid to millimetres in the camera frame: root depth, joints, uncertainty."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.decoding.root_depth import RootDepth, solve_root_depth
from voxelpose.inference.decoding.volume_predictor import Place, Reading
from voxelpose.skeleton import Skeleton

# Step of the numerical derivative in fractions: far below a pixel, far above float64's resolution.
_STEP = 2.0**-16
# Bones that end outside the crop tell no length; with fewer others than this they must still do.
MIN_BONES = 4


def root_depths(
    views: Sequence[Place], readings: Sequence[Reading], skeleton: Skeleton, lengths: np.ndarray
) -> RootDepth:
    """Root depths (N,) in mm that bring the bones closest to `lengths` (bones,), for all poses at once.

    Every bone counts alike, as in the paper; see `likeliest_root_depths` for what the estimator takes.
    """
    return solve_root_depth(*_problem(views, readings, skeleton, lengths))


def likeliest_root_depths(
    views: Sequence[Place], readings: Sequence[Reading], skeleton: Skeleton, limbs: Limbs
) -> RootDepth:
    """Root depths (N,) in mm at which the bones are as long as the limbs, by what is known of both.

    First every bone counts alike, which places the person; then by how surely the volume and the limbs know its length,
    and bones that are far off count less. The std includes what all limbs of one person have in common.
    """
    problem = _problem(views, readings, skeleton, limbs.lengths)
    rough = solve_root_depth(*problem).depth
    spread = [
        length_variance(reading, view, skeleton, depth)
        for view, reading, depth in zip(views, readings, rough, strict=True)
    ]
    found = solve_root_depth(*problem, variance=np.stack(spread) + np.nan_to_num(limbs.std) ** 2, robust=True)
    return replace(found, std=np.hypot(found.std, limbs.common * found.depth))


def _problem(views: Sequence[Place], readings: Sequence[Reading], skeleton: Skeleton, lengths: np.ndarray) -> tuple:
    """The arguments of `solve_root_depth`."""
    pairs = list(zip(views, readings, strict=True))
    rays = np.stack([directions(reading.fractions, view.camera, view.crop) for view, reading in pairs])
    relative = np.stack([reading.grid.fraction_to_depth(reading.fractions[:, 2]) for reading in readings])
    weights = np.stack([_bones_inside(reading.outside, skeleton, lengths) for reading in readings])
    return rays, relative, skeleton, lengths, weights


def length_variance(reading: Reading, view: Place, skeleton: Skeleton, root_depth: float) -> np.ndarray:
    """Variance (bones,) in mm^2 of the bones' lengths by the joints' own uncertainty, at that root depth."""
    place = (root_depth, view.camera, view.crop)
    joints = reading.grid.reconstruct(reading.fractions, *place)
    covariance = covariance_mm(reading.fractions, reading.covariance, reading.grid, *place)
    parents, children = np.asarray(skeleton.bones).T
    along = joints[children] - joints[parents]
    along /= np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-9)
    return np.einsum("bi,bij,bj->b", along, covariance[children] + covariance[parents], along)


def directions(fractions: np.ndarray, camera: Camera, crop: Crop) -> np.ndarray:
    """(J, 3) viewing rays of joints at fractions (J, 3), scaled to 1 along the crop's depth axis."""
    rays = camera.rays(crop.from_fractions(fractions[:, :2]))
    return rays / (rays @ crop.depth_axis)[:, None]


def covariance_mm(
    fractions: np.ndarray, covariance: np.ndarray, grid: VoxelGrid, root_depth: float, camera: Camera, crop: Crop
) -> np.ndarray:
    """Covariances (J, 3, 3) in fractions -> mm^2 in the camera frame, by the derivative of the reconstruction."""
    steps = _STEP * np.eye(3)[:, None]
    depth = np.full(3, root_depth)
    ahead, behind = (grid.reconstruct(fractions + sign * steps, depth, camera, crop) for sign in (1, -1))
    jacobian = np.moveaxis(ahead - behind, 0, -1) / (2 * _STEP)
    return jacobian @ covariance @ np.swapaxes(jacobian, -1, -2)


def _bones_inside(outside: np.ndarray, skeleton: Skeleton, lengths: np.ndarray) -> np.ndarray:
    """Weights (bones,): 1 where both ends lie inside the crop and the length is known; all 1 if those are too few."""
    parents, children = np.asarray(skeleton.bones).T
    inside = ~(outside[parents] | outside[children])
    return (inside if (inside & np.isfinite(lengths)).sum() >= MIN_BONES else np.ones_like(inside)).astype(np.float64)
