"""From a configuration to the network that trains, with the weights that it begins with, and how it answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from voxelpose.errors import InputError
from voxelpose.geometry import VoxelGrid
from voxelpose.networks import decode
from voxelpose.networks.backbone import freeze_backbone
from voxelpose.networks.backbone_weights import load_backbone
from voxelpose.networks.build import build_network
from voxelpose.networks.presets import Preset, get_preset
from voxelpose.networks.weights_io import load_weights
from voxelpose.skeleton import Skeleton, get_skeleton
from voxelpose.training.config import Network
from voxelpose.training.layers import freeze_layers, freeze_normalization
from voxelpose.training.warm_start import warm_start

_PREDICTION_BATCH = 64
_OVERRIDES = ("skeleton", "near_mm", "far_mm", "crop_margin", "temperature")


@dataclass(frozen=True, eq=False)
class Subject:
    """The network that a run trains and the facts that it is read by."""

    model: keras.Model
    preset: Preset
    skeleton: Skeleton

    @property
    def grid(self) -> VoxelGrid:
        """The grid of the last, finest stage; a single cell for a network without volumes."""
        near, far = self.preset.near_mm, self.preset.far_mm
        if not self.stages:
            return VoxelGrid(1, 1, 1, near, far)
        _, height, width, channels = self.model.output[self.stages[-1]].shape
        return VoxelGrid(width, height, channels // len(self.skeleton), near, far)

    @property
    def stages(self) -> list[str]:
        """Names of the volumes, coarse to fine."""
        return sorted(name for name in self.model.output if name.startswith("volume_"))


def describe_network(config: Network) -> Preset:
    """The preset that a configuration means: the named one, with what the configuration changes."""
    custom = Preset("custom", {}, 0, 0.0, kind=config.kind or "volumetric")
    base = get_preset(config.preset) if config.preset else custom
    if config.kind not in (None, base.kind):
        raise InputError(f"network.kind is {config.kind}, but the preset {base.name} is of kind {base.kind}.")
    changes = {name: getattr(config, name) for name in _OVERRIDES if getattr(config, name) is not None}
    if config.architecture:
        changes |= {"name": "custom", "weights": None}
    architecture = {**base.architecture, **config.architecture}
    if "depths" in architecture:
        architecture["depths"] = tuple(architecture["depths"])
    return replace(base, architecture=architecture, **changes)


def build_subject(config: Network, say: Callable[[str], None]) -> Subject:
    """Build the network, put the weights into it that it begins with, and freeze what is not to be trained.

    say: told what was taken and frozen. InputError for what cannot be built.
    """
    preset = describe_network(config)
    skeleton = get_skeleton(preset.skeleton)
    architecture = _with_joints(preset, len(skeleton))
    model = build_network(preset.kind, architecture)
    preset = replace(preset, architecture=architecture, parameters=trainable_count(model))
    if config.backbone != "none":
        load_backbone(model, config.backbone)
    if config.initial_weights is not None:
        load_weights(model, config.initial_weights)
    if config.warm_start is not None:
        say(f"warm start from {config.warm_start}: {warm_start(model, config.warm_start)}")
    if config.freeze_groups:
        freeze_backbone(model, config.freeze_groups)
    if config.normalization == "frozen":
        freeze_normalization(model)
    if config.freeze:
        say(f"frozen: {freeze_layers(model, config.freeze)} arrays of {', '.join(config.freeze)}")
    return Subject(model, preset, skeleton)


def _with_joints(preset: Preset, joints: int) -> dict[str, Any]:
    """The architecture for a skeleton of so many joints."""
    if preset.kind == "decoupled":
        seeing = {**preset.architecture.get("image_network", {}), "joints": joints}
        return {**preset.architecture, "image_network": seeing}
    return {**preset.architecture, "joints": joints}


def trainable_count(model: keras.Model) -> int:
    """How many numbers training changes."""
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


def predictor(subject: Subject) -> Callable[[np.ndarray], np.ndarray]:
    """The function network input (N, ...) uint8 -> grid fractions (N, J, 3) of the model as it is at each call."""
    joints, temperature = len(subject.skeleton), subject.preset.temperature

    @tf.function(reduce_retracing=True, autograph=False)
    def forward(images):
        return subject.model(tf.cast(images, tf.float32) / 255.0, training=False)

    def predict(images: np.ndarray) -> np.ndarray:
        parts = []
        for start in range(0, len(images), _PREDICTION_BATCH):
            outputs = forward(images[start : start + _PREDICTION_BATCH])
            if not subject.stages:
                parts.append(outputs["coordinates"].numpy().reshape(-1, joints, 3))
                continue
            volume = decode.volume_view(outputs[subject.stages[-1]].numpy(), joints)
            parts.append(decode.soft_argmax(volume, temperature))
        return np.concatenate(parts)

    return predict
