"""One training view of an example: the paper's affine for image, joints and depth, then how photographs vary.

Everything geometric is one `Crop`, so image and joints cannot part. Depth does not scale with the image, as in
the released code of Pavlakos et al.: a person who fills the crop is as deep as one who doesn't.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from voxelpose.data.augmentation.photometric import PhotometricAugmentation
from voxelpose.data.example import BOX_GROWTH, Example
from voxelpose.geometry import Crop, VoxelGrid
from voxelpose.skeleton import Skeleton


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
class CropMaker:
    """Turns examples into what a network learns from: a square RGB image, joints and their weights.

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
    def arrays(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """Shape and type of what is returned, by name."""
        return {"image": ((self.size, self.size, 3), np.uint8)} | joint_arrays(self.skeleton)

    def __call__(self, example: Example, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """A row of a batch: "image", "joints", "joint_weights"; see `data.batches`."""
        crop, mirrored = self.draw_crop(example, rng)
        image = self._warp(example.image, crop, rng)
        if self.photometric is not None:
            image = self.photometric(image, rng)
        return {"image": image, **self.joints(example, crop, mirrored)}

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

    def joints(self, example: Example, crop: Crop, mirrored: bool) -> dict[str, np.ndarray]:
        """ "joints" and "joint_weights" of an example in a crop; see `joint_row`."""
        row = joint_row(example.joints, example.weights, crop, self.grid)
        return {name: array[list(self.skeleton.mirror)] for name, array in row.items()} if mirrored else row


def joint_row(joints: np.ndarray, weights: np.ndarray, crop: Crop, grid: VoxelGrid) -> dict[str, np.ndarray]:
    """ "joints" (J, 3) float32, fractions x, y, z in the crop, and "joint_weights" (J, 3), 0 outside the grid.

    joints: (J, 3) x, y in pixels of the picture, z in mm from the root; weights: (J, 3).
    """
    plane = crop.to_fractions(joints[:, :2])
    depth = grid.depth_to_fraction(joints[:, 2])
    position = np.column_stack([plane, depth])
    inside = ((position[:, :2] >= 0) & (position[:, :2] <= 1)).all(-1)
    weights = weights * inside[:, None]
    weights[:, 2] *= (depth >= 0) & (depth <= 1)
    known = np.where(weights > 0, position, 0.0)
    return {"joints": known.astype(np.float32), "joint_weights": weights.astype(np.float32)}


def joint_arrays(skeleton: Skeleton) -> dict[str, tuple[tuple[int, ...], type]]:
    """Shape and type of a row's joints and weights."""
    return {name: ((len(skeleton), 3), np.float32) for name in ("joints", "joint_weights")}


def person_square(example: Example) -> tuple[np.ndarray, float]:
    """Centre (x, y) and longer side in pixels of the person's box: the annotated joints' bounding box, grown a little.

    Without two annotated joints it is the middle of the picture, half as wide.
    """
    known = example.joints[example.weights[:, 0] > 0, :2]
    size = example.image.shape[0]
    if len(known) < 2:
        return np.full(2, (size - 1) / 2), size / 2
    low, high = known.min(0), known.max(0)
    return (low + high) / 2, max(float((high - low).max()) * BOX_GROWTH, size / 16)
