"""Errors on people that training never sees, measured the same way in training and afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from voxelpose.data.augmentation.crops import joint_row, person_square
from voxelpose.data.example import Example
from voxelpose.data.labels import CameraJoints, Labels, back_project
from voxelpose.data.source import ExampleSource
from voxelpose.evaluation.metrics.functions import FEWEST_ALIGNED_JOINTS, mpjpe, pa_mpjpe, pck
from voxelpose.geometry import Crop, VoxelGrid
from voxelpose.geometry.align import root_relative
from voxelpose.skeleton import Skeleton

# The joints that every 2D benchmark shares: ankles, knees, hips, wrists, elbows, shoulders.
LIMB_JOINTS = tuple(
    f"{side}_{joint}" for joint in ("ankle", "knee", "hip", "wrist", "elbow", "shoulder") for side in ("right", "left")
)
_TORSO_FRACTION = 0.2

Predictor = Callable[[np.ndarray], np.ndarray]
# (number, example, crop) -> what the network is shown.
Shown = Callable[[int, Example, Crop], np.ndarray]


@dataclass(frozen=True, eq=False)
class ValidationPeople:
    """Fixed crops of everybody in a source, and the labels behind them.

    images: (N, S, S, C) uint8, what the network is shown; crops: where that lies in the pictures.
    """

    name: str
    labels: Labels
    grid: VoxelGrid
    images: np.ndarray
    crops: tuple[Crop, ...]

    @classmethod
    def of(
        cls, source: ExampleSource, size: int, margin: float, grid: VoxelGrid, shown: Shown | None = None
    ) -> "ValidationPeople":
        """Cut the crops (size, size) of all examples that show a person.

        margin: side of the crop over the longer side of the person's box, as in training. shown: by default the picture
        in the crop.
        """
        labels = source.labels()
        rows = np.flatnonzero(labels.present)
        images, crops = [], []
        for number, row in enumerate(rows):
            example = source[int(row)]
            center, longest = person_square(example)
            crop = Crop.around(center, margin * longest, size)
            crops.append(crop)
            images.append(crop.warp(example.image) if shown is None else shown(number, example, crop))
        return cls(source.name, labels.select(rows), grid, np.stack(images), tuple(crops))

    @property
    def skeleton(self) -> Skeleton:
        return self.labels.skeleton

    def batch(self) -> dict[str, np.ndarray]:
        """The labels as those of a batch (`data.batches`): joints in fractions of the crops and the depth range."""
        rows = [
            joint_row(joints, weights, crop, self.grid)
            for joints, weights, crop in zip(self.labels.joints, self.labels.weights, self.crops, strict=True)
        ]
        present = np.ones(len(rows), np.float32)
        labels = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
        return {**labels, "present": present, "present_weight": present}

    @property
    def metric(self) -> bool:
        """Whether anybody's joints are known in mm, so that errors can be told in mm."""
        return bool(self.truth.known.any())

    @property
    def measure(self) -> str:
        """Which errors are told, and over how many joints of how many people."""
        if self.metric:
            known, what = self.truth.known, "mm"
        else:
            known, what = self._plane()[2], f"PCK at {_TORSO_FRACTION:g} of the torso, no joint is known in mm;"
        return f"{what} over {known.sum():,} joints of {known.any(1).sum():,} of {len(known):,} people"

    @cached_property
    def truth(self) -> CameraJoints:
        """True joints (N, J, 3) in mm, relative to the root, and where they are known; people of whom fewer than three
        joints are, or not the root, count as unknown."""
        mm, known = self.labels.in_camera()
        rooted = known[:, self.skeleton.root] & self.labels.cameras.root_known
        known = known & (rooted & (known.sum(1) >= FEWEST_ALIGNED_JOINTS))[:, None]
        relative = root_relative(mm.astype(np.float64), self.skeleton.root)
        return CameraJoints(np.where(known[..., None], relative, 0), known)

    def errors(self, predict: Predictor) -> dict[str, float]:
        """Errors of a predictor: images (N, S, S, C) uint8 -> grid fractions (N, J, 3).

        Where joints are known in mm "mpjpe" and "pa_mpjpe" in mm over them, root-relative and with the true root depth,
        those outside the picture included; otherwise "pck" (fraction of annotated limb joints within 0.2 torso).
        """
        fractions = predict(self.images)
        if not self.metric:
            return {"pck": self._pck(fractions)}
        return self.errors_of(self.joints_mm(fractions))

    def errors_of(self, joints_mm: np.ndarray) -> dict[str, float]:
        """ "mpjpe" and "pa_mpjpe" of joints (N, J, 3) in mm relative to the root."""
        true, known = self.truth
        return {
            "mpjpe": float(mpjpe(joints_mm, true, known)),
            "pa_mpjpe": float(pa_mpjpe(joints_mm, true, known)),
        }

    def joints_mm(self, fractions: np.ndarray) -> np.ndarray:
        """Grid fractions (N, J, 3) -> joints in mm relative to the root, with the true root depth and z = 0 for it.

        Depth is measured as in the labels: along the ray through the middle of the picture, not of the crop.
        """
        depth = self.grid.fraction_to_depth(fractions[..., 2]).astype(np.float64)
        depth[:, self.skeleton.root] = 0
        depth += self.labels.cameras.root_depth_mm[:, None]
        joints = back_project(self._pixels(fractions), depth, self.labels.cameras, self.labels.size)
        return root_relative(joints, self.skeleton.root)

    def _pixels(self, fractions: np.ndarray) -> np.ndarray:
        """(N, J, 2) in the pictures."""
        return np.stack([crop.from_fractions(f[:, :2]) for crop, f in zip(self.crops, fractions, strict=True)])

    def _plane(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Limb joints in the pictures (N, L, 2), the torso's length (N,) in pixels, and which joints count (N, L)."""
        skeleton = self.skeleton
        true, known = self.labels.joints[..., :2], self.labels.weights[..., 0] > 0
        limbs = [skeleton.index(name) for name in LIMB_JOINTS if name in skeleton.joints]
        torso = [skeleton.index("left_shoulder"), skeleton.index("right_hip")]
        length = np.linalg.norm(true[:, torso[0]] - true[:, torso[1]], axis=-1)
        usable = known[:, torso].all(-1) & (length > 0)
        return true[:, limbs], length, known[:, limbs] & usable[:, None]

    def _pck(self, fractions: np.ndarray) -> float:
        limbs = [self.skeleton.index(name) for name in LIMB_JOINTS if name in self.skeleton.joints]
        true, length, known = self._plane()
        usable = known.any(1)
        predicted = self._pixels(fractions)[usable][:, limbs]
        return float(pck(predicted, true[usable], length[usable], _TORSO_FRACTION, known[usable]))


def mean_pose_errors(train: np.ndarray, validation: ValidationPeople) -> dict[str, float]:
    """Errors of always answering the mean of the training poses (N, J, 3), root-relative in mm."""
    return validation.errors_of(np.broadcast_to(train.mean(0), validation.truth.mm.shape))
