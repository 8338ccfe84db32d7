"""The floor that people stand on, and the shadow that they throw on it."""

from dataclasses import dataclass

import cv2
import numpy as np

from voxelpose.geometry import Camera

# Closer to the floor than this, a body darkens it whatever the light.
_CONTACT_MM = 140.0


@dataclass(frozen=True, eq=False)
class Ground:
    """The plane of points p in the camera frame, mm, with p . up = level; the camera's own level is 0."""

    up: np.ndarray
    level: float

    @classmethod
    def under(cls, vertices: np.ndarray, up: np.ndarray) -> "Ground":
        """The floor below the lowest of the vertices (V, 3)."""
        return cls(up, float((vertices @ up).min()))

    @property
    def below_camera(self) -> bool:
        """Whether the camera sees the floor from above."""
        return self.level < -150.0

    def shadowed(
        self, picture: np.ndarray, vertices: np.ndarray, camera: Camera, light: np.ndarray, depth: float
    ) -> np.ndarray:
        """The picture (S, S, 3) uint8 with the shadow of a body on the floor; light: (3,) its direction;
        depth: 0 to 1, how dark."""
        if not self.below_camera:
            return picture
        heights = vertices @ self.up - self.level
        shade = np.zeros(picture.shape[:2], np.float32)
        per_mm = camera.fx / max(float(np.median(vertices[:, 2])), 1.0)
        fall = float(light @ self.up)
        if fall < -0.15:
            thrown = vertices + (heights / -fall)[:, None] * light
            shade = depth * self._splat(thrown, camera, blur=12 * per_mm)
        near = vertices[heights < _CONTACT_MM]
        contact = self._splat(near - (near @ self.up - self.level)[:, None] * self.up, camera, blur=30 * per_mm)
        shade = np.maximum(shade, 0.75 * np.minimum(1.6 * contact, 1))
        return (picture * (1 - shade[..., None])).astype(np.uint8)

    def _splat(self, points: np.ndarray, camera: Camera, blur: float) -> np.ndarray:
        """Coverage (S, S) in 0 to 1 by points that lie close to each other."""
        mask = np.zeros((camera.height, camera.width), np.uint8)
        points = points[points[:, 2] > 10]
        pixels = np.rint(camera.project(points))
        inside = ((pixels >= 0) & (pixels < (camera.width, camera.height))).all(1)
        columns, rows = pixels[inside].astype(np.intp).T
        mask[rows, columns] = 255
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        return cv2.GaussianBlur(mask, (0, 0), max(blur, 0.6)).astype(np.float32) / 255
