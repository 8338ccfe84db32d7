"""The labels of many examples as arrays, their pictures left alone, and what they mean in millimetres.

One convention holds in all of these arrays: what is not known is 0, and a mask says that it is not known. Files keep
NaN in its place, which ends where they are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np

from voxelpose.data.example import Example, PictureCamera
from voxelpose.geometry import Camera, Crop
from voxelpose.skeleton import Skeleton, convert


@dataclass(frozen=True, eq=False)
class PictureCameras:
    """`PictureCamera`s of N pictures as columns (N,) float32. A camera that is not known has fx = 0, a depth 0."""

    fx: np.ndarray
    fy: np.ndarray
    cx: np.ndarray
    cy: np.ndarray
    root_depth_mm: np.ndarray

    @classmethod
    def of(cls, cameras: Sequence[PictureCamera | None]) -> "PictureCameras":
        """Single ones, in their order."""
        rows = [(0,) * 5 if c is None else (c.fx, c.fy, c.cx, c.cy, c.root_depth_mm or 0) for c in cameras]
        return cls(*np.array(rows, np.float32).reshape(-1, 5).T)

    @classmethod
    def from_file(cls, views: np.ndarray) -> "PictureCameras":
        """From (N, 5) float32 as shards have them: the columns in the order of the fields, NaN where unknown."""
        known = np.isfinite(views[:, :4]).all(-1, keepdims=True)
        return cls(*np.where(known & np.isfinite(views), views, 0).astype(np.float32).T)

    def to_file(self) -> np.ndarray:
        """(N, 5) float32 as `from_file` reads them."""
        views = np.stack([getattr(self, f.name) for f in fields(self)], axis=1)
        views[~self.known] = np.nan
        views[~self.root_known, 4] = np.nan
        return views

    @property
    def known(self) -> np.ndarray:
        """(N,) bool."""
        return self.fx > 0

    @property
    def root_known(self) -> np.ndarray:
        """(N,) bool, whether the depth of the root is known, too."""
        return self.known & (self.root_depth_mm != 0)

    def __getitem__(self, row: int) -> PictureCamera | None:
        if not self.known[row]:
            return None
        intrinsics = (float(column[row]) for column in (self.fx, self.fy, self.cx, self.cy))
        return PictureCamera(*intrinsics, float(self.root_depth_mm[row]) if self.root_known[row] else None)

    def select(self, rows: np.ndarray) -> "PictureCameras":
        """Those of the given rows (indices or a mask)."""
        return PictureCameras(*(getattr(self, f.name)[rows] for f in fields(self)))


class CameraJoints(NamedTuple):
    """mm: (N, J, 3), in the frame of each picture's camera (x right, y down, z forward), 0 where unknown; known: (N, J)
    bool."""

    mm: np.ndarray
    known: np.ndarray


@dataclass(frozen=True, eq=False)
class Labels:
    """What is known of N examples of one skeleton, whose pictures have `size` pixels a side; see `Example`.

    joints: (N, J, 3) float32; weights: (N, J, 3) float32; present: (N,) bool; known: (N, J, 3) bool, by default where
    the weight is above 0. measured: the joints in mm as the data set itself has them, None where it does not.
    """

    skeleton: Skeleton
    size: int
    joints: np.ndarray
    weights: np.ndarray
    present: np.ndarray
    cameras: PictureCameras
    known: np.ndarray | None = None
    measured: CameraJoints | None = None

    def __post_init__(self):
        if self.known is None:
            object.__setattr__(self, "known", self.weights > 0)
        count, joints = len(self.present), len(self.skeleton)
        for name in ("joints", "weights", "known"):
            received = getattr(self, name).shape
            if received != (count, joints, 3):
                raise ValueError(f"Expected {name} of shape {(count, joints, 3)}. Received: {received}")
        if len(self.cameras.fx) != count:
            raise ValueError(f"Expected {count} cameras. Received: {len(self.cameras.fx)}")

    @classmethod
    def of(cls, skeleton: Skeleton, size: int, examples: Sequence[Example]) -> "Labels":
        """Those of single examples."""
        shape = (len(examples), len(skeleton), 3)
        return cls(
            skeleton,
            size,
            np.array([e.joints for e in examples], np.float32).reshape(shape),
            np.array([e.weights for e in examples], np.float32).reshape(shape),
            np.array([e.present for e in examples], bool),
            PictureCameras.of([e.camera for e in examples]),
            np.array([e.known for e in examples], bool).reshape(shape),
        )

    @classmethod
    def nobody(cls, skeleton: Skeleton, size: int, count: int) -> "Labels":
        """Those of pictures in which nobody is."""
        nothing = np.zeros((count, len(skeleton), 3), np.float32)
        return cls(skeleton, size, nothing, nothing, np.zeros(count, bool), PictureCameras.of([None] * count))

    def __len__(self) -> int:
        return len(self.present)

    def example(self, row: int, image: np.ndarray, source: str) -> Example:
        """One of them, with its picture."""
        arrays = self.joints[row], self.weights[row], bool(self.present[row])
        return Example(image, *arrays, source, self.cameras[row], self.known[row])

    def camera(self, row: int) -> Camera | None:
        """The camera that sees the picture as it is, without distortion; None where unknown."""
        camera = self.cameras[row]
        return None if camera is None else camera.of_size(self.size)

    def select(self, rows: np.ndarray) -> "Labels":
        """Those of the given rows (indices or a mask)."""
        arrays = {name: getattr(self, name)[rows] for name in ("joints", "weights", "present", "known")}
        measured = None if self.measured is None else CameraJoints(*(column[rows] for column in self.measured))
        return replace(self, **arrays, cameras=self.cameras.select(rows), measured=measured)

    def without_depth(self) -> "Labels":
        """Them as somebody has them who knows 2D labels alone: no depth, no camera."""
        joints, weights, known = (array.copy() for array in (self.joints, self.weights, self.known))
        for array in (joints, weights, known):
            array[..., 2] = 0
        cameras = PictureCameras.of([None] * len(self))
        return replace(self, joints=joints, weights=weights, known=known, cameras=cameras, measured=None)

    def in_skeleton(self, skeleton: Skeleton) -> "Labels":
        """The same people in another skeleton's joints; depth becomes relative to that skeleton's root."""
        if skeleton == self.skeleton:
            return self
        joints, known = _converted(self.joints, self.known, self.skeleton, skeleton)
        _, weights = convert(self.joints, self.weights, self.skeleton, skeleton)
        cameras = self.cameras
        if skeleton.joints[skeleton.root] != self.skeleton.joints[self.skeleton.root]:
            shift, shifted = joints[:, skeleton.root, 2].copy(), known[:, skeleton.root, 2]
            joints[..., 2] -= shift[:, None]
            known[..., 2] &= shifted[:, None]
            depth = np.where(cameras.root_known & shifted, cameras.root_depth_mm + shift, 0)
            cameras = replace(cameras, root_depth_mm=depth.astype(np.float32))
        measured = self.measured
        if measured is not None:
            measured = CameraJoints(*_converted(*measured, self.skeleton, skeleton))
        return Labels(
            skeleton,
            self.size,
            np.where(known, joints, 0).astype(np.float32),
            np.where(known, weights, 0).astype(np.float32),
            self.present,
            cameras,
            known,
            measured,
        )

    def in_camera(self) -> CameraJoints:
        """The joints in mm before their cameras: as the data set measured them, else worked out from the pictures."""
        if self.measured is not None:
            return self.measured
        known = self.known.all(-1) & (self.cameras.root_known & self.present)[:, None]
        depth = self.cameras.root_depth_mm[:, None].astype(np.float64) + self.joints[..., 2]
        mm = back_project(self.joints[..., :2], depth, self.cameras, self.size)
        return CameraJoints(np.where(known[..., None], mm, 0), known)


def back_project(pixels: np.ndarray, depth_mm: np.ndarray, cameras: PictureCameras, size: int) -> np.ndarray:
    """Places in pictures of `size` pixels and depths -> (N, J, 3) float64 in mm in the frame of the pictures' cameras.

    pixels: (N, J, 2); depth_mm: (N, J) from the camera along the ray through the picture's middle. Frame: x right,
    y down, z forward, origin at the camera. Where a camera is not known, the result means nothing.
    """
    joints = np.zeros((*np.shape(pixels)[:2], 3))
    for row in np.flatnonzero(cameras.known):
        camera = cameras[row].of_size(size)
        rays = camera.rays(pixels[row])
        along = rays @ Crop(np.eye(2, 3), size).facing(camera).depth_axis
        joints[row] = rays * (depth_mm[row] / along)[:, None]
    return joints


def _converted(
    points: np.ndarray, known: np.ndarray, source: Skeleton, target: Skeleton
) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, J, 3) and where they are known, (N, J, 3) or (N, J), in another skeleton's joints; 0 where not."""
    points, weights = convert(points, known.astype(np.float32), source, target)
    known = weights > 0
    return np.where(known if known.ndim == points.ndim else known[..., None], points, 0), known
