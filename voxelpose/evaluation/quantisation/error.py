"""The error that the grid alone imposes: what a network with every joint in the right cell would still be off.

Joints go forwards through camera, crop and grid, are moved to the centre of their cell, and come back with the true
root depth. The root's own depth is 0 by definition and is not quantised, unless `decode_root` asks for the authors'
convention, which takes the centre of the root's cell for it and so shifts everything else by up to half a cell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.evaluation.metrics.functions import mpjpe, pa_mpjpe, per_axis_error
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.geometry.align import root_relative
from voxelpose.skeleton import Skeleton

DEPTHS = (8, 16, 32, 64)
# a camera like Human3.6M's: 1000 x 1000 pixels, focal length 1145
CAMERA = Camera(1145.0, 1145.0, 499.5, 499.5, 1000, 1000)
DISTANCE_MM = 5000.0
CROP_SIZE = 256
CROP_PADDING_PX = 40.0
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


@dataclass(frozen=True)
class Floor:
    """Errors of cell centres, all in mm and root-relative, over all joints of all poses.

    depth, side: cells in z, and in x and y; mpjpe, pa_mpjpe: see metrics; axes: mean absolute error in x, y, z;
    outside: fraction of the joints that lie outside the depth range, and come back from its nearest cell.
    """

    depth: int
    side: int
    mpjpe: float
    pa_mpjpe: float
    axes: tuple[float, float, float]
    outside: float


def grid_floors(
    poses: np.ndarray,
    skeleton: Skeleton,
    depths: Iterable[int] = DEPTHS,
    side: int = 64,
    decode_root: bool = False,
) -> list[Floor]:
    """Floors of the paper's grid at several depths.

    Args:
        poses: (N, J, 3) in mm, axes as the camera's (x right, y down, z away from it); they are placed by `stand`.
        skeleton: of the poses.
        depths: cells in z.
        side: cells in x and in y.
        decode_root: take the root's depth from its cell, too.
    """
    joints = stand(poses, skeleton.root)
    return [grid_floor(joints, skeleton.root, VoxelGrid.paper(depth, side), decode_root) for depth in depths]


def grid_floor(joints: np.ndarray, root: int, grid: VoxelGrid, decode_root: bool = False) -> Floor:
    """Floor of one grid on joints (N, J, 3) in mm in the frame of `CAMERA`."""
    crops = [person_crop(pose) for pose in joints]
    back = np.stack(
        [through_grid(pose, root, grid, crop, decode_root) for pose, crop in zip(joints, crops, strict=True)]
    )
    predicted, true = root_relative(back, root), root_relative(joints, root)
    outside = (true[..., 2] < grid.near_mm) | (true[..., 2] > grid.far_mm)
    return Floor(
        depth=grid.depth,
        side=grid.width,
        mpjpe=mpjpe(predicted, true),
        pa_mpjpe=pa_mpjpe(predicted, true),
        axes=tuple(float(error) for error in per_axis_error(predicted, true)),
        outside=float(outside.mean()),
    )


def through_grid(joints: np.ndarray, root: int, grid: VoxelGrid, crop: Crop, decode_root: bool = False) -> np.ndarray:
    """Joints (J, 3) in mm -> the cell centres that hold them, back in mm, with the true root depth."""
    fractions = grid.quantise(grid.fractions(joints, root, CAMERA, crop))
    if not decode_root:
        fractions[root, 2] = grid.depth_to_fraction(0.0)
    return grid.reconstruct(fractions, joints[root] @ crop.depth_axis, CAMERA, crop)


def person_crop(joints: np.ndarray) -> Crop:
    """The crop of the released Human3.6M files: the joints' bounding box, its longer side plus 40 pixels."""
    pixels = CAMERA.project(joints)
    low, high = pixels.min(0), pixels.max(0)
    return Crop.around((low + high) / 2, float((high - low).max()) + CROP_PADDING_PX, CROP_SIZE)


def stand(poses: np.ndarray, root: int, distance_mm: float = DISTANCE_MM) -> np.ndarray:
    """Poses (N, J, 3) with the root on the optical axis, `distance_mm` away, pose i turned i golden angles about y."""
    angles = np.arange(len(poses)) * GOLDEN_ANGLE
    cos, sin, zero, one = np.cos(angles), np.sin(angles), np.zeros(len(poses)), np.ones(len(poses))
    turns = np.stack([cos, zero, sin, zero, one, zero, -sin, zero, cos], axis=-1).reshape(-1, 3, 3)
    return root_relative(np.asarray(poses, np.float64), root) @ np.swapaxes(turns, 1, 2) + (0, 0, distance_mm)


def floor_table(floors: Sequence[Floor]) -> str:
    """The floors as a Markdown table."""
    lines = ["| xy | d | MPJPE mm | PA-MPJPE mm | x | y | z | outside |", "|---|---|---|---|---|---|---|---|"]
    for floor in floors:
        axes = " | ".join(f"{error:.1f}" for error in floor.axes)
        numbers = f"{floor.mpjpe:.1f} | {floor.pa_mpjpe:.1f} | {axes} | {floor.outside:.2%}"
        lines.append(f"| {floor.side} | {floor.depth} | {numbers} |")
    return "\n".join(lines)
