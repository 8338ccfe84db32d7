"""Which camera took a picture: the one that the user gives, else EXIF's focal length, else a stated field of view."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxelpose.data.picture_header import orientation
from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.geometry.pixel_map import PixelMap
from voxelpose.inference.inputs.camera_files import read_camera_of
from voxelpose.inference.inputs.exif import exif_focal
from voxelpose.inference.inputs.requests import FIELD_OF_VIEW

# Pinhole cameras that see more exist on paper only; at 150 degrees the edges are stretched fifteenfold.
WIDEST = 150.0


@dataclass(frozen=True)
class CameraChoice:
    """What is known about the camera; None for what is not.

    fx, fy, cx, cy: pixels, cx and cy being the image's middle if None; distortion: k1, k2, p1, p2, k3; file: a camera
    file (see camera_files); field_of_view: degrees that the longer side spans. At most one of fx, file and
    field_of_view; without any, EXIF's focal length where the picture names one, else 55 degrees.
    """

    fx: float | None = None
    fy: float | None = None
    cx: float | None = None
    cy: float | None = None
    distortion: tuple[float, ...] | None = None
    file: str | os.PathLike | None = None
    field_of_view: float | None = None

    def __post_init__(self):
        if sum(value is not None for value in (self.fx, self.file, self.field_of_view)) > 1:
            raise InputError("Expected one of focal length, camera file and field of view. Received: more than one.")
        if self.fx is None and any(value is not None for value in (self.fy, self.cx, self.cy, self.distortion)):
            raise InputError("Expected a focal length with cy, cx, fy or distortion. Received: none.")
        # What needs no picture to be judged is judged at once.
        if self.fx is not None:
            self._intrinsics(1 << 16, 1 << 16)
        if self.field_of_view is not None:
            _possible(Camera.from_field_of_view(2, 2, self.field_of_view), "given field of view")

    def for_image(
        self, width: int, height: int, path: str | os.PathLike | None = None, stored: PixelMap | None = None
    ) -> tuple[Camera, str]:
        """The camera of an image of width x height pixels, and where it came from, in words.

        path: the picture's file, for its EXIF header; None for arrays and videos. stored: how the image came from the
        pixels of its file; a photograph's is in its header. A camera file that is one of the stored pixels, as a
        sensor's calibration is, goes the same way.
        Raises InputError for a camera file that is none or belongs to another image size, and for a camera that sees
        more than 150 degrees.
        """
        if stored is None and path is not None and self.file is not None:
            stored = _stored(path, width, height)
        camera, source = self._chosen(width, height, path, stored)
        return _possible(camera, source), source

    def _chosen(
        self, width: int, height: int, path: str | os.PathLike | None, stored: PixelMap | None
    ) -> tuple[Camera, str]:
        if self.fx is not None:
            return self._intrinsics(width, height), "given"
        if self.file is not None:
            camera, was_stored = read_camera_of(self.file, width, height, stored)
            brought = ", brought from the stored pixels to those seen" if was_stored else ""
            return camera, f"camera file {os.path.basename(self.file)}{brought}"
        if self.field_of_view is not None:
            degrees = self.field_of_view
            return Camera.from_field_of_view(width, height, degrees), f"given field of view {degrees:g} degrees"
        found = None if path is None else exif_focal(path, width, height)
        if found is not None:
            return _centred(found[0], found[0], width, height), found[1]
        assumed = Camera.from_field_of_view(width, height, FIELD_OF_VIEW)
        return assumed, f"assumed field of view {FIELD_OF_VIEW:.0f} degrees"

    def _intrinsics(self, width: int, height: int) -> Camera:
        values = [value for value in (self.fx, self.fy, self.cx, self.cy) if value is not None]
        if not np.isfinite(values).all() or min(self.fx, self.fx if self.fy is None else self.fy) <= 0:
            raise InputError(f"Expected finite intrinsics with focal lengths above 0 pixels. Received: {values}.")
        fy = self.fx if self.fy is None else self.fy
        return _centred(self.fx, fy, width, height, self.cx, self.cy, self.distortion or (0.0,) * 5)


def _centred(fx, fy, width, height, cx=None, cy=None, distortion=(0.0,) * 5) -> Camera:
    """A camera whose principal point is the image's middle unless it is given."""
    cx = (width - 1) / 2 if cx is None else cx
    cy = (height - 1) / 2 if cy is None else cy
    return Camera(float(fx), float(fy), float(cx), float(cy), width, height, tuple(distortion))


def _stored(path: str | os.PathLike, width: int, height: int) -> PixelMap | None:
    """How a photograph of width x height pixels, as it is seen, lies in its file; None if there is no such file."""
    try:
        turn = orientation(Path(path).read_bytes())
    except OSError:
        return None
    return PixelMap(*((height, width) if turn >= 5 else (width, height)), orientation=turn)


def _possible(camera: Camera, source: str) -> Camera:
    """The camera, unless it sees more than a pinhole camera can: then its focal length is none in pixels."""
    seen = max(camera.width / camera.fx, camera.height / camera.fy)
    degrees = 2 * float(np.degrees(np.arctan(seen / 2)))
    if degrees > WIDEST:
        raise InputError(
            f"Expected a camera that sees at most {WIDEST:.0f} degrees, its focal length in pixels ({source}). "
            f"Received: a focal length of {min(camera.fx, camera.fy):.4g} pixels, which is {degrees:.0f} degrees of an "
            f"image of {camera.width} x {camera.height} pixels: is it in millimetres, or a part of the image's width?"
        )
    return camera
