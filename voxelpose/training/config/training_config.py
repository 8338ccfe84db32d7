"""What a training run is, as typed values: every key is read, every wrong one is named with its file and line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from voxelpose.data.augmentation.crops import GeometricAugmentation
from voxelpose.data.augmentation.photometric import PhotometricAugmentation
from voxelpose.errors import InputError
from voxelpose.networks.kinds import KINDS, wrong_argument
from voxelpose.networks.presets import get_preset
from voxelpose.settings.problems import sentences
from voxelpose.settings.sections import Count, Number, Positive, Section, Share, WrongKey
from voxelpose.training.config.data import Data
from voxelpose.training.config.loss import LossPlan
from voxelpose.training.config.yaml_source import read_source


class Network(Section):
    """Which network, and where its weights begin. Options given here go before those of the preset.

    backbone: "none", one that ships ("imagenet", Lite0's; "movenet-thunder", "movenet-lightning"), or a file of
    tools/assets/import_blazepose.py, import_backbone.py or import_movenet.py. initial_weights: a file of weights of
    this very network; warm_start: one of another network, from which every array is taken whose layer has the same name
    here and whose shape is the same. freeze: patterns of names of layers (`stage1_*`) that are not trained;
    normalization: "frozen" keeps all statistics, scales and shifts. temperature: under which the volume is read until
    `voxelpose evaluate calibrate` fits one; weights that training begins with, shipped or not, do not hand theirs on.
    """

    preset: str | None = None
    kind: str | None = None
    architecture: dict[str, Any] = {}
    skeleton: str | None = None
    near_mm: Number | None = None
    far_mm: Number | None = None
    crop_margin: Positive | None = None
    temperature: Positive | None = None
    backbone: str = "none"
    freeze_groups: Annotated[int, Field(ge=0, le=7, strict=True)] = 0
    freeze: list[str] = []
    normalization: Literal["batch", "frozen"] = "batch"
    initial_weights: str | None = None
    warm_start: str | None = None

    @model_validator(mode="after")
    def _possible(self):
        if self.initial_weights is not None and (self.backbone != "none" or self.warm_start is not None):
            other = "backbone" if self.backbone != "none" else "warm_start"
            raise ValueError(f"{other} and initial_weights exclude each other: both say where the weights begin")
        if self.near_mm is not None and self.far_mm is not None and self.near_mm >= self.far_mm:
            raise ValueError(f"near_mm should be below far_mm, received {self.near_mm} and {self.far_mm}")
        return self

    @model_validator(mode="after")
    def _known(self):
        """A mistyped argument of the architecture is answered here, before anything loads."""
        kind = self.kind or "volumetric"
        if kind not in KINDS:
            raise WrongKey(f"Expected a kind of network among {', '.join(KINDS)}. Received: '{kind}'.", "kind")
        if self.preset is not None:
            try:
                kind = get_preset(self.preset).architecture.kind
            except InputError as error:
                raise WrongKey(str(error), "preset") from error
        wrong = wrong_argument(kind, self.architecture)
        if wrong is not None:
            location, sentence = wrong
            raise WrongKey(sentence, "architecture", *location)
        return self


class Geometric(Section):
    """See `voxelpose.data.augmentation.crops.GeometricAugmentation`."""

    scale: Annotated[Number, Field(ge=0, lt=1)] = 0.25
    rotation_degrees: Annotated[Number, Field(ge=0, le=180)] = 30.0
    rotation_probability: Share = 0.4
    shift: Annotated[Number, Field(ge=0, lt=0.5)] = 0.05
    mirror: Share = 0.5
    free_rotation: Share = 0.0

    def build(self) -> GeometricAugmentation:
        return GeometricAugmentation(**self.model_dump())


class Photometric(Section):
    """See `voxelpose.data.augmentation.photometric.PhotometricAugmentation`."""

    color_gain: Share = 0.2
    brightness: Share = 0.0
    contrast: Share = 0.0
    saturation: Share = 0.0
    gray: Share = 0.0
    blur: Share = 0.0
    low_resolution: Share = 0.0
    jpeg: Share = 0.0
    noise: Share = 0.0
    occlusion: Share = 0.0

    def build(self) -> PhotometricAugmentation:
        return PhotometricAugmentation(**self.model_dump())


class Augmentation(Section):
    """How examples vary; without keys it is the paper's."""

    geometric: Geometric = Geometric()
    photometric: Photometric = Photometric()


class Optimizer(Section):
    """The paper trains with rmsprop at a constant 2.5e-4.

    rates: factors on the learning rate by pattern of layer names (`lite0_*: 0.1`); the first pattern that fits counts.
    average: decay of the averaged weights that are measured and kept; 0 for none.
    """

    kind: Literal["rmsprop", "adamw"] = "rmsprop"
    learning_rate: Positive = 2.5e-4
    schedule: Literal["constant", "cosine"] = "constant"
    warmup_steps: Annotated[int, Field(ge=0, strict=True)] = 0
    final_fraction: Share = 0.01
    weight_decay: Annotated[Number, Field(ge=0)] = 0.0
    clip_norm: Positive | None = None
    rates: dict[str, Positive] = {}
    average: Annotated[Number, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _possible(self):
        if self.kind == "rmsprop" and self.weight_decay:
            raise ValueError("weight_decay goes with kind: adamw; rmsprop as in the paper has none")
        return self


class Schedule(Section):
    """How long: total steps, or fewer if the minutes run out.

    batch_size: examples per update, over all devices; accumulate: in how many parts each device takes its share.
    """

    steps: Count
    steps_per_epoch: Count
    batch_size: Count = 4
    accumulate: Count = 1
    minutes: Positive | None = None

    @model_validator(mode="after")
    def _possible(self):
        if self.batch_size % self.accumulate:
            raise ValueError(
                f"batch_size should be a multiple of accumulate, received {self.batch_size} and {self.accumulate}"
            )
        return self


class Devices(Section):
    """What computes: "one" device; "mirrored": all GPUs of this machine, or `count` of them (without a GPU: parts of
    the CPU); "workers": the processes named in TF_CONFIG; "slurm": those of this SLURM job.

    "auto": workers if TF_CONFIG names more than one, else mirrored if there is more than one GPU, else one.
    """

    use: Literal["auto", "one", "mirrored", "workers", "slurm"] = "auto"
    count: Count | None = None

    @model_validator(mode="after")
    def _possible(self):
        if self.count is not None and self.use != "mirrored":
            raise ValueError(f"count goes with use: mirrored, received use: {self.use}")
        return self


class Wandb(Section):
    """Weights & Biases: where a run is also reported; needs the extra wandb. offline: `wandb sync` sends it later."""

    project: str
    entity: str | None = None
    mode: Literal["online", "offline"] = "online"


class TrainingConfig(Section):
    """One run.

    resume: true goes on with the run of this name, "auto" does so if there is one. deterministic: the same
    configuration gives the same weights, bit for bit, at the price of some speed.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
    output: str = "runs"
    seed: Annotated[int, Field(ge=0, strict=True)] = 0
    resume: Literal[False, True, "auto"] = False
    deterministic: Annotated[bool, Field(strict=True)] = False
    network: Network
    loss: LossPlan
    data: Data
    augmentation: Augmentation = Augmentation()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule
    devices: Devices = Devices()
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    xla: Literal["auto", "on", "off"] = "auto"
    tensorboard: Literal["auto", "on", "off"] = "auto"
    wandb: Wandb | None = None
    checkpoint_seconds: Positive = 300.0
    keep_checkpoints: Count = 2

    @model_validator(mode="after")
    def _possible(self):
        if self.optimizer.warmup_steps >= self.schedule.steps:
            raise ValueError("optimizer.warmup_steps should be below schedule.steps")
        return self


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> TrainingConfig:
    """Read a configuration file and `key=value` changes.

    Raises InputError with one line per problem, all of them at once, each with its file and line.
    """
    source = read_source(path, overrides)
    problems = list(source.problems)
    try:
        config = TrainingConfig.model_validate(source.values)
    except ValidationError as error:
        problems += sentences(error, TrainingConfig, source.origin)
    if problems:
        raise InputError("\n".join(problems))
    return config


def resolved_yaml(config: TrainingConfig) -> str:
    """The configuration with every default written out."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
