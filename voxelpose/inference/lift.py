"""From fractions of the voxel grid to millimetres in the camera frame: root depth, joints, uncertainty."""

from collections.abc import Sequence

import numpy as np

from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.reader import Reading
from voxelpose.inference.root_depth import RootDepth, solve_root_depth
from voxelpose.inference.views import View
from voxelpose.skeleton import Skeleton

# Step of the numerical derivative in fractions: far below a pixel, far above float64's resolution.
_STEP = 2.0**-16
# Bones that end outside the crop tell no length; with fewer others than this they must still do.
MIN_BONES = 4


def root_depths(
    views: Sequence[View], readings: Sequence[Reading], skeleton: Skeleton, lengths: np.ndarray
) -> RootDepth:
    """Root depths (N,) in mm that bring the bones closest to `lengths` (bones,), for all poses at once."""
    pairs = list(zip(views, readings, strict=True))
    rays = np.stack([directions(reading.fractions, view.camera, view.crop) for view, reading in pairs])
    relative = np.stack([reading.grid.fraction_to_depth(reading.fractions[:, 2]) for reading in readings])
    weights = np.stack([_bones_inside(reading.outside, skeleton, lengths) for reading in readings])
    return solve_root_depth(rays, relative, skeleton, lengths, weights)


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
