"""What answers for a finished run: a network, two in a row, or a look-up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from voxelpose.experiments.halves import joined
from voxelpose.experiments.places import Places
from voxelpose.experiments.scoring import Answer, TestPeople, network_answer
from voxelpose.experiments.suite import Run
from voxelpose.inference.loading import keras_model, load_network, preset_in
from voxelpose.networks.counting import multiply_accumulates, trainable_parameters
from voxelpose.networks.presets import Preset
from voxelpose.skeleton import Skeleton, get_skeleton

_GIGA = 1e9


@dataclass(frozen=True, eq=False)
class Contestant:
    """joints_mm: test people -> joints (N, J, 3) in mm of the camera frame, by how they were read; skeleton: of those
    joints; parameters, gmac: what all its networks have and cost."""

    joints_mm: Callable[[TestPeople], Mapping[str, np.ndarray]]
    skeleton: Skeleton
    parameters: int
    gmac: float


def contestant_of(places: Places, run: Run) -> Contestant:
    """The contestant of a run whose training is finished."""
    weights = places.weights(run)
    kind = preset_in(weights).kind
    if kind == "lifter":
        weights = joined(places, run)
    loaded = load_network(weights=str(weights), runtime="tensorflow")
    model = keras_model(loaded.preset, weights)
    return _answering(network_answer(loaded, places.suite.decoders), loaded.preset, model)


def _answering(answer: Answer, preset: Preset, *models) -> Contestant:
    return Contestant(
        joints_mm=lambda test: test.joints_mm(answer, preset),
        skeleton=get_skeleton(preset.skeleton),
        parameters=sum(map(trainable_parameters, models)),
        gmac=sum(map(multiply_accumulates, models)) / _GIGA,
    )
