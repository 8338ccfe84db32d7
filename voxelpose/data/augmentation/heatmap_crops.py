"""One training view of a pose for the lifter: heatmaps with errors instead of a picture, and the targets as always."""

from dataclasses import dataclass

import numpy as np

from voxelpose.data.augmentation.crops import IDENTITY, GeometricAugmentation, ViewMaker
from voxelpose.data.augmentation.heatmap_errors import HeatmapErrors
from voxelpose.data.augmentation.heatmaps import encode, render
from voxelpose.data.example import Example
from voxelpose.geometry import Crop, VoxelGrid
from voxelpose.skeleton import Skeleton

# Crops of poses are measured in these pixels; nothing is drawn into them.
_CROP_PIXELS = 256


@dataclass(frozen=True, eq=False)
class HeatmapViews:
    """Turns examples into what a lifter eats. Their pictures are never looked at.

    side: cells of the heatmaps; margin: side of the crop over the longer side of the person's box.
    """

    side: int
    grid: VoxelGrid
    skeleton: Skeleton
    margin: float
    errors: HeatmapErrors
    geometric: GeometricAugmentation = IDENTITY

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the encoded heatmaps."""
        return self.side, self.side, len(self.skeleton)

    def __call__(self, example: Example, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Returns encoded heatmaps (side, side, J) uint8 and the targets (J, 6) float32: fractions x, y, z, weights."""
        views = ViewMaker(_CROP_PIXELS, self.grid, self.skeleton, self.margin, self.geometric)
        crop, mirrored = views.draw_crop(example, rng)
        return self.seen(example, crop, rng, mirrored), views.targets(example, crop, mirrored)

    def seen(self, example: Example, crop: Crop, rng: np.random.Generator, mirrored: bool = False) -> np.ndarray:
        """The encoded heatmaps of one crop, (side, side, J) uint8."""
        places = crop.to_fractions(example.joints[:, :2].astype(np.float64))
        if mirrored:
            places = places[list(self.skeleton.mirror)]
        peaks = self.errors.draw(places, self.skeleton.mirror, rng)
        return encode(render(peaks, self.side))
