"""Errors on people that training never sees, measured the same way in training and afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from voxelpose.data.augmentation.crops import person_square
from voxelpose.data.example import Example, ExampleSet
from voxelpose.evaluation.metrics.functions import mpjpe, pa_mpjpe, pck
from voxelpose.evaluation.people.labels import camera_joints
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.geometry.align import root_relative

# The joints that every 2D benchmark shares: ankles, knees, hips, wrists, elbows, shoulders.
LIMB_JOINTS = tuple(
    f"{side}_{joint}" for joint in ("ankle", "knee", "hip", "wrist", "elbow", "shoulder") for side in ("right", "left")
)
_TORSO_FRACTION = 0.2

Predictor = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class HeldOutPeople:
    """Fixed crops of an example set and the true joints behind them.

    margin: side of the crop over the longer side of the person's box, as in training.
    """

    examples: ExampleSet
    grid: VoxelGrid
    images: np.ndarray
    crops: tuple[Crop, ...]

    @classmethod
    def of(
        cls, examples: ExampleSet, size: int, margin: float, grid: VoxelGrid, see: Callable | None = None
    ) -> "HeldOutPeople":
        """Cut the crops (size, size) of all examples that show a person.

        see: (number, example, crop) -> what the network sees of it; by default the picture in the crop.
        """
        people = examples.select(np.flatnonzero(examples.present))
        crops = tuple(_crop(people[i], size, margin) for i in range(len(people)))
        see = see or (lambda number, example, crop: crop.warp(example.image))
        return cls(people, grid, np.stack([see(i, people[i], crop) for i, crop in enumerate(crops)]), crops)

    @property
    def metric(self) -> bool:
        """Whether the examples know their camera and all joints in depth, so that errors in mm can be told."""
        return bool(np.isfinite(self.examples.views).all() and np.isfinite(self.examples.joints).all())

    def errors(self, predict: Predictor) -> dict[str, float]:
        """Errors of a predictor: images (N, S, S, 3) uint8 -> grid fractions (N, J, 3).

        With known cameras "mpjpe" and "pa_mpjpe" in mm, root-relative and with the true root depth, over all joints,
        those outside the picture included; otherwise "pck" (fraction of annotated limb joints within 0.2 torso).
        """
        fractions = predict(self.images)
        if self.metric:
            predicted, true = self.joints_mm(fractions), self.true_mm()
            return {"mpjpe": float(mpjpe(predicted, true)), "pa_mpjpe": float(pa_mpjpe(predicted, true))}
        return {"pck": self._pck(fractions)}

    def true_mm(self) -> np.ndarray:
        """True joints (N, J, 3) in mm, relative to the root."""
        return root_relative(camera_joints(self.examples), self.examples.skeleton.root)

    def joints_mm(self, fractions: np.ndarray) -> np.ndarray:
        """Grid fractions (N, J, 3) -> joints in mm relative to the root, with the true root depth and z = 0 for it."""
        fractions = fractions.copy()
        fractions[:, self.examples.skeleton.root, 2] = self.grid.depth_to_fraction(0.0)
        joints = [
            self.grid.reconstruct(fractions[i], self.examples.views[i, 4], self._camera(i), self._facing(i, crop))
            for i, crop in enumerate(self.crops)
        ]
        return root_relative(np.stack(joints), self.examples.skeleton.root)

    def _camera(self, i: int) -> Camera:
        size = self.examples.images.shape[1]
        return Camera(*(float(v) for v in self.examples.views[i, :4]), size, size)

    def _facing(self, i: int, crop: Crop) -> Crop:
        """The crop with the depth direction of the labels: the ray through the middle of the picture."""
        picture = Crop(np.eye(2, 3), self.examples.images.shape[1]).facing(self._camera(i))
        return replace(crop, depth_axis=picture.depth_axis)

    def _pck(self, fractions: np.ndarray) -> float:
        skeleton = self.examples.skeleton
        predicted = np.stack([crop.from_fractions(f[:, :2]) for crop, f in zip(self.crops, fractions, strict=True)])
        true, known = self.examples.joints[..., :2], self.examples.weights[..., 0] > 0
        limbs = [skeleton.index(name) for name in LIMB_JOINTS if name in skeleton.joints]
        torso = [skeleton.index("left_shoulder"), skeleton.index("right_hip")]
        length = np.linalg.norm(true[:, torso[0]] - true[:, torso[1]], axis=-1)
        usable = known[:, torso].all(-1) & (length > 0)
        return float(
            pck(
                predicted[usable][:, limbs],
                true[usable][:, limbs],
                length[usable],
                _TORSO_FRACTION,
                known[usable][:, limbs],
            )
        )


def mean_pose_errors(train: np.ndarray, heldout: HeldOutPeople) -> dict[str, float]:
    """Errors of always answering the mean of the training poses (N, J, 3), root-relative in mm."""
    true = heldout.true_mm()
    predicted = np.broadcast_to(train.mean(0), true.shape)
    return {"mpjpe": float(mpjpe(predicted, true)), "pa_mpjpe": float(pa_mpjpe(predicted, true))}


def _crop(example: Example, size: int, margin: float) -> Crop:
    center, longest = person_square(example)
    return Crop.around(center, margin * longest, size)
