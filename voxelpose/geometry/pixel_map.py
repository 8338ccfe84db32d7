"""From the pixels that a file stores to those that are seen: a part is cut out, made square, and turned.

What is done to the pixels is done to the camera: a calibration of the sensor is one of the stored pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from voxelpose.geometry.camera import Camera

# Orientation, as EXIF counts (CIPA DC-008): where the stored x and y axes point in the picture that is seen.
AXES = {
    1: ((1, 0), (0, 1)),
    2: ((-1, 0), (0, 1)),
    3: ((-1, 0), (0, -1)),
    4: ((1, 0), (0, -1)),
    5: ((0, 1), (1, 0)),
    6: ((0, 1), (-1, 0)),
    7: ((0, -1), (-1, 0)),
    8: ((0, -1), (1, 0)),
}


@dataclass(frozen=True)
class PixelMap:
    """How the pixels of a picture are stored and seen.

    width, height: as stored; part: x, y, width, height of what is to be seen of it, whole pixels, None for all;
    pixel_ratio: width of a stored pixel by its height; orientation: 1 to 8, as EXIF counts.
    """

    width: int
    height: int
    part: tuple[int, int, int, int] | None = None
    pixel_ratio: float = 1.0
    orientation: int = 1

    @property
    def changes(self) -> bool:
        """Whether anything is done at all."""
        return self.part is not None or self.pixel_ratio != 1 or self.orientation != 1

    @property
    def swaps(self) -> bool:
        """Whether the picture that is seen stands where the stored one lies."""
        return self.orientation >= 5

    @property
    def seen(self) -> tuple[int, int]:
        """Width and height of the picture that is seen. Pixels are never lost: the shorter side grows."""
        width, height = self._square()
        return (height, width) if self.swaps else (width, height)

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Stored pixels (H, W, ...) -> those that are seen."""
        x, y, width, height = self._part()
        image = image[y : y + height, x : x + width]
        if self._square() != (width, height):
            image = cv2.resize(image, self._square(), interpolation=cv2.INTER_LINEAR)
        return turned(image, self.orientation)

    def camera(self, camera: Camera) -> Camera:
        """The camera of the stored pixels -> that of the picture that is seen, whose frame turns with it."""
        x, y, width, height = self._part()
        square = self._square()
        scale = np.divide(square, (width, height))
        # Integer coordinates lie at pixel centres.
        middle = (np.array([camera.cx - x, camera.cy - y]) + 0.5) * scale - 0.5
        focal = scale * (camera.fx, camera.fy)
        axes = np.array(AXES[self.orientation]).T
        corner = np.where(axes.sum(axis=1) < 0, np.subtract(self.seen, 1), 0)
        cx, cy = axes @ middle + corner
        fx, fy = abs(axes) @ focal
        k1, k2, p1, p2, k3 = camera.distortion
        # The tangential part is r^2 p + 2 (p.x) x of the vector p = (p2, p1), which turns as every vector does.
        p2, p1 = axes @ np.array([p2, p1])
        lens = tuple(float(value) + 0.0 for value in (k1, k2, p1, p2, k3))
        return Camera(float(fx), float(fy), float(cx), float(cy), *self.seen, lens)

    def _part(self) -> tuple[int, int, int, int]:
        return self.part or (0, 0, self.width, self.height)

    def _square(self) -> tuple[int, int]:
        _, _, width, height = self._part()
        ratio = self.pixel_ratio
        return (round(width * ratio), height) if ratio >= 1 else (width, round(height / ratio))


def turned(image: np.ndarray, orientation: int) -> np.ndarray:
    """A picture (H, W, ...) as stored -> as it is seen, by its orientation of 1 to 8 as EXIF counts."""
    (to_right, _), (_, to_down) = AXES[orientation] if orientation < 5 else AXES[1]
    if orientation >= 5:
        (_, to_down), (to_right, _) = AXES[orientation]
        image = image.swapaxes(0, 1)
    return image[::to_down, ::to_right]
