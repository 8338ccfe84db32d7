"""PoseEstimator: from a picture to a Pose3D."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.lift import covariance_mm, root_depths
from voxelpose.inference.reader import Reading, VolumeReader
from voxelpose.inference.root_depth import bone_lengths_mm
from voxelpose.inference.runtime import Runtime
from voxelpose.inference.views import View, make_view
from voxelpose.pose import Pose3D
from voxelpose.skeleton import Skeleton, get_skeleton

# With no box: the whole picture first, then the box of the joints found there, and once more.
REFINEMENTS = 2
BATCH_SIZE = 8


@dataclass(frozen=True, eq=False)
class Inspection:
    """A pose and the likelihoods behind it.

    volumes: one (H, W, J, D_s) float32 per stage, coarse to fine, each joint's cells summing to 1; crop_image:
    (S, S, 3) uint8 RGB, what the network saw; grid: the finest stage's.
    """

    pose: Pose3D
    crop: Crop
    crop_image: np.ndarray
    grid: VoxelGrid
    volumes: tuple[np.ndarray, ...]


class PoseEstimator:
    """Estimates the 3D pose of one person per picture.

    pose = estimator(image, box=(x, y, width, height)); pose.joints is (J, 3) in mm in the camera frame.
    The estimator keeps no state between calls and may be used from several threads.
    """

    def __init__(
        self,
        network: Runtime,
        preset,
        weights_sha256: str | None = None,
        mirrored: bool = True,
        limb_lengths: Mapping[str, float] | None = None,
    ):
        """network: runs the forward pass of `preset`, a voxelpose.networks.presets.Preset.

        mirrored: average with the mirrored picture's volume. limb_lengths: the subject's own, in mm by child joint;
        None for the mean lengths of Human3.6M's subjects.
        """
        self.preset = preset
        self.skeleton: Skeleton = get_skeleton(preset.skeleton)
        self.weights_sha256 = weights_sha256
        self._reader = VolumeReader(network, preset, self.skeleton, mirrored)
        self._lengths = bone_lengths_mm(self.skeleton, limb_lengths)
        self._lengths_source = "mean limb lengths" if limb_lengths is None else "own limb lengths"

    @classmethod
    def from_preset(
        cls,
        name: str | None = None,
        weights: str | None = None,
        mirrored: bool = True,
        limb_lengths: Mapping[str, float] | None = None,
    ) -> "PoseEstimator":
        """The estimator of a named network; the shipped default without a name.

        weights: a file of weights instead of the shipped ones, or a preset's name.
        Raises InputError for an unknown name, a missing or damaged file, or weights of another network.
        """
        from voxelpose.inference.loading import load_network

        loaded = load_network(name, weights)
        return cls(loaded.network, loaded.preset, loaded.sha256, mirrored, limb_lengths)

    def __call__(
        self,
        image: np.ndarray,
        box: Sequence[float] | None = None,
        camera: Camera | None = None,
        root_depth: float | None = None,
    ) -> Pose3D:
        """The pose of the person in `image` (H, W, 3) uint8 RGB.

        box: x, y, width, height in pixels; without one, the whole picture, then twice the box of the joints found.
        camera: its intrinsics for this image; else a field of view of 55 degrees is assumed.
        root_depth: mm along the ray through the crop's centre; else found from limb lengths.
        Raises InputError for an image, box, camera or depth that cannot be.
        """
        return self.predict_batch([image], [box], [camera], [root_depth])[0]

    def predict_batch(
        self,
        images: Sequence[np.ndarray],
        boxes: Sequence[Sequence[float] | None] | None = None,
        cameras: Sequence[Camera | None] | None = None,
        root_depths: Sequence[float | None] | None = None,
    ) -> list[Pose3D]:
        """One pose per image; every argument holds one entry per image, None where unknown. See `__call__`."""
        views = self._views(images, boxes, cameras, root_depths)
        return self._poses(views, list(self._read(views)), [None] * len(views))

    def inspect(
        self,
        image: np.ndarray,
        box: Sequence[float] | None = None,
        camera: Camera | None = None,
        root_depth: float | None = None,
        image_name: str | None = None,
    ) -> Inspection:
        """As `__call__`, with the volumes of all stages; the pose keeps image_name."""
        views = self._views([image], [box], [camera], [root_depth])
        readings = list(self._read(views, keep_volumes=True))
        (pose,) = self._poses(views, readings, [image_name])
        return Inspection(pose, views[0].crop, views[0].crop.warp(image), readings[0].grid, readings[0].volumes)

    def _views(self, images, boxes, cameras, root_depths) -> list[View]:
        count = len(images)
        columns = {"boxes": boxes, "cameras": cameras, "root_depths": root_depths}
        for name, column in columns.items():
            if column is not None and len(column) != count:
                raise InputError(f"Expected as many {name} as images, {count}. Received: {len(column)}.")
        filled = ([None] * count if column is None else column for column in columns.values())
        preset = self.preset
        views = [make_view(*row, preset.input_size, preset.crop_margin) for row in zip(images, *filled, strict=True)]
        without = [n for n in range(count) if boxes is None or boxes[n] is None]
        for _ in range(REFINEMENTS):
            for n, reading in zip(without, self._read([views[n] for n in without]), strict=True):
                views[n] = views[n].around(reading, preset.crop_margin)
        return views

    def _read(self, views: Sequence[View], keep_volumes: bool = False) -> Iterator[Reading]:
        """Read the views' crops a few at a time, so that memory doesn't grow with their number."""
        for start in range(0, len(views), BATCH_SIZE):
            crops = np.stack([view.crop.warp(view.image) for view in views[start : start + BATCH_SIZE]])
            yield from self._reader.read(crops, keep_volumes)

    def _poses(self, views: Sequence[View], readings: Sequence[Reading], names: Sequence[str | None]) -> list[Pose3D]:
        depths: dict[int, tuple[float, float | None, str]] = {
            n: (view.root_depth, None, "given") for n, view in enumerate(views) if view.root_depth is not None
        }
        unknown = [n for n in range(len(views)) if n not in depths]
        if unknown:
            found = root_depths(
                [views[n] for n in unknown], [readings[n] for n in unknown], self.skeleton, self._lengths
            )
            for n, depth, std in zip(unknown, found.depth, found.std, strict=True):
                depths[n] = (float(depth), float(std), self._lengths_source)
        return [
            self._pose(view, reading, name, *depths[n])
            for n, (view, reading, name) in enumerate(zip(views, readings, names, strict=True))
        ]

    def _pose(
        self, view: View, reading: Reading, name: str | None, depth: float, depth_std: float | None, depth_source: str
    ) -> Pose3D:
        height, width = view.image.shape[:2]
        place = (depth, view.camera, view.crop)
        return Pose3D(
            skeleton=self.skeleton,
            joints=reading.grid.reconstruct(reading.fractions, *place),
            joints_2d=view.crop.from_fractions(reading.fractions[:, :2]),
            covariance=covariance_mm(reading.fractions, reading.covariance, reading.grid, *place),
            confidence=reading.confidence,
            outside_crop=reading.outside,
            presence=reading.presence,
            box=view.box,
            box_source=view.box_source,
            camera=view.camera,
            camera_source=view.camera_source,
            root_depth=depth,
            root_depth_std=depth_std,
            root_depth_source=depth_source,
            depth_axis=view.crop.depth_axis,
            model=self.preset.name,
            weights_sha256=self.weights_sha256,
            image=name,
            image_size=(width, height),
        )
