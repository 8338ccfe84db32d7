"""One training view of a pose for the lifter: heatmaps with errors instead of a picture, and the targets as always."""

from dataclasses import dataclass

import numpy as np

from voxelpose.data.augmentation.crops import IDENTITY, CropMaker, GeometricAugmentation, joint_arrays
from voxelpose.data.augmentation.heatmap_errors import HeatmapErrors
from voxelpose.data.augmentation.heatmaps import encode, render
from voxelpose.data.example import Example
from voxelpose.geometry import Crop, VoxelGrid
from voxelpose.skeleton import Skeleton

# Crops of poses are measured in these pixels; nothing is drawn into them.
_CROP_PIXELS = 256


@dataclass(frozen=True, eq=False)
class HeatmapMaker:
    """Turns examples into what a lifter learns from. Their pictures are never looked at.

    side: cells of the heatmaps; margin: side of the crop over the longer side of the person's box.
    """

    side: int
    grid: VoxelGrid
    skeleton: Skeleton
    margin: float
    errors: HeatmapErrors
    geometric: GeometricAugmentation = IDENTITY

    @property
    def arrays(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """Shape and type of what is returned, by name."""
        return {"heatmaps": ((self.side, self.side, len(self.skeleton)), np.uint8)} | joint_arrays(self.skeleton)

    def __call__(self, example: Example, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """A row of a batch: "heatmaps", encoded, "joints", "joint_weights"; see `data.batches`."""
        maker = CropMaker(_CROP_PIXELS, self.grid, self.skeleton, self.margin, self.geometric)
        crop, mirrored = maker.draw_crop(example, rng)
        return {"heatmaps": self.heatmaps(example, crop, rng, mirrored), **maker.joints(example, crop, mirrored)}

    def heatmaps(self, example: Example, crop: Crop, rng: np.random.Generator, mirrored: bool = False) -> np.ndarray:
        """The encoded heatmaps of one crop, (side, side, J) uint8."""
        places = crop.to_fractions(example.joints[:, :2].astype(np.float64))
        if mirrored:
            places = places[list(self.skeleton.mirror)]
        peaks = self.errors.draw(places, self.skeleton.mirror, rng)
        return encode(render(peaks, self.side))
