"""One training view of an example: the paper's affine for image, joints and depth, then how photographs vary.

Everything geometric is one `Crop`, so image and joints cannot part. Depth does not scale with the image, as in
the released code of Pavlakos et al.: a person who fills the crop is as deep as one who doesn't.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from voxelpose.data.example import Example
from voxelpose.data.photometric import PhotometricAugmentation
from voxelpose.geometry import Crop, VoxelGrid
from voxelpose.skeleton import Skeleton

# The joints end at wrists and ankles; a person's box goes on to fingers and toes.
_BOX_GROWTH = 1.08


@dataclass(frozen=True)
class GeometricAugmentation:
    """How the crop varies in training; the defaults of scale, rotation and mirror are the paper's.

    scale: sd of the crop's size, clipped at one sd about 1 (0.25: 0.75 to 1.25). rotation_degrees: sd of the
    in-plane rotation, clipped at two sd. rotation_probability: share of views that are turned at all.
    shift: sd of the crop's centre in fractions of its side. mirror: share of views that are flipped left-right.
    free_rotation: share of views that are turned by any angle, as people lie, hang and fall.
    """

    scale: float = 0.25
    rotation_degrees: float = 30.0
    rotation_probability: float = 0.4
    shift: float = 0.05
    mirror: float = 0.5
    free_rotation: float = 0.0


IDENTITY = GeometricAugmentation(0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class ViewMaker:
    """Turns examples into what the network eats: a square RGB image and packed targets.

    size: side of the network's input in pixels; margin: side of the crop over the longer side of the person's box;
    photometric: None leaves the colours as they are.
    """

    size: int
    grid: VoxelGrid
    skeleton: Skeleton
    margin: float
    geometric: GeometricAugmentation = IDENTITY
    photometric: PhotometricAugmentation | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the images."""
        return self.size, self.size, 3

    def __call__(self, example: Example, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Returns the image (size, size, 3) uint8 RGB and the targets (J, 6) float32: fractions x, y, z, weights."""
        crop, mirrored = self.draw_crop(example, rng)
        image = self._warp(example.image, crop, rng)
        if self.photometric is not None:
            image = self.photometric(image, rng)
        return image, self.targets(example, crop, mirrored)

    def draw_crop(self, example: Example, rng: np.random.Generator) -> tuple[Crop, bool]:
        """Where a view looks, and whether it is mirrored."""
        how = self.geometric
        center, longest = person_square(example)
        side = self.margin * longest * np.clip(1 + how.scale * rng.standard_normal(), 1 - how.scale, 1 + how.scale)
        turn = np.clip(rng.standard_normal(), -2, 2) * how.rotation_degrees
        turn = turn if rng.random() < how.rotation_probability else 0.0
        # Without free rotation nothing is drawn for it, so that runs of before have the views that they had.
        if how.free_rotation and rng.random() < how.free_rotation:
            turn = rng.uniform(-180.0, 180.0)
        mirrored = bool(rng.random() < how.mirror)
        center = center + np.clip(rng.standard_normal(2), -2, 2) * how.shift * side
        return Crop.around(center, side, self.size, turn, mirrored), mirrored

    def _warp(self, image: np.ndarray, crop: Crop, rng: np.random.Generator) -> np.ndarray:
        # Training pictures end close to the person; half of the views continue them instead of showing black.
        if self.photometric is not None and rng.random() < 0.5:
            return cv2.warpAffine(image, crop.matrix, (crop.size,) * 2, borderMode=cv2.BORDER_REFLECT_101)
        return crop.warp(image)

    def targets(self, example: Example, crop: Crop, mirrored: bool) -> np.ndarray:
        """(J, 6) float32: fractions x, y, z in the crop, then their weights, 0 outside the grid."""
        plane = crop.to_fractions(example.joints[:, :2])
        depth = self.grid.depth_to_fraction(example.joints[:, 2])
        position = np.column_stack([plane, depth])
        inside = ((position[:, :2] >= 0) & (position[:, :2] <= 1)).all(-1)
        weights = example.weights * inside[:, None]
        weights[:, 2] *= (depth >= 0) & (depth <= 1)
        packed = np.concatenate([np.where(weights > 0, position, 0.5), weights], axis=-1)
        return packed[list(self.skeleton.mirror)].astype(np.float32) if mirrored else packed.astype(np.float32)


def person_square(example: Example) -> tuple[np.ndarray, float]:
    """Centre (x, y) and longer side in pixels of the person's box: the annotated joints' bounding box, grown a little.

    Without two annotated joints it is the middle of the picture, half as wide.
    """
    known = example.joints[example.weights[:, 0] > 0, :2]
    size = example.image.shape[0]
    if len(known) < 2:
        return np.full(2, (size - 1) / 2), size / 2
    low, high = known.min(0), known.max(0)
    return (low + high) / 2, max(float((high - low).max()) * _BOX_GROWTH, size / 16)
