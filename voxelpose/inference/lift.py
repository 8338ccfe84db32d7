"""From fractions of the voxel grid to millimetres in the camera frame: root depth, joints, uncertainty."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.limbs import Limbs
from voxelpose.inference.reader import Reading
from voxelpose.inference.root_depth import RootDepth, solve_root_depth
from voxelpose.inference.views import View
from voxelpose.skeleton import Skeleton

# Step of the numerical derivative in fractions: far below a pixel, far above float64's resolution.
_STEP = 2.0**-16
# Bones that end outside the crop tell no length; with fewer others than this they must still do.
MIN_BONES = 4


def root_depths(views: Sequence[View], readings: Sequence[Reading], skeleton: Skeleton, limbs: Limbs) -> RootDepth:
    """Root depths (N,) in mm that bring the bones closest to the limbs' lengths, for all poses at once.

    First every bone counts alike, which places the person; then by how surely the volume and the limbs know its length,
    and bones that are far off count less. The std includes what all limbs of one person have in common.
    """
    pairs = list(zip(views, readings, strict=True))
    rays = np.stack([directions(reading.fractions, view.camera, view.crop) for view, reading in pairs])
    relative = np.stack([reading.grid.fraction_to_depth(reading.fractions[:, 2]) for reading in readings])
    weights = np.stack([_bones_inside(reading.outside, skeleton, limbs.lengths) for reading in readings])
    problem = (rays, relative, skeleton, limbs.lengths, weights)
    rough = solve_root_depth(*problem).depth
    spread = [
        length_variance(reading, view, skeleton, depth) for (view, reading), depth in zip(pairs, rough, strict=True)
    ]
    found = solve_root_depth(*problem, variance=np.stack(spread) + np.nan_to_num(limbs.std) ** 2, robust=True)
    return replace(found, std=np.hypot(found.std, limbs.common * found.depth))


def length_variance(reading: Reading, view: View, skeleton: Skeleton, root_depth: float) -> np.ndarray:
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
