"""What a network has to beat: always answering the mean of the training poses."""

from collections.abc import Mapping, Sequence

import numpy as np

from voxelpose.data.batches import WeightedSource
from voxelpose.data.source import ExampleSource
from voxelpose.evaluation.people.validation import ValidationPeople, mean_pose_errors
from voxelpose.geometry import root_relative


def mean_pose_baselines(
    sources: Sequence[WeightedSource], validation: Mapping[str, ValidationPeople]
) -> dict[str, float]:
    """Errors of the mean pose by held-out set and metric, "people/mpjpe": ...; empty where no pose is known in mm."""
    metric = {name: people for name, people in validation.items() if people.metric}
    known = [_known_poses(source.examples) for source in sources] if metric else []
    poses = np.concatenate(known) if known else np.zeros(0)
    return {
        f"{name}/{measure}": value
        for name, people in metric.items()
        if len(poses)
        for measure, value in mean_pose_errors(poses, people).items()
    }


def _known_poses(source: ExampleSource) -> np.ndarray:
    """Root-relative poses (N, J, 3) in mm of which every joint is known, among the examples whose labels are there."""
    if not (source.people and source.depth):
        return np.zeros((0, len(source.skeleton), 3))
    mm, known = source.labels(np.arange(source.ready)).in_camera()
    return root_relative(mm[known.all(1)].astype(np.float64), source.skeleton.root)
