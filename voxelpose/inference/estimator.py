"""PoseEstimator: from a picture to a Pose3D."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.decoding.decoders import SOFT_ARGMAX, make_decoder
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.decoding.prediction import Prediction
from voxelpose.inference.decoding.test_time_augmentation import chosen_variations
from voxelpose.inference.decoding.volume_predictor import VolumePredictor, check_reads_pictures
from voxelpose.inference.inputs.detected import NANODET, Detector, open_detector, people_in
from voxelpose.inference.inputs.requests import Answer, PersonCrop, Request, make_person_crop
from voxelpose.inference.pose_results import PoseResults
from voxelpose.inference.runtime.runtimes import AUTO, Runtime
from voxelpose.results.nobody import Nobody
from voxelpose.results.parts import Provenance
from voxelpose.results.pose import Pose3D
from voxelpose.skeleton import Skeleton, get_skeleton

if TYPE_CHECKING:
    from voxelpose.inference.video.tracking import Seen

# With no box and no detector: the whole picture first, then the box of the joints found there, and once more.
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
    """Estimates the 3D pose of people in pictures.

    pose = estimator(image) is the largest person's, estimator(image, box=(x, y, width, height)) that of the person in
    the box, estimator.people(image) everybody's; pose.joints is (J, 3) in mm in the camera frame.
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
        detector: str | os.PathLike | Detector | None = None,
    ):
        """network: runs the forward pass of `preset`, a voxelpose.networks.presets.Preset.

        mirrored: average with the mirrored picture's volume. limb_lengths: the subject's own, in mm by child joint;
        height: the subject's in mm, which scales the mean lengths of Human3.6M's subjects; None for these themselves.
        decode: "argmax", "soft-argmax" (the mean) or "limb-aware" (the most likely skeleton); crops: how many, turned
        and zoomed, are averaged in the volume, 1 to 5. min_presence: below this probability that a person is there the
        result is Nobody; networks without such an output always give a pose. runtime: what `network` is, for the
        results' provenance. detector: says where people are where no box is given: "nanodet", which ships, a file (see
        PersonDetector), or any function of an image that returns boxes; None or "none": the network itself looks for
        one person in the whole picture.
        """
        if not 0 <= min_presence <= 1:
            raise InputError(f"Expected a least presence between 0 and 1. Received: {min_presence}.")
        self.min_presence = min_presence
        self.preset = preset
        self.skeleton: Skeleton = get_skeleton(preset.input.skeleton)
        self.weights_sha256 = weights_sha256
        self.provenance = Provenance(model=preset.name, weights_sha256=weights_sha256, runtime=runtime)
        self.network = network
        self._detector = detector
        limbs = Limbs.of(self.skeleton, limb_lengths, height)
        self._results = PoseResults(self.skeleton, limbs, self.provenance, min_presence)
        decoder = make_decoder(decode, self.skeleton, limbs, preset.calibration.temperature)
        self._predictor = VolumePredictor(network, preset, self.skeleton, mirrored, decoder, chosen_variations(crops))

    @classmethod
    def from_preset(
        cls, name: str | None = None, weights: str | None = None, runtime: str = AUTO, **options: Any
    ) -> "PoseEstimator":
        """The estimator of a named network; the shipped default without a name.

        weights: a file of weights instead of the shipped ones, an exported network, or a preset's name. runtime:
        "tensorflow", "onnx", "openvino", "litert", or "auto" for the fastest that is installed and has a file. options:
        of the constructor, such as mirrored=False; the detector is the one that ships unless another is named.
        Raises InputError for an unknown name, a missing or damaged file, or weights of another network.
        """
        from voxelpose.inference.runtime.loading import load_network

        loaded = load_network(name, weights, runtime)
        check_reads_pictures(loaded.preset)
        options = {"detector": NANODET} | options
        return cls(loaded.network, loaded.preset, loaded.sha256, runtime=loaded.runtime, **options)

    @cached_property
    def detector(self) -> Detector | None:
        """Says where people are in a picture without a box; None if the network itself looks."""
        return open_detector(self._detector)

    def __call__(
        self,
        image: np.ndarray,
        box: Sequence[float] | None = None,
        camera: Camera | None = None,
        root_depth: float | None = None,
    ) -> Pose3D | Nobody:
        """The pose of the person in `image` (H, W, 3) uint8 RGB; Nobody, which is false, if none is seen there.

        box: x, y, width, height in pixels; without one, the largest person that the detector finds, or without a
        detector the whole picture, then twice the box of the joints found.
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
        rows = [Request(*row) for row in zip(images, *filled, strict=True)]
        places = [people_in(request, self.detector, 1) for request in rows]
        answers = iter(self.answer([request for found in places for request in found]))
        return [
            next(answers).result if found else self.nobody(request) for request, found in zip(rows, places, strict=True)
        ]

    def people(self, image: np.ndarray, camera: Camera | None = None, most: int | None = None) -> list[Pose3D]:
        """Everybody in `image` (H, W, 3) uint8 RGB, ordered from left to right; an empty list if nobody is seen.

        camera: as in `__call__`; most: the largest people only, so many of them. Without a detector the network looks
        for one person. Raises InputError for an image or camera that cannot be.
        """
        found = self.answer(people_in(Request(image, camera=camera), self.detector, most))
        return [answer.result for answer in found if isinstance(answer.result, Pose3D)]

    def nobody(self, request: Request) -> Nobody:
        """The result for a picture in which the detector found nobody to look at."""
        return self._results.nobody(request)

    def follow(
        self,
        source: str | os.PathLike | int | Iterable[np.ndarray],
        box: Sequence[float] | None = None,
        camera: Camera | None = None,
        detector: Detector | None = None,
        fps: float = 30.0,
    ) -> "Iterator[Seen]":
        """The people in every frame of a video, with the number of their track: `for seen in estimator.follow(...)`.

        source: a video's path, a webcam's number, an array (T, H, W, 3) or any iterable of images (H, W, 3), uint8 RGB,
        of which `fps` come a second. box: of the person in the first frame; detector: says where people are in each
        frame, such as a PersonDetector; without both, the estimator's own detector does, and without that the network
        looks for one person in the whole picture. Frames are read ahead in a thread, a few at a time.
        """
        from voxelpose.inference.video.tracking import follow

        return follow(self, source, box, camera, detector, fps)

    def answer(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer per request, in which a missing box means the whole picture."""
        return [
            Answer(self._results.result(pose, request.score), person.box_around(prediction))
            for request, pose, person, prediction in self._estimate(requests)
        ]

    def _estimate(
        self, requests: Sequence[Request], keep_volumes: bool = False
    ) -> Iterator[tuple[Request, Pose3D, PersonCrop, Prediction]]:
        people = self._person_crops(requests)
        predictions = list(self._predict(people, keep_volumes))
        poses = self._results.poses(people, predictions, [request.name for request in requests])
        return zip(requests, poses, people, predictions, strict=True)

    def inspect(
        self,
        image: np.ndarray,
        box: Sequence[float] | None = None,
        camera: Camera | None = None,
        root_depth: float | None = None,
        image_name: str | None = None,
    ) -> Inspection:
        """As `__call__`, with the volumes of all stages; the pose keeps image_name."""
        request = Request(image, box, camera, root_depth, image_name)
        # Where the detector finds nobody, there is a whole picture to inspect nevertheless.
        return self.inspect_requests(people_in(request, self.detector, 1) or [request])[0]

    def inspect_requests(self, requests: Sequence[Request]) -> list[Inspection]:
        """As `inspect`, for requests, whose crops go through the network together; see `answer`."""
        return [
            Inspection(
                pose=pose,
                result=self._results.result(pose, request.score),
                crop=person.crop,
                crop_image=person.crop.warp(person.image),
                grid=prediction.grid,
                volumes=prediction.volumes,
            )
            for request, pose, person, prediction in self._estimate(requests, keep_volumes=True)
        ]

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
