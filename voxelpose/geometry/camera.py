"""A pinhole camera with OpenCV's lens distortion."""

from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError

# The inverse of the lens is found by repeated correction; the error shrinks by 5 or more a step for real lenses.
_UNDISTORT_STEPS = 30
OPTICAL_AXIS = (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Camera:
    """Intrinsics of a camera whose frame is x right, y down, z forward, in millimetres.

    fx, fy, cx, cy: pixels, integer coordinates at pixel centres; width, height: image size in pixels;
    distortion: OpenCV's k1, k2, p1, p2, k3.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    def __post_init__(self):
        values = (self.fx, self.fy, self.cx, self.cy, *self.distortion)
        if not np.isfinite(values).all() or min(self.fx, self.fy) <= 0:
            raise InputError(f"Expected finite intrinsics with positive focal lengths. Received: {values}.")
        if min(self.width, self.height) < 1:
            raise InputError(f"Expected a positive image size. Received: {self.width} x {self.height}.")
        if len(self.distortion) != 5:
            raise InputError(f"Expected five distortion values k1, k2, p1, p2, k3. Received: {self.distortion}.")

    @classmethod
    def from_field_of_view(cls, width: int, height: int, degrees: float = 55.0) -> "Camera":
        """A camera without distortion whose longer image side spans `degrees`, principal point in the middle."""
        if not 0 < degrees < 180:
            raise InputError(f"Expected a field of view between 0 and 180 degrees. Received: {degrees}.")
        focal = max(width, height) / 2 / np.tan(np.radians(degrees) / 2)
        return cls(focal, focal, (width - 1) / 2, (height - 1) / 2, width, height)

    @property
    def matrix(self) -> np.ndarray:
        """The 3x3 intrinsic matrix."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]])

    def project(self, points: np.ndarray) -> np.ndarray:
        """Camera-frame points (..., 3) in mm -> pixels (..., 2). Points need z > 0 to be visible."""
        points = np.asarray(points, np.float64)
        plane = points[..., :2] / points[..., 2:]
        return self._distort(plane) * (self.fx, self.fy) + (self.cx, self.cy)

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) -> viewing rays (..., 3) with z = 1, lens distortion undone."""
        pixels = np.asarray(pixels, np.float64)
        plane = (pixels - (self.cx, self.cy)) / (self.fx, self.fy)
        if any(self.distortion):
            plane = self._undistort(plane)
        return np.concatenate([plane, np.ones_like(plane[..., :1])], axis=-1)

    def back_project(
        self, pixels: np.ndarray, depth: np.ndarray, axis: np.ndarray | tuple[float, ...] = OPTICAL_AXIS
    ) -> np.ndarray:
        """Pixels (..., 2) and depths (...) in mm along the unit vector `axis` -> camera-frame points (..., 3) in mm.

        axis: the optical axis, so that depth is z, or that of a crop (`Crop.depth_axis`).
        """
        rays = self.rays(pixels)
        return rays * (np.asarray(depth, np.float64) / (rays @ np.asarray(axis)))[..., None]

    def _distort(self, plane: np.ndarray) -> np.ndarray:
        k1, k2, p1, p2, k3 = self.distortion
        x, y = plane[..., 0], plane[..., 1]
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        return np.stack(
            [
                x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
                y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
            ],
            axis=-1,
        )

    def _undistort(self, distorted: np.ndarray) -> np.ndarray:
        plane = distorted
        for _ in range(_UNDISTORT_STEPS):
            plane = plane - (self._distort(plane) - distorted)
        return plane
