"""PoseEstimator: from a picture to a Pose3D."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.decoding.back_projection import covariance_mm, likeliest_root_depths
from voxelpose.inference.decoding.decoders import SOFT_ARGMAX, make_decoder
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.decoding.prediction import Prediction
from voxelpose.inference.decoding.test_time_augmentation import chosen_variations
from voxelpose.inference.decoding.volume_predictor import VolumePredictor, check_reads_pictures
from voxelpose.inference.inputs.requests import Answer, PersonCrop, Request, make_person_crop
from voxelpose.inference.runtime.runtimes import AUTO, Runtime
from voxelpose.results.nobody import Nobody
from voxelpose.results.parts import Provenance
from voxelpose.results.pose import Pose3D
from voxelpose.skeleton import Skeleton, get_skeleton

if TYPE_CHECKING:
    from voxelpose.inference.video.tracking import Detector, Seen

# With no box: the whole picture first, then the box of the joints found there, and once more.
REFINEMENTS = 2
BATCH_SIZE = 8
MIN_PRESENCE = 0.5


@dataclass(frozen=True, eq=False)
class Inspection:
    """A pose and the likelihoods behind it, whether or not a person is there.

    result: the pose again, or Nobody if the network sees no person. volumes: one (H, W, J, D_s) float32 per stage,
    coarse to fine, each joint's cells summing to 1; crop_image: (S, S, 3) uint8 RGB, what the network saw; grid: the
    finest stage's.
    """

    pose: Pose3D
    result: Pose3D | Nobody
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
        min_presence: float = MIN_PRESENCE,
        height: float | None = None,
        decode: str = SOFT_ARGMAX,
        crops: int = 1,
        runtime: str | None = None,
    ):
        """network: runs the forward pass of `preset`, a voxelpose.networks.presets.Preset.

        mirrored: average with the mirrored picture's volume. limb_lengths: the subject's own, in mm by child joint;
        height: the subject's in mm, which scales the mean lengths of Human3.6M's subjects; None for these themselves.
        decode: "argmax", "soft-argmax" (the mean) or "limb-aware" (the most likely skeleton); crops: how many, turned
        and zoomed, are averaged in the volume, 1 to 5. min_presence: below this probability that a person is there the
        result is Nobody; networks without such an output always give a pose. runtime: what `network` is, for the
        results' provenance.
        """
        if not 0 <= min_presence <= 1:
            raise InputError(f"Expected a least presence between 0 and 1. Received: {min_presence}.")
        self.min_presence = min_presence
        self.preset = preset
        self.skeleton: Skeleton = get_skeleton(preset.input.skeleton)
        self.weights_sha256 = weights_sha256
        self.provenance = Provenance(model=preset.name, weights_sha256=weights_sha256, runtime=runtime)
        self.network = network
        self._limbs = Limbs.of(self.skeleton, limb_lengths, height)
        decoder = make_decoder(decode, self.skeleton, self._limbs, preset.calibration.temperature)
        self._predictor = VolumePredictor(network, preset, self.skeleton, mirrored, decoder, chosen_variations(crops))

    @classmethod
    def from_preset(
        cls, name: str | None = None, weights: str | None = None, runtime: str = AUTO, **options: Any
    ) -> "PoseEstimator":
        """The estimator of a named network; the shipped default without a name.

        weights: a file of weights instead of the shipped ones, an exported network, or a preset's name. runtime:
        "tensorflow", "onnx", "openvino", "litert", or "auto" for the fastest that is installed and has a file. options:
        of the constructor, such as mirrored=False.
        Raises InputError for an unknown name, a missing or damaged file, or weights of another network.
        """
        from voxelpose.inference.runtime.loading import load_network

        loaded = load_network(name, weights, runtime)
        check_reads_pictures(loaded.preset)
        return cls(loaded.network, loaded.preset, loaded.sha256, runtime=loaded.runtime, **options)

    def __call__(
        self,
        image: np.ndarray,
        box: Sequence[float] | None = None,
        camera: Camera | None = None,
        root_depth: float | None = None,
    ) -> Pose3D | Nobody:
        """The pose of the person in `image` (H, W, 3) uint8 RGB; Nobody, which is false, if none is seen there.

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
    ) -> list[Pose3D | Nobody]:
        """One result per image; every argument holds one entry per image, None where unknown. See `__call__`."""
        columns = {"boxes": boxes, "cameras": cameras, "root_depths": root_depths}
        for name, column in columns.items():
            if column is not None and len(column) != len(images):
                raise InputError(f"Expected as many {name} as images, {len(images)}. Received: {len(column)}.")
        filled = ([None] * len(images) if column is None else column for column in columns.values())
        requests = [Request(*row) for row in zip(images, *filled, strict=True)]
        return [self._result(pose) for pose, _, _ in self._estimate(requests)]

    def follow(
        self,
        source: str | os.PathLike | int | Iterable[np.ndarray],
        box: Sequence[float] | None = None,
        camera: Camera | None = None,
        detector: "Detector | None" = None,
        fps: float = 30.0,
    ) -> "Iterator[Seen]":
        """The people in every frame of a video, with the number of their track: `for seen in estimator.follow(...)`.

        source: a video's path, a webcam's number, an array (T, H, W, 3) or any iterable of images (H, W, 3), uint8 RGB,
        of which `fps` come a second. box: of the person in the first frame; detector: says where people are in each
        frame, such as a PersonDetector; without both, the network looks for one person in the whole picture. Frames are
        read ahead in a thread, a few at a time.
        """
        from voxelpose.inference.video.tracking import follow

        return follow(self, source, box, camera, detector, fps)

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer per request. See `__call__`."""
        return [
            Answer(self._result(pose), person.box_around(prediction))
            for pose, person, prediction in self._estimate(requests)
        ]

    def _estimate(self, requests: Sequence[Request]) -> Iterator[tuple[Pose3D, PersonCrop, Prediction]]:
        people = self._person_crops(requests)
        predictions = list(self._predict(people))
        poses = self._poses(people, predictions, [request.name for request in requests])
        return zip(poses, people, predictions, strict=True)

    def inspect(
        self,
        image: np.ndarray,
        box: Sequence[float] | None = None,
        camera: Camera | None = None,
        root_depth: float | None = None,
        image_name: str | None = None,
    ) -> Inspection:
        """As `__call__`, with the volumes of all stages; the pose keeps image_name."""
        return self.inspect_request(Request(image, box, camera, root_depth, image_name))

    def inspect_request(self, request: Request) -> Inspection:
        """As `inspect`, for a request."""
        (person,) = self._person_crops([request])
        (prediction,) = self._predict([person], keep_volumes=True)
        (pose,) = self._poses([person], [prediction], [request.name])
        crop_image = person.crop.warp(person.image)
        return Inspection(pose, self._result(pose), person.crop, crop_image, prediction.grid, prediction.volumes)

    def _person_crops(self, requests: Sequence[Request]) -> list[PersonCrop]:
        preset = self.preset
        people = [
            make_person_crop(request, preset.architecture.input_size, preset.input.crop_margin) for request in requests
        ]
        rounds = [REFINEMENTS if request.box is None else request.refinements for request in requests]
        for done in range(max(rounds, default=0)):
            loose = [n for n, wanted in enumerate(rounds) if wanted > done]
            for n, prediction in zip(loose, self._predict([people[n] for n in loose]), strict=True):
                people[n] = people[n].around(prediction, preset.input.crop_margin)
        return people

    def _predict(self, people: Sequence[PersonCrop], keep_volumes: bool = False) -> Iterator[Prediction]:
        """Run the network on a few crops at a time, so that memory doesn't grow with their number."""
        for start in range(0, len(people), BATCH_SIZE):
            yield from self._predictor.predict(people[start : start + BATCH_SIZE], keep_volumes)

    def _poses(
        self, people: Sequence[PersonCrop], predictions: Sequence[Prediction], names: Sequence[str | None]
    ) -> list[Pose3D]:
        depths: dict[int, tuple[float, float | None, str]] = {
            n: (person.root_depth, None, "given") for n, person in enumerate(people) if person.root_depth is not None
        }
        unknown = [n for n in range(len(people)) if n not in depths]
        if unknown:
            found = likeliest_root_depths(
                [people[n] for n in unknown], [predictions[n] for n in unknown], self.skeleton, self._limbs
            )
            for n, depth, std in zip(unknown, found.depth, found.std, strict=True):
                depths[n] = (float(depth), float(std), self._limbs.source)
        return [
            self._pose(person, prediction, name, *depths[n])
            for n, (person, prediction, name) in enumerate(zip(people, predictions, names, strict=True))
        ]

    def _pose(
        self,
        person: PersonCrop,
        prediction: Prediction,
        name: str | None,
        depth: float,
        depth_std: float | None,
        depth_source: str,
    ) -> Pose3D:
        height, width = person.image.shape[:2]
        place = (depth, person.camera, person.crop)
        return Pose3D(
            skeleton=self.skeleton,
            joints=prediction.grid.reconstruct(prediction.fractions, *place),
            joints_2d=person.crop.from_fractions(prediction.fractions[:, :2]),
            covariance=covariance_mm(prediction.fractions, prediction.covariance, prediction.grid, *place),
            confidence=prediction.confidence,
            outside_crop=prediction.outside,
            presence=prediction.presence,
            box=person.box,
            camera=person.camera,
            root_depth=depth,
            root_depth_std=depth_std,
            depth_axis=person.crop.depth_axis,
            provenance=self.provenance.replace(
                box_source=person.box_source, camera_source=person.camera_source, root_depth_source=depth_source
            ),
            image=name,
            image_size=(width, height),
        )

    def _result(self, pose: Pose3D) -> Pose3D | Nobody:
        if pose.presence is None or pose.presence >= self.min_presence:
            return pose
        return Nobody(
            presence=pose.presence,
            threshold=self.min_presence,
            box=pose.box,
            provenance=self.provenance.replace(box_source=pose.box_source),
            image=pose.image,
            image_size=pose.image_size,
        )
