"""The error that the grid alone imposes: what a network with every joint in the right cell would still be off.

Joints go forwards through camera, crop and grid, are moved to the centre of their cell, and come back with the true
root depth. The root's own depth is 0 by definition and is not quantised, unless `decode_root` asks for the authors'
convention, which takes the centre of the root's cell for it and so shifts everything else by up to half a cell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.evaluation.metrics.functions import mpjpe, pa_mpjpe, per_axis_error
from voxelpose.evaluation.metrics.pairs import PredictedJoints, make_pairs
from voxelpose.evaluation.metrics.scores import Score, score
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.predictions.predict import NetworkPredictions, reconstruct, true_root_depths
from voxelpose.evaluation.protocols.protocol import Protocol
from voxelpose.evaluation.reports.diagnosis import true_fractions
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
class QuantisationError:
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


def quantisation_errors(
    poses: np.ndarray,
    skeleton: Skeleton,
    depths: Iterable[int] = DEPTHS,
    side: int = 64,
    decode_root: bool = False,
) -> list[QuantisationError]:
    """Errors of the paper's grid at several depths.

    Args:
        poses: (N, J, 3) in mm, axes as the camera's (x right, y down, z away from it); see `placed_before_camera`.
        skeleton: of the poses.
        depths: cells in z.
        side: cells in x and in y.
        decode_root: take the root's depth from its cell, too.
    """
    joints = placed_before_camera(poses, skeleton.root)
    return [quantisation_error(joints, skeleton.root, VoxelGrid.paper(depth, side), decode_root) for depth in depths]


def quantisation_error(joints: np.ndarray, root: int, grid: VoxelGrid, decode_root: bool = False) -> QuantisationError:
    """Errors of one grid on joints (N, J, 3) in mm in the frame of `CAMERA`."""
    crops = [person_crop(pose) for pose in joints]
    back = np.stack(
        [through_grid(pose, root, grid, crop, decode_root) for pose, crop in zip(joints, crops, strict=True)]
    )
    predicted, true = root_relative(back, root), root_relative(joints, root)
    outside = (true[..., 2] < grid.near_mm) | (true[..., 2] > grid.far_mm)
    return QuantisationError(
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


def placed_before_camera(poses: np.ndarray, root: int, distance_mm: float = DISTANCE_MM) -> np.ndarray:
    """Poses (N, J, 3) with the root on the optical axis, `distance_mm` away, pose i turned i golden angles about y."""
    angles = np.arange(len(poses)) * GOLDEN_ANGLE
    cos, sin, zero, one = np.cos(angles), np.sin(angles), np.zeros(len(poses)), np.ones(len(poses))
    turns = np.stack([cos, zero, sin, zero, one, zero, -sin, zero, cos], axis=-1).reshape(-1, 3, 3)
    return root_relative(np.asarray(poses, np.float64), root) @ np.swapaxes(turns, 1, 2) + (0, 0, distance_mm)


def quantisation_table(rows: Sequence[QuantisationError]) -> str:
    """The errors as a Markdown table."""
    lines = ["| xy | d | MPJPE mm | PA-MPJPE mm | x | y | z | outside |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        axes = " | ".join(f"{error:.1f}" for error in row.axes)
        numbers = f"{row.mpjpe:.1f} | {row.pa_mpjpe:.1f} | {axes} | {row.outside:.2%}"
        lines.append(f"| {row.side} | {row.depth} | {numbers} |")
    return "\n".join(lines)


def cell_centre_scores(predictions: NetworkPredictions, people: People, protocol: Protocol) -> list[Score]:
    """The protocol's scores of cell centres in the network's crops, with the true root depth.

    Joints that the truth lacks in the network's skeleton are left out; a joint outside of the crop or of the depth
    range comes back from the nearest cell, as it would from a network.
    """
    cells = _cell_centres(predictions, people)
    if protocol.metric:
        depth = true_root_depths(predictions.places, people, predictions.skeleton)
        joints = reconstruct(cells, depth, predictions.grid, predictions.places)
        perfect = PredictedJoints(predictions.skeleton, joints, None)
    else:
        pixels = [place.crop.from_fractions(cell[:, :2]) for place, cell in zip(predictions.places, cells, strict=True)]
        perfect = PredictedJoints(predictions.skeleton, None, np.stack(pixels))
    return score(make_pairs(perfect, people, protocol), protocol.metrics)


def _cell_centres(predictions: NetworkPredictions, people: People) -> np.ndarray:
    """(N, J, 3) fractions, NaN for joints that the truth lacks; the root lies at depth 0, by definition."""
    cells = predictions.grid.quantise(true_fractions(predictions, people))
    cells[:, predictions.skeleton.root, 2] = predictions.grid.depth_to_fraction(0.0)
    return cells
