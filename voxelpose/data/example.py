"""What one training example is, whatever its source."""

from dataclasses import dataclass, replace

import numpy as np

from voxelpose.geometry import Camera

# A person's box over the bounding box of their joints, which end at wrists and ankles: it goes on to fingers and toes.
BOX_GROWTH = 1.08


@dataclass(frozen=True)
class PictureCamera:
    """The camera of a square picture, without distortion, and how far away the root of the person in it is.

    fx, fy, cx, cy: pixels of the picture, integers at pixel centres. root_depth_mm: along the ray through the
    picture's middle; None where it is not known.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    root_depth_mm: float | None = None

    def of_size(self, size: int) -> Camera:
        """It for a picture of `size` pixels a side."""
        return Camera(self.fx, self.fy, self.cx, self.cy, size, size)


@dataclass(frozen=True, eq=False)
class Example:
    """A square picture with margin around a person, and what is known of the joints. What is unknown is 0.

    image: (S, S, 3) uint8 RGB, or (S, S, 0) where only the pose is known. joints: (J, 3) float32: x, y in pixels of
    `image` (integers at pixel centres), z in mm relative to the root along the ray through the picture's middle.
    weights: (J, 3) float32 in [0, 1] per axis, how much a coordinate counts: 0 where it is not known; 2D labels have
    weight 0 in z; a joint outside the picture has weight 0, too, although its place may be known.
    present: whether there is a person at all. source: where it came from, for messages and reports. camera: what makes
    `joints` metric, None where unknown. known: (J, 3) bool, where `joints` says something; by default where the weight
    is above 0.
    """

    image: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    present: bool
    source: str
    camera: PictureCamera | None = None
    known: np.ndarray | None = None

    def __post_init__(self):
        if self.known is None:
            object.__setattr__(self, "known", self.weights > 0)

    def without_depth(self) -> "Example":
        """It as somebody has it who knows 2D labels alone: no depth, no camera."""
        joints, weights, known = (array.copy() for array in (self.joints, self.weights, self.known))
        for array in (joints, weights, known):
            array[:, 2] = 0
        return replace(self, joints=joints, weights=weights, known=known, camera=None)
