"""The voxel grid around the person: fractions of a crop and of a metric depth range <-> millimetres."""

from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry.camera import Camera
from voxelpose.geometry.crop import Crop

# The released edges of Pavlakos et al.: 65 of them, nominally +-1 m around the root.
PAPER_NEAR_MM, PAPER_FAR_MM = -1005.1859, 980.8599


@dataclass(frozen=True)
class VoxelGrid:
    """Cells over a crop (x, y) and over depth relative to the root joint, near to far.

    width, height, depth: cells per axis; near_mm, far_mm: depth range along the crop's depth axis, root at 0.
    Joints in the grid are fractions (x, y, z) in [0, 1]; cell i of n has its centre at (i + 0.5) / n.
    """

    width: int
    height: int
    depth: int
    near_mm: float = -1000.0
    far_mm: float = 1000.0

    def __post_init__(self):
        if min(self.shape) < 1 or not self.near_mm < self.far_mm:
            raise InputError(
                f"Expected at least one cell per axis and near < far. Received: {self.shape}, "
                f"{self.near_mm} to {self.far_mm} mm."
            )

    @classmethod
    def paper(cls, depth: int = 64, side: int = 64) -> "VoxelGrid":
        """The paper's grid with its released depth range, `depth` cells deep."""
        return cls(side, side, depth, PAPER_NEAR_MM, PAPER_FAR_MM)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Cells along x, y, z."""
        return self.width, self.height, self.depth

    @property
    def range_mm(self) -> float:
        """Extent of the depth range in mm."""
        return self.far_mm - self.near_mm

    def cell_centres(self, axis: int) -> np.ndarray:
        """Fractions of the cell centres along axis 0 (x), 1 (y) or 2 (z): (n,)."""
        n = self.shape[axis]
        return (np.arange(n) + 0.5) / n

    def depth_to_fraction(self, depth_mm: np.ndarray) -> np.ndarray:
        """Depth relative to the root in mm -> fraction of the depth range."""
        return (np.asarray(depth_mm) - self.near_mm) / self.range_mm

    def fraction_to_depth(self, fraction: np.ndarray) -> np.ndarray:
        """Fraction of the depth range -> depth relative to the root in mm."""
        return np.asarray(fraction) * self.range_mm + self.near_mm

    def quantise(self, fractions: np.ndarray) -> np.ndarray:
        """Fractions (..., 3) moved to the centre of the cell they lie in; outside ones to the nearest cell."""
        cells = np.array(self.shape)
        return (np.clip(np.floor(np.asarray(fractions) * cells), 0, cells - 1) + 0.5) / cells

    def fractions(self, joints_mm: np.ndarray, root: int, camera: Camera, crop: Crop) -> np.ndarray:
        """Camera-frame joints (..., J, 3) in mm -> grid fractions (..., J, 3); outside the grid they leave [0, 1]."""
        joints_mm = np.asarray(joints_mm, np.float64)
        depth = joints_mm @ crop.depth_axis
        relative = depth - depth[..., root : root + 1]
        plane = crop.to_fractions(camera.project(joints_mm))
        return np.concatenate([plane, self.depth_to_fraction(relative)[..., None]], axis=-1)

    def reconstruct(self, fractions: np.ndarray, root_depth_mm: np.ndarray, camera: Camera, crop: Crop) -> np.ndarray:
        """Grid fractions (..., J, 3) and the root's depth (...) in mm -> camera-frame joints (..., J, 3) in mm.

        root_depth_mm is measured along the crop's depth axis. The root's own relative depth must already be 0
        (`depth_to_fraction(0)`): it is so by definition and is never decoded.
        """
        fractions = np.asarray(fractions, np.float64)
        depth = np.asarray(root_depth_mm, np.float64)[..., None] + self.fraction_to_depth(fractions[..., 2])
        return camera.back_project(crop.from_fractions(fractions[..., :2]), depth, crop.depth_axis)
