"""The people that a network gets most wrong, ready to be drawn."""

from dataclasses import dataclass

import numpy as np

from voxelpose.evaluation.metrics.pairs import Pairs, PredictedJoints
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.reports.diagnosis import worst_people
from voxelpose.skeleton import Skeleton

COUNT = 20


@dataclass(frozen=True, eq=False)
class WorstCase:
    """One person. image: (S, S, 3) uint8 RGB; pixels: (J, 2) in it, NaN where unknown; joints: (J, 3) in mm, relative
    to the root, None where there are none; each for the prediction and the truth, in their own skeletons.
    """

    title: str
    image: np.ndarray
    predicted_skeleton: Skeleton
    predicted_pixels: np.ndarray
    predicted_joints: np.ndarray | None
    true_skeleton: Skeleton
    true_pixels: np.ndarray
    true_joints: np.ndarray | None


def worst_cases(
    pairs: Pairs, predicted: PredictedJoints, people: People, unit: str, count: int = COUNT
) -> list[WorstCase]:
    """The `count` people of the largest mean error, worst first; their pictures are read only now. unit: mm or px."""
    return [
        WorstCase(
            title=f"#{index}  {error:.0f} {unit}",
            image=people.examples[index].image,
            predicted_skeleton=predicted.skeleton,
            predicted_pixels=_shown(predicted, people, index),
            predicted_joints=_relative(predicted.joints_mm, predicted.skeleton, index),
            true_skeleton=people.skeleton,
            true_pixels=people.pixels[index],
            true_joints=_relative(people.joints_mm, people.skeleton, index),
        )
        for index, error in worst_people(pairs, count)
    ]


def _shown(predicted: PredictedJoints, people: People, index: int) -> np.ndarray:
    """(J, 2) pixels of a prediction: its own, or its joints in mm seen by the camera; NaN where neither is there."""
    if predicted.pixels is not None:
        return predicted.pixels[index]
    camera, joints = people.camera(index), predicted.joints_mm[index]
    if camera is None or not (joints[:, 2] > 0).all():
        return np.full((len(joints), 2), np.nan)
    return camera.project(joints)


def _relative(joints: np.ndarray | None, skeleton: Skeleton, index: int) -> np.ndarray | None:
    if joints is None or not np.isfinite(joints[index, skeleton.root]).all():
        return None
    return joints[index] - joints[index, skeleton.root]
