"""From a configuration to the network that trains, with the weights that it begins with, and how it answers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import keras
import numpy as np
import tensorflow as tf

from voxelpose.errors import InputError
from voxelpose.geometry import VoxelGrid
from voxelpose.networks.backbones.lite0 import freeze_backbone
from voxelpose.networks.backbones.weights import load_backbone
from voxelpose.networks.build import build_network
from voxelpose.networks.kinds import KINDS
from voxelpose.networks.outputs import NetworkOutputs
from voxelpose.networks.presets import Architecture, Preset, get_preset
from voxelpose.networks.weights_io import load_weights
from voxelpose.skeleton import Skeleton, get_skeleton
from voxelpose.training.config.training_config import Network
from voxelpose.training.optimizer.layer_rules import freeze_layers, freeze_normalization
from voxelpose.training.setup.warm_start import warm_start

_PREDICTION_BATCH = 64


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """The network that a run trains and the facts that it is read by."""

    model: keras.Model
    preset: Preset
    skeleton: Skeleton

    @cached_property
    def outputs(self) -> NetworkOutputs:
        """What the network emits."""
        return NetworkOutputs.of_model(self.model, len(self.skeleton))

    @property
    def grid(self) -> VoxelGrid:
        """The grid of the last, finest stage; a single cell for a network without volumes."""
        return self.outputs.joints.grid(self.preset.input.near_mm, self.preset.input.far_mm)


def describe_network(config: Network) -> Preset:
    """The preset that a configuration means: the named one, with what the configuration changes.

    Its calibration is that of freshly initialised weights, whatever was fitted for those that ship.
    """
    custom = Preset("custom", Architecture(config.kind or "volumetric"))
    base = get_preset(config.preset) if config.preset else custom
    if config.kind not in (None, base.architecture.kind):
        raise InputError(
            f"network.kind is {config.kind}, but the preset {base.name} is of kind {base.architecture.kind}."
        )
    arguments = {**base.architecture.arguments, **config.architecture}
    if "depths" in arguments:
        arguments["depths"] = tuple(arguments["depths"])
    return replace(
        base,
        name="custom" if config.architecture else base.name,
        architecture=replace(base.architecture, arguments=arguments),
        input=_changed(base.input, config),
        calibration=_changed(base.calibration, config),
        card=replace(base.card, weights=None) if config.architecture else base.card,
    )


def build_trained_network(config: Network, log: Callable[[str], None]) -> TrainedNetwork:
    """Build the network, put the weights into it that it begins with, and freeze what is not to be trained.

    log: gets sentences about what was taken and frozen. InputError for what cannot be built.
    """
    preset = describe_network(config)
    skeleton = get_skeleton(preset.input.skeleton)
    architecture = _with_joints(preset.architecture, len(skeleton))
    model = build_network(architecture.kind, architecture.arguments)
    card = replace(preset.card, parameters=trainable_count(model))
    preset = replace(preset, architecture=architecture, card=card)
    if config.backbone != "none":
        load_backbone(model, config.backbone)
    if config.initial_weights is not None:
        load_weights(model, config.initial_weights)
    if config.warm_start is not None:
        log(f"warm start from {config.warm_start}: {warm_start(model, config.warm_start)}")
    if config.freeze_groups:
        freeze_backbone(model, config.freeze_groups)
    if config.normalization == "frozen":
        freeze_normalization(model)
    if config.freeze:
        log(f"frozen: {freeze_layers(model, config.freeze)} arrays of {', '.join(config.freeze)}")
    return TrainedNetwork(model, preset, skeleton)


def _changed(part, config: Network):
    """A part of a preset with what the configuration says about it."""
    given = {field.name: getattr(config, field.name, None) for field in fields(part)}
    return replace(part, **{name: value for name, value in given.items() if value is not None})


def _with_joints(architecture: Architecture, joints: int) -> Architecture:
    """The architecture for a skeleton of so many joints."""
    return replace(architecture, arguments=KINDS[architecture.kind].with_joints(architecture.arguments, joints))


def trainable_count(model: keras.Model) -> int:
    """How many numbers training changes."""
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


def predictor(network: TrainedNetwork) -> Callable[[np.ndarray], np.ndarray]:
    """The function network input (N, ...) uint8 -> grid fractions (N, J, 3) of the model as it is at each call."""
    joints, temperature = network.outputs.joints, network.preset.calibration.temperature
    parts = array_parts(network, joints.names)
    return lambda images: np.concatenate([joints.fractions(arrays, temperature) for arrays in parts(images)])


def array_parts(
    network: TrainedNetwork, names: Sequence[str]
) -> Callable[[np.ndarray], Iterator[dict[str, np.ndarray]]]:
    """The function network input (N, ...) uint8 -> the arrays of these names, a few examples at a time: all volumes of
    a validation set would not fit into memory."""

    @tf.function(reduce_retracing=True, autograph=False)
    def forward(images):
        arrays = network.model(tf.cast(images, tf.float32) / 255.0, training=False)
        return {name: arrays[name] for name in names}

    def parts(images: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
        for start in range(0, len(images), _PREDICTION_BATCH):
            arrays = forward(images[start : start + _PREDICTION_BATCH])
            yield {name: array.numpy() for name, array in arrays.items()}

    return parts
