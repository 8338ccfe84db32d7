"""From a configuration to the things that train: network, sources of examples, held-out people."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf

from voxelpose.data.augment import ViewMaker
from voxelpose.data.example import ExampleSet
from voxelpose.data.lspet import load_lspet
from voxelpose.data.pipeline import BatchStream, Source
from voxelpose.data.store import StoredExamples, load_store
from voxelpose.errors import InputError
from voxelpose.evaluation.heldout import HeldOutPeople
from voxelpose.geometry import VoxelGrid
from voxelpose.networks import decode
from voxelpose.networks.backbone import freeze_backbone
from voxelpose.networks.backbone_weights import load_backbone
from voxelpose.networks.presets import Preset, get_preset
from voxelpose.networks.volumetric import VolumetricHourglass
from voxelpose.networks.weights_io import load_weights
from voxelpose.skeleton import Skeleton, get_skeleton
from voxelpose.synthetic.growing import GrowingPool, Painter
from voxelpose.training.config import Drawn, Lspet, Network, Stored, TrainingConfig
from voxelpose.training.layers import freeze_layers, freeze_normalization
from voxelpose.training.pools import drawn_people
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
        """The grid of the last, finest stage."""
        stages = [name for name in self.model.output if name.startswith("volume_")]
        depth = self.preset.architecture["depths"][-1]
        side = self.model.output[stages[-1]].shape[1] if stages else depth
        return VoxelGrid(side, side, depth, self.preset.near_mm, self.preset.far_mm)


def describe_network(config: Network) -> Preset:
    """The preset that a configuration means: the named one, with what the configuration changes."""
    base = get_preset(config.preset) if config.preset else Preset("custom", {}, 0, 0.0)
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
    architecture = {**preset.architecture, "joints": len(skeleton)}
    try:
        model = VolumetricHourglass(**architecture)
    except (TypeError, ValueError) as error:
        raise InputError(f"network.architecture cannot be built: {error}") from error
    preset = replace(preset, architecture=architecture, parameters=trainable_count(model))
    if config.backbone == "imagenet":
        load_backbone(model)
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


def trainable_count(model: keras.Model) -> int:
    """How many numbers training changes."""
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


def load_source(
    config: Drawn | Lspet | Stored, painter: Painter, skeleton: Skeleton
) -> ExampleSet | GrowingPool | StoredExamples:
    """The examples of one source, as soon as they are drawn; those of a store stay on disk."""
    if isinstance(config, Stored):
        store = load_store(config.path, skeleton)
        return store.select(np.arange(min(config.limit or len(store), len(store))))
    if isinstance(config, Lspet):
        return load_lspet(config.path, config.part, skeleton, config.limit)
    return drawn_people(config, painter, skeleton)


def batch_stream(config: TrainingConfig, subject: Subject, painter: Painter) -> BatchStream:
    """The augmented batches of all training sources."""
    views = ViewMaker(
        subject.preset.input_size,
        subject.grid,
        subject.skeleton,
        subject.preset.crop_margin,
        config.augmentation.geometric.build(),
        config.augmentation.photometric.build(),
    )
    sources = [
        Source(
            load_source(source, painter, subject.skeleton),
            source.share,
            views,
            source.weight,
            getattr(source, "first", None),
        )
        for source in config.data.train
    ]
    return BatchStream(sources, config.schedule.batch_size, config.seed)


def heldout_people(config: TrainingConfig, subject: Subject, painter: Painter) -> dict[str, HeldOutPeople]:
    """The held-out sets by name, in the order of the configuration."""
    size, margin = subject.preset.input_size, subject.preset.crop_margin
    examples = [_in_memory(load_source(source, painter, subject.skeleton)) for source in config.data.heldout]
    names = _distinct([e.name for e in examples])
    return {name: HeldOutPeople.of(e, size, margin, subject.grid) for name, e in zip(names, examples, strict=True)}


def _distinct(names: list[str]) -> list[str]:
    """The names, where one stands twice with its number behind it."""
    return [f"{name}-{names[:i].count(name) + 1}" if name in names[:i] else name for i, name in enumerate(names)]


def _in_memory(examples: ExampleSet | StoredExamples) -> ExampleSet:
    """Held-out people are measured again and again: their pictures are decoded once."""
    return examples.load() if isinstance(examples, StoredExamples) else examples


def predictor(subject: Subject) -> Callable[[np.ndarray], np.ndarray]:
    """The function images (N, S, S, 3) uint8 -> grid fractions (N, J, 3) of the model as it is at each call."""
    joints, temperature = len(subject.skeleton), subject.preset.temperature

    @tf.function(reduce_retracing=True, autograph=False)
    def forward(images):
        return subject.model(tf.cast(images, tf.float32) / 255.0, training=False)

    def predict(images: np.ndarray) -> np.ndarray:
        parts = []
        for start in range(0, len(images), _PREDICTION_BATCH):
            outputs = forward(images[start : start + _PREDICTION_BATCH])
            volume = outputs[f"volume_{len(subject.preset.architecture['depths'])}"].numpy()
            parts.append(decode.soft_argmax(decode.volume_view(volume, joints), temperature))
        return np.concatenate(parts)

    return predict
