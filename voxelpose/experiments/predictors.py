"""What answers for a finished run: a network, two in a row, or a look-up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.data.augmentation.heatmaps import encode
from voxelpose.evaluation.predictions.predict import Place
from voxelpose.experiments.decoupled_halves import joined
from voxelpose.experiments.experiment_paths import Places
from voxelpose.experiments.nearest import PoseBank
from voxelpose.experiments.scoring import Answer, TestPeople, network_answer
from voxelpose.experiments.suite import DIRECT, Run
from voxelpose.inference.runtime.loading import LoadedNetwork, load_network
from voxelpose.networks import decode
from voxelpose.networks.build import build_network
from voxelpose.networks.counting import multiply_accumulates, trainable_parameters
from voxelpose.networks.presets import Preset
from voxelpose.skeleton import Skeleton, get_skeleton
from voxelpose.training.config.run import TrainingConfig
from voxelpose.training.setup.data_sources import load_source

_GIGA = 1e9


@dataclass(frozen=True, eq=False)
class Contestant:
    """joints_mm: test people -> joints (N, J, 3) in mm of the camera frame, by how they were read; skeleton: of those
    joints; parameters, gmac: what all its networks have and cost."""

    joints_mm: Callable[[TestPeople], Mapping[str, np.ndarray]]
    skeleton: Skeleton
    parameters: int
    gmac: float


def contestant_of(places: Places, run: Run, config: TrainingConfig) -> Contestant:
    """The contestant of a run whose training, if there is any, is finished."""
    variant = places.suite.variants[run.variant]
    if variant.recipe == "nearest":
        return _looking_up(_load(places.weights(Run(variant.after, run.seed))), config)
    own = _load(places.weights(run))
    if own.preset.kind == "lifter":
        own = _load(joined(places, run))
    if own.preset.kind == "joint_lifter":
        return _lifting_joints(_load(places.weights(Run(variant.after, run.seed))), own)
    return _of(network_answer(own, places.suite.decoders), own.preset, own.preset, own)


def _load(weights) -> LoadedNetwork:
    return load_network(weights=str(weights), runtime="tensorflow")


def _of(answer: Answer, seeing: Preset, reaching: Preset, *networks: LoadedNetwork) -> Contestant:
    reach = (reaching.near_mm, reaching.far_mm)
    costs = [_costs(loaded.preset) for loaded in networks]
    return Contestant(
        joints_mm=lambda test: test.joints_mm(answer, seeing, reach),
        skeleton=get_skeleton(seeing.skeleton),
        parameters=sum(parameters for parameters, _ in costs),
        gmac=sum(operations for _, operations in costs) / _GIGA,
    )


def _lifting_joints(seeing: LoadedNetwork, lifting: LoadedNetwork) -> Contestant:
    """An image network's heatmaps, as a lifter of joints has learned to read them."""

    def answer(crops: np.ndarray, places: Sequence[Place]) -> dict[str, np.ndarray]:
        # Through the bytes in which heatmaps travel in training.
        roots = encode(_heatmaps(seeing, crops)).astype(np.float32) / 255
        return {DIRECT: lifting.network(roots)["coordinates"].reshape(len(crops), -1, 3)}

    return _of(answer, seeing.preset, lifting.preset, seeing, lifting)


def _looking_up(seeing: LoadedNetwork, config: TrainingConfig) -> Contestant:
    """An image network's joints, answered with the nearest of the poses that `config` names."""
    preset = seeing.preset
    skeleton = get_skeleton(preset.skeleton)
    parameters, operations = _costs(preset)

    def joints_mm(test: TestPeople) -> dict[str, np.ndarray]:
        bank = PoseBank.of(load_source(config.data.train[0], None, skeleton))
        joints = test.pixels(lambda crops, places: decode.argmax(_heatmaps(seeing, crops)[..., None]), preset)
        return {DIRECT: bank.look_up(joints, skeleton.root)}

    return Contestant(joints_mm, skeleton, parameters, operations / _GIGA)


def _heatmaps(seeing: LoadedNetwork, crops: np.ndarray) -> np.ndarray:
    """(B, H, W, J) likelihoods."""
    preset = seeing.preset
    outputs = seeing.network(crops.astype(np.float32) / 255)
    finest = max(name for name in outputs if name.startswith("volume_"))
    volume = decode.volume_view(outputs[finest], len(get_skeleton(preset.skeleton)))
    return decode.heatmap(volume, preset.temperature)


def _costs(preset: Preset) -> tuple[int, int]:
    """Parameters that could be trained, and multiply-accumulates, of a network."""
    model = build_network(preset.kind, preset.architecture)
    return trainable_parameters(model), multiply_accumulates(model)
