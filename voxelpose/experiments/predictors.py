"""What predicts for a finished run: a network, two in a row, or a look-up; what a lifter has of its image network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voxelpose.data.augmentation.heatmaps import encode
from voxelpose.data.depth_hiding import DepthHidden
from voxelpose.errors import InputError
from voxelpose.evaluation.calibration.heatmap_fit import fit_heatmap_errors
from voxelpose.evaluation.predictions.predict import CropPlace
from voxelpose.experiments.experiment_paths import ExperimentPaths, load_people_choice
from voxelpose.experiments.nearest import PoseBank
from voxelpose.experiments.scoring import CropPredictor, TestPeople, crop_predictor
from voxelpose.experiments.suite import DIRECT, Run
from voxelpose.inference.runtime.loading import LoadedNetwork, load_network
from voxelpose.inference.runtime.merge_halves import merge_halves
from voxelpose.networks import decode
from voxelpose.networks.build import build_network
from voxelpose.networks.counting import multiply_accumulates, trainable_parameters
from voxelpose.networks.kinds import KINDS
from voxelpose.networks.outputs import outputs_of
from voxelpose.networks.presets import Preset
from voxelpose.skeleton import Skeleton, get_skeleton
from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.setup.data_sources import load_source

_GIGA = 1e9


@dataclass(frozen=True, eq=False)
class Predictor:
    """joints_mm: test people -> joints (N, J, 3) in mm of the camera frame, by decoder; skeleton: of those joints;
    parameters, gmac: what all its networks have and cost."""

    joints_mm: Callable[[TestPeople], Mapping[str, np.ndarray]]
    skeleton: Skeleton
    parameters: int
    gmac: float


def predictor_of(paths: ExperimentPaths, run: Run, config: TrainingConfig) -> Predictor:
    """The predictor of a run whose training, if there is any, is finished."""
    variant = paths.suite.variants[run.variant]
    if variant.recipe == "nearest":
        return _nearest_pose(_load(paths.weights(Run(variant.after, run.seed))), config)
    network = _load(paths.weights(run))
    if KINDS[network.preset.architecture.kind].half_of is not None:
        network = _load(joined_weights(paths, run))
    if network.preset.architecture.reads == "heatmaps":
        return _lifted_joints(_load(paths.weights(Run(variant.after, run.seed))), network)
    return _predictor(crop_predictor(network, paths.suite.decoders), network.preset, network.preset, network)


def fitted_heatmap_errors(paths: ExperimentPaths, image_run: Run, log: Callable[[str], None]) -> Path:
    """The file of the heatmap errors of an image network, fitted if it isn't there: by 2D labels of the validation
    people, whose depth and camera are taken away before. InputError while the image network isn't trained."""
    if not paths.result(image_run).exists():
        raise InputError(f"Expected the run {image_run.name} to be finished. Received: one that isn't.")
    path = paths.training(image_run) / "heatmap-errors.json"
    if not path.exists():
        people = load_people_choice(paths.suite.validation, log)
        without_depth = replace(people, examples=DepthHidden(people.examples), labels=people.labels.without_depth())
        fit_heatmap_errors(_load(paths.weights(image_run)), without_depth).save(path)
        log(f"heatmap errors: {path}")
    return path


def joined_weights(paths: ExperimentPaths, lifter: Run) -> Path:
    """The file of the whole network that a lifter and its image network make."""
    image_run = Run(paths.suite.variants[lifter.variant].after, lifter.seed)
    path = paths.training(lifter) / "joined.weights.h5"
    merge_halves(paths.weights(image_run), paths.weights(lifter), path)
    return path


def _load(weights: Path) -> LoadedNetwork:
    return load_network(weights=str(weights), runtime="tensorflow")


def _predictor(
    predict: CropPredictor, image_network: Preset, depth_network: Preset, *networks: LoadedNetwork
) -> Predictor:
    """depth_network: the preset whose depth range the fractions are of."""
    depth_range = (depth_network.input.near_mm, depth_network.input.far_mm)
    costs = [_costs(loaded.preset) for loaded in networks]
    return Predictor(
        joints_mm=lambda test: test.joints_mm(predict, image_network, depth_range),
        skeleton=get_skeleton(image_network.input.skeleton),
        parameters=sum(parameters for parameters, _ in costs),
        gmac=sum(operations for _, operations in costs) / _GIGA,
    )


def _lifted_joints(image_network: LoadedNetwork, lifter: LoadedNetwork) -> Predictor:
    """An image network's heatmaps, as a lifter of joints has learned to read them."""

    def predict(crops: np.ndarray, places: Sequence[CropPlace]) -> dict[str, np.ndarray]:
        # Through the bytes in which heatmaps travel in training.
        roots = encode(_heatmaps(image_network, crops)).astype(np.float32) / 255
        arrays = lifter.network(roots)
        joints = outputs_of(arrays, len(get_skeleton(lifter.preset.input.skeleton))).joints
        return {DIRECT: joints.fractions(arrays, lifter.preset.calibration.temperature)}

    return _predictor(predict, image_network.preset, lifter.preset, image_network, lifter)


def _nearest_pose(image_network: LoadedNetwork, config: TrainingConfig) -> Predictor:
    """The poses that `config` names which look most like an image network's joints."""
    preset = image_network.preset
    skeleton = get_skeleton(preset.input.skeleton)
    parameters, operations = _costs(preset)

    def joints_mm(test: TestPeople) -> dict[str, np.ndarray]:
        bank = PoseBank.of(load_source(config.data.train[0], None, skeleton))
        joints = test.pixels(lambda crops: decode.argmax(_heatmaps(image_network, crops)[..., None]), preset)
        return {DIRECT: bank.look_up(joints, skeleton.root)}

    return Predictor(joints_mm, skeleton, parameters, operations / _GIGA)


def _heatmaps(image_network: LoadedNetwork, crops: np.ndarray) -> np.ndarray:
    """(B, H, W, J) likelihoods."""
    preset = image_network.preset
    arrays = image_network.network(crops.astype(np.float32) / 255)
    outputs = outputs_of(arrays, len(get_skeleton(preset.input.skeleton)))
    return outputs.volumes.heatmaps(arrays, preset.calibration.temperature)


def _costs(preset: Preset) -> tuple[int, int]:
    """Parameters that could be trained, and multiply-accumulates, of a network."""
    model = build_network(preset.architecture.kind, preset.architecture.arguments)
    return trainable_parameters(model), multiply_accumulates(model)
