"""The one map between an image and the square that the network sees.

Pixels have integer centres, so a square of n pixels spans [-0.5, n - 0.5]; fractions span it by [0, 1].
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry.camera import OPTICAL_AXIS, Camera

BOX_MARGIN = 1.25


@dataclass(frozen=True, eq=False)
class Crop:
    """A similarity from image pixels to a square crop, and the direction in which its depth is measured.

    matrix: (2, 3), image pixel (x, y, 1) -> crop pixel (x, y); size: side of the crop in pixels;
    depth_axis: unit vector in the camera frame, the optical axis unless `facing` set the ray through the crop's
    centre (a virtual camera that looks at the person).
    """

    matrix: np.ndarray
    size: int
    depth_axis: np.ndarray = field(default_factory=lambda: np.array(OPTICAL_AXIS))

    @classmethod
    def around(
        cls, center: np.ndarray, side: float, size: int, rotation_degrees: float = 0.0, mirrored: bool = False
    ) -> "Crop":
        """The square of `side` image pixels around `center` (x, y), shown with `size` pixels a side.

        rotation_degrees turns the content clockwise as seen on the screen; mirrored flips it left-right first.
        """
        if not (np.isfinite([*center, side]).all() and side > 0):
            raise InputError(f"Expected a finite crop centre and a positive side. Received: {center}, {side}.")
        angle, scale = np.radians(rotation_degrees), size / side
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        linear = scale * turn @ np.diag([-1.0 if mirrored else 1.0, 1.0])
        middle = np.full(2, (size - 1) / 2)
        return cls(np.column_stack([linear, middle - linear @ np.asarray(center, np.float64)]), size)

    @classmethod
    def from_box(cls, box: tuple[float, float, float, float], size: int, margin: float = BOX_MARGIN) -> "Crop":
        """The square around a box (x, y, width, height) in pixels, `margin` times its longer side.

        The box covers [x, x + width] where pixel 0 starts at 0, as drawing tools count; its centre in
        pixel-centre coordinates is therefore x + width / 2 - 0.5.
        """
        x, y, width, height = (float(value) for value in box)
        if not np.isfinite([x, y, width, height]).all() or width <= 0 or height <= 0:
            raise InputError(f"Expected a box x,y,width,height, finite and not empty. Received: {tuple(box)}.")
        return cls.around(np.array([x + width / 2 - 0.5, y + height / 2 - 0.5]), margin * max(width, height), size)

    def facing(self, camera: Camera) -> "Crop":
        """The same crop with depth measured along the ray through its centre."""
        ray = camera.rays(self.to_image(np.full(2, (self.size - 1) / 2)))
        return replace(self, depth_axis=ray / np.linalg.norm(ray))

    @cached_property
    def scale(self) -> float:
        """Crop pixels per image pixel."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))

    def warp(self, image: np.ndarray) -> np.ndarray:
        """The crop of an image (H, W, C) uint8 -> (size, size, C) uint8, bilinear, zero outside the image.

        Shrinking by two or more averages pixels first, so that fine texture doesn't alias.
        """
        matrix = self.matrix
        factor = int(1 / self.scale) if self.scale <= 0.5 else 1
        factor = min(factor, *image.shape[:2])
        if factor > 1:
            height, width = (n // factor for n in image.shape[:2])
            image = cv2.resize(
                image[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA
            )
            # Pixel i of the shrunken image has its centre at factor * i + (factor - 1) / 2 of the original.
            shift = np.full(2, (factor - 1) / 2)
            matrix = np.column_stack([matrix[:, :2] * factor, matrix[:, 2] + matrix[:, :2] @ shift])
        return cv2.warpAffine(image, matrix, (self.size, self.size), flags=cv2.INTER_LINEAR)

    def to_crop(self, pixels: np.ndarray) -> np.ndarray:
        """Image pixels (..., 2) -> crop pixels (..., 2)."""
        return np.asarray(pixels) @ self.matrix[:, :2].T + self.matrix[:, 2]

    def to_image(self, crop_pixels: np.ndarray) -> np.ndarray:
        """Crop pixels (..., 2) -> image pixels (..., 2)."""
        return (np.asarray(crop_pixels) - self.matrix[:, 2]) @ self._to_image.T

    @cached_property
    def _to_image(self) -> np.ndarray:
        return np.linalg.inv(self.matrix[:, :2])

    def to_fractions(self, pixels: np.ndarray) -> np.ndarray:
        """Image pixels (..., 2) -> fractions of the crop's width and height (..., 2)."""
        return (self.to_crop(pixels) + 0.5) / self.size

    def from_fractions(self, fractions: np.ndarray) -> np.ndarray:
        """Fractions of the crop's width and height (..., 2) -> image pixels (..., 2)."""
        return self.to_image(np.asarray(fractions) * self.size - 0.5)
