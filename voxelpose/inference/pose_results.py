"""What a network predicts about people's crops as results: poses in mm before the camera, or nobody."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from voxelpose.errors import InputWarning
from voxelpose.inference.decoding.back_projection import covariance_mm, likeliest_root_depths
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.decoding.prediction import Prediction
from voxelpose.inference.inputs.boxes import whole_image
from voxelpose.inference.inputs.person_detector import least_presence
from voxelpose.inference.inputs.requests import PersonCrop, Request
from voxelpose.results.nobody import Nobody
from voxelpose.results.parts import Provenance
from voxelpose.results.pose import Pose3D
from voxelpose.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class PoseResults:
    """Makes the results of one estimator.

    limbs: the lengths by which a root depth is found; provenance: of every result; min_presence: the probability that
    a person is there below which there is nobody.
    """

    skeleton: Skeleton
    limbs: Limbs
    provenance: Provenance
    min_presence: float

    def poses(
        self, people: Sequence[PersonCrop], predictions: Sequence[Prediction], names: Sequence[str | None]
    ) -> list[Pose3D]:
        """One pose per crop and its prediction, whether or not a person is there. names: of the crops' images."""
        depths: dict[int, tuple[float, float | None, str]] = {
            n: (person.root_depth, None, "given") for n, person in enumerate(people) if person.root_depth is not None
        }
        unknown = [n for n in range(len(people)) if n not in depths]
        if unknown:
            found = likeliest_root_depths(
                [people[n] for n in unknown], [predictions[n] for n in unknown], self.skeleton, self.limbs
            )
            for n, depth, std in zip(unknown, found.depth, found.std, strict=True):
                depths[n] = (float(depth), float(std), self.limbs.source)
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

    def result(self, pose: Pose3D, score: float | None) -> Pose3D | Nobody:
        """The pose if a person is there. score: with which a detector found the person, None without one."""
        least = least_presence(score, self.min_presence)
        if pose.presence is None or pose.presence >= least:
            _before_camera(pose)
            return pose
        return Nobody(
            presence=pose.presence,
            threshold=least,
            box=pose.box,
            provenance=self.provenance.replace(box_source=pose.box_source),
            image=pose.image,
            image_size=pose.image_size,
        )

    def nobody(self, request: Request) -> Nobody:
        """The result for a picture in which the detector found nobody to look at."""
        height, width = request.image.shape[:2]
        return Nobody(
            presence=None,
            threshold=self.min_presence,
            box=whole_image(width, height),
            provenance=self.provenance.replace(box_source="whole image, in which the detector found nobody"),
            image=request.name,
            image_size=(width, height),
        )


def _before_camera(pose: Pose3D) -> None:
    """Warn of joints that no camera sees."""
    if (pose.joints[:, 2] <= 0).any():
        warnings.warn(
            f"{pose.image or 'An image'}: some joints would lie behind the camera, which cannot be: is the focal "
            f"length of {pose.camera.fx:.4g} pixels ({pose.camera_source}) right, and the root depth "
            f"({pose.root_depth_source})?",
            InputWarning,
            stacklevel=3,
        )
