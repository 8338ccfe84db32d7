"""What a network has to beat: always answering the mean of the training poses."""

from collections.abc import Mapping, Sequence

import numpy as np

from voxelpose.data.batches import Source
from voxelpose.data.depth_hiding import Depthless, DepthRefused
from voxelpose.data.store.stored_examples import StoredExamples
from voxelpose.evaluation.people.validation import HeldOutPeople, mean_pose_errors
from voxelpose.geometry import root_relative
from voxelpose.synthetic.empty import EmptyPhotographs
from voxelpose.synthetic.poses_only import PosesOnly
from voxelpose.training.setup.trained_network import TrainedNetwork

# So many poses have the mean of all, to a millimetre or two.
_ENOUGH = 1000


def mean_pose_baselines(
    sources: Sequence[Source], heldout: Mapping[str, HeldOutPeople], network: TrainedNetwork
) -> dict[str, float]:
    """Errors of the mean pose by held-out set and metric, "people/mpjpe": ...; empty where no pose is known in mm."""
    known = np.concatenate([_known_poses(source, network) for source in sources])
    return {
        f"{name}/{metric}": value
        for name, people in heldout.items()
        if people.metric and len(known)
        for metric, value in mean_pose_errors(known, people).items()
    }


def _known_poses(source: Source, network: TrainedNetwork) -> np.ndarray:
    """Root-relative poses in mm of the examples that know their camera; of a growing source those it begins with."""
    examples = source.examples
    if isinstance(examples, Depthless | DepthRefused | EmptyPhotographs):
        return np.zeros((0, len(network.skeleton), 3))
    if source.first is not None:
        examples = examples.head(source.first)
    elif isinstance(examples, PosesOnly):
        examples = examples.head(min(len(examples), _ENOUGH))
    rows = np.flatnonzero(
        examples.present & np.isfinite(examples.views).all(-1) & np.isfinite(examples.joints).all((1, 2))
    )
    if not len(rows):
        return np.zeros((0, len(network.skeleton), 3))
    if isinstance(examples, StoredExamples):
        return root_relative(examples.joints_mm[rows].astype(np.float64), network.skeleton.root)
    known = examples.select(rows)
    return HeldOutPeople(known, network.grid, known.images, (None,) * len(known)).true_mm()
