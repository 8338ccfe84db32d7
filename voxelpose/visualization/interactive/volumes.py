"""Volumes for the interactive page: 8 bits a cell, gzipped, in base64, within a number of bytes."""

import base64
import gzip
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from voxelpose.geometry import Camera, Crop, VoxelGrid

LEVELS = 255
# Cells below these parts of the peak are left out, one after the other, until a volume fits.
FLOORS = (0.0, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 0.8, 0.9, 0.95)
_HOMOGRAPHY_POINTS = 17


@dataclass(frozen=True)
class PackedVolumes:
    """shapes: [width, height, depth] per stage; blobs: their base64 texts; floor: part of the peak left out below."""

    shapes: list[list[int]]
    blobs: list[str]
    floor: float


def pack(volumes: Sequence[np.ndarray], budget: int) -> PackedVolumes:
    """Quantise likelihoods (H, W, J, D_s), each joint to parts of its own peak, ordered joint, depth, height, width.

    budget: bytes of all texts together. The weakest cells are left out until it is kept; the strongest always stay.
    """
    cells = [quantise(volume) for volume in volumes]
    for floor in FLOORS:
        kept = [np.where(stage < np.ceil(floor * LEVELS), 0, stage).astype(np.uint8) for stage in cells]
        # The same bytes for the same volume: no time in the header.
        blobs = [base64.b64encode(gzip.compress(stage.tobytes(), 6, mtime=0)).decode() for stage in kept]
        if sum(map(len, blobs)) <= budget:
            break
    return PackedVolumes([list(stage.shape[:0:-1]) for stage in cells], blobs, floor)


def quantise(volume: np.ndarray) -> np.ndarray:
    """Likelihood (H, W, J, D) -> (J, D, H, W) uint8, 255 at each joint's peak."""
    peaks = volume.max(axis=(0, 1, 3), keepdims=True)
    parts = volume / np.maximum(peaks, np.finfo(np.float32).tiny)
    return np.round(LEVELS * np.transpose(parts, (2, 3, 0, 1))).astype(np.uint8)


def place_of_cells(crop: Crop, grid: VoxelGrid, camera: Camera, root_depth: float) -> dict:
    """Where the cells are, for the page: rays -> fractions of the crop as a homography, depths along the crop's axis.

    A lens's distortion is no homography; then it is the closest one over the crop.
    """
    steps = np.linspace(0, 1, _HOMOGRAPHY_POINTS)
    fractions = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    rays = camera.rays(crop.from_fractions(fractions))
    homography, _ = cv2.findHomography(rays[:, :2] / rays[:, 2:], fractions)
    # The third row must be positive before the camera, where the page divides by it.
    homography *= np.sign((rays @ homography[2]).mean())
    linear = np.linalg.inv(crop.matrix[:, :2])
    shift = crop.from_fractions(np.zeros(2))
    return {
        "homography": homography.tolist(),
        "inverse": np.linalg.inv(homography).tolist(),
        "depthAxis": crop.depth_axis.tolist(),
        "rootDepth": root_depth,
        "near": grid.near_mm,
        "far": grid.far_mm,
        "place": np.column_stack([linear * crop.size, shift]).tolist(),
    }
