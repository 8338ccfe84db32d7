"""From fractions of the voxel grid to millimetres in the camera frame: root depth, joints, uncertainty."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.decoding.prediction import Place, Prediction
from voxelpose.inference.decoding.root_depth import RootDepth, solve_root_depth
from voxelpose.skeleton import Skeleton

# Step of the numerical derivative in fractions: far below a pixel, far above float64's resolution.
_STEP = 2.0**-16
# Bones that end outside the crop tell no length; with fewer others than this they must still do.
MIN_BONES = 4


def root_depths(
    places: Sequence[Place], predictions: Sequence[Prediction], skeleton: Skeleton, lengths: np.ndarray
) -> RootDepth:
    """Root depths (N,) in mm that bring the bones closest to `lengths` (bones,), for all poses at once.

    Every bone counts alike, as in the paper; see `likeliest_root_depths` for what the estimator takes.
    """
    return solve_root_depth(*_problem(places, predictions, skeleton, lengths))


def likeliest_root_depths(
    places: Sequence[Place], predictions: Sequence[Prediction], skeleton: Skeleton, limbs: Limbs
) -> RootDepth:
    """Root depths (N,) in mm at which the bones are as long as the limbs, by what is known of both.

    First every bone counts alike, which places the person; then by how surely the volume and the limbs know its length,
    and bones that are far off count less. The std includes what all limbs of one person have in common.
    """
    problem = _problem(places, predictions, skeleton, limbs.lengths)
    rough = solve_root_depth(*problem).depth
    spread = [
        length_variance(prediction, place, skeleton, depth)
        for place, prediction, depth in zip(places, predictions, rough, strict=True)
    ]
    found = solve_root_depth(*problem, variance=np.stack(spread) + np.nan_to_num(limbs.std) ** 2, robust=True)
    return replace(found, std=np.hypot(found.std, limbs.common * found.depth))


def _problem(
    places: Sequence[Place], predictions: Sequence[Prediction], skeleton: Skeleton, lengths: np.ndarray
) -> tuple:
    """The arguments of `solve_root_depth`."""
    pairs = list(zip(places, predictions, strict=True))
    rays = np.stack([directions(prediction.fractions, place.camera, place.crop) for place, prediction in pairs])
    relative = np.stack([prediction.grid.fraction_to_depth(prediction.fractions[:, 2]) for prediction in predictions])
    weights = np.stack([_bones_inside(prediction.outside, skeleton, lengths) for prediction in predictions])
    return rays, relative, skeleton, lengths, weights


def length_variance(prediction: Prediction, place: Place, skeleton: Skeleton, root_depth: float) -> np.ndarray:
    """Variance (bones,) in mm^2 of the bones' lengths by the joints' own uncertainty, at that root depth."""
    where = (root_depth, place.camera, place.crop)
    joints = prediction.grid.reconstruct(prediction.fractions, *where)
    covariance = covariance_mm(prediction.fractions, prediction.covariance, prediction.grid, *where)
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
