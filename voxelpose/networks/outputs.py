"""What networks emit, as objects: each knows its arrays, targets and loss, how it is decoded, and how it is checked.

`NetworkOutputs.of` reads names and shapes, of a Keras model or of an exported file, so nobody else looks at names. A
new kind of output is one subclass of `Output` (or of `JointOutput`, if it says where joints are) with a pattern of
names. Importing this needs NumPy alone; losses load Keras when they are made.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import VoxelGrid
from voxelpose.networks import decode
from voxelpose.networks.resampling import average_volumes

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Change:
    """How far an exported network's output is from the original's, and how far it may be.

    what: in words; largest, mean: over examples; unit: of the three numbers; allowed: the bound.
    """

    what: str
    largest: float
    mean: float
    unit: str
    allowed: float


@dataclass(frozen=True, eq=False)
class Output(ABC):
    """One thing that a network emits.

    shapes: of its arrays by name, without the batch axis, in the order in which they are made; joints: J of the
    network. pattern: regular expression of its arrays' names.
    """

    shapes: Mapping[str, tuple[int, ...]]
    joints: int

    pattern: ClassVar[str] = ""
    # Names of volumes, coarse to fine, for outputs that are made in stages.
    stages: ClassVar[tuple[str, ...]] = ()
    # Whether the weight of its loss stands under loss.outputs, by name; kinds with options of their own have a section.
    weighed_by_name: ClassVar[bool] = True
    _kinds: ClassVar[list[type["Output"]]] = []

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.pattern:
            Output._kinds.append(cls)

    @property
    def names(self) -> tuple[str, ...]:
        """Of its arrays in the network's dict."""
        return tuple(self.shapes)

    @abstractmethod
    def losses(self, plan) -> dict[str, Any]:
        """A `SummedLoss` per array; plan: the loss section of a configuration."""

    @abstractmethod
    def targets(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """What each array's loss compares with, as tensors made of a batch's arrays (see `data.batches`)."""

    @abstractmethod
    def change(self, original: Arrays, exported: Arrays, preset, precision: str) -> Change:
        """An exported network's arrays beside the original's; precision: float32, float16 or int8."""

    def average_mirrored(self, arrays: Arrays, mirrored: Arrays, mirror: Sequence[int]) -> dict[str, np.ndarray]:
        """The mean of its arrays for crops and for the mirrored crops; mirror: each joint's partner."""
        return {name: 0.5 * (arrays[name] + mirrored[name]) for name in self.names}

    def average(
        self, passes: Sequence[Arrays], linears: Sequence[np.ndarray], temperature: float
    ) -> dict[str, np.ndarray]:
        """Arrays of several crops of one person as arrays of the first; linears: see `resampling.average_volumes`."""
        return {name: np.mean([arrays[name] for arrays in passes], axis=0) for name in self.names}

    def value(self, arrays: Arrays) -> np.ndarray | None:
        """(B, ...) what is told about each example beside its joints; None if nothing."""
        return None

    def measures(self, arrays: Arrays, batch: Arrays) -> dict[str, float]:
        """Measures beside those of joints, by name: its arrays against a batch of validation examples."""
        return {}

    @property
    def is_measured(self) -> bool:
        """Whether it has measures of its own."""
        return type(self).measures is not Output.measures


class JointOutput(Output):
    """An output that says where joints are, as fractions x, y, z of the crop and the depth range."""

    # Whether there is a distribution over cells, which decoders, uncertainty and figures of volumes need.
    has_volume: ClassVar[bool] = False
    weighed_by_name = False

    def targets(self, batch):
        """Packed joints (B, J, 6) for every array: fractions, then their weights."""
        from keras import ops

        packed = ops.concatenate([batch["joints"], batch["joint_weights"]], axis=-1)
        return dict.fromkeys(self.names, packed)

    @abstractmethod
    def grid(self, near_mm: float, far_mm: float) -> VoxelGrid:
        """The finest grid, over depths near_mm to far_mm from the root; one cell where there are no volumes."""

    @abstractmethod
    def fractions(self, arrays: Arrays, temperature: float) -> np.ndarray:
        """(B, J, 3) float32 joints, of volumes the mean of the finest."""

    @abstractmethod
    def moments(self, arrays: Arrays, temperature: float) -> decode.Moments:
        """Mean, covariance and confidence of every joint."""

    @abstractmethod
    def outside(self, arrays: Arrays) -> np.ndarray:
        """(B, J) bool: whether a joint lies at the crop's edge or beyond it."""

    def change(self, original, exported, preset, precision):
        ours, theirs = (
            self.fractions(arrays, preset.calibration.temperature).astype(np.float64)
            * (preset.input.far_mm - preset.input.near_mm)
            for arrays in (original, exported)
        )
        # In mm as if the crop were as wide and high as the depth range.
        distances = np.linalg.norm(ours - theirs, axis=-1)
        return Change("a joint", float(distances.max()), float(distances.mean()), "mm", BOUNDS_MM[precision])


# Largest distance in mm that a joint may move by an export.
BOUNDS_MM: Mapping[str, float] = {"float32": 0.5, "float16": 5.0, "int8": 40.0}


class Volumes(JointOutput):
    """Logits over the cells of a grid, one volume per stage, coarse to fine: "volume_1", "volume_2", ...

    Arrays: (B, H, W, J * D), joint-major, of D depth cells each.
    """

    pattern = r"volume_\d+"
    has_volume = True

    def losses(self, plan):
        from voxelpose.losses.volume import VoxelLoss

        return {
            name: VoxelLoss(
                shape[-1] // self.joints,
                self.joints,
                plan.stages.get(name, plan.terms),
                plan.temperature,
                name=f"{name}_loss",
            )
            for name, shape in self.shapes.items()
        }

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the volumes, coarse to fine."""
        return self.names

    def volume(self, arrays: Arrays, stage: int = -1) -> np.ndarray:
        """(B, H, W, J, D) of a stage, the finest by default."""
        return decode.volume_view(arrays[self.names[stage]], self.joints)

    def heatmaps(self, arrays: Arrays, temperature: float) -> np.ndarray:
        """(B, H, W, J) likelihood over the plane."""
        return decode.heatmap(self.volume(arrays), temperature)

    def grid(self, near_mm, far_mm):
        height, width, channels = self.shapes[self.names[-1]]
        return VoxelGrid(width, height, channels // self.joints, near_mm, far_mm)

    def fractions(self, arrays, temperature):
        return decode.soft_argmax(self.volume(arrays), temperature)

    def moments(self, arrays, temperature):
        return decode.moments(self.volume(arrays), temperature)

    def outside(self, arrays):
        """The highest cell is one of the outermost ring."""
        volume = self.volume(arrays)
        cells = np.array([volume.shape[2], volume.shape[1]])
        index = np.floor(decode.argmax(volume)[..., :2] * cells)
        return ((index == 0) | (index == cells - 1)).any(axis=-1)

    def average_mirrored(self, arrays, mirrored, mirror):
        return {
            name: decode.average_mirrored(
                decode.volume_view(arrays[name], self.joints), decode.volume_view(mirrored[name], self.joints), mirror
            ).reshape(arrays[name].shape)
            for name in self.names
        }

    def average(self, passes, linears, temperature):
        return {
            name: average_volumes(
                [decode.volume_view(arrays[name], self.joints) for arrays in passes], linears, temperature
            ).reshape(passes[0][name].shape)
            for name in self.names
        }


class Heatmaps(Volumes):
    """Logits over the cells of the picture alone: volumes of one depth cell, "heatmaps_1", ...; arrays (B, H, W, J)."""

    pattern = r"heatmaps_\d+"


class Coordinates(JointOutput):
    """Regressed joints, "coordinates" (B, 3 * J) or (B, J, 3): x, y, z of one joint after the other, in fractions.

    There is no distribution: as for an axis of one cell, the variance is that of a place anywhere in the box, 1/12, and
    the confidence is 1.
    """

    pattern = "coordinates"

    def losses(self, plan):
        from voxelpose.losses.heads import CoordinateLoss

        return {"coordinates": CoordinateLoss(plan.power, plan.coordinates)}

    def grid(self, near_mm, far_mm):
        return VoxelGrid(1, 1, 1, near_mm, far_mm)

    def fractions(self, arrays, temperature):
        return arrays["coordinates"].reshape(-1, self.joints, 3)

    def moments(self, arrays, temperature):
        mean = self.fractions(arrays, temperature)
        covariance = np.broadcast_to(
            np.float32(decode.UNKNOWN_VARIANCE) * np.eye(3, dtype=np.float32), (*mean.shape, 3)
        )
        return decode.Moments(mean, covariance, np.ones(mean.shape[:2], np.float32))

    def outside(self, arrays):
        plane = self.fractions(arrays, 1.0)[..., :2]
        return ((plane < 0) | (plane > 1)).any(axis=-1)

    def average_mirrored(self, arrays, mirrored, mirror):
        fractions = self.fractions(mirrored, 1.0)[:, list(mirror)]
        flipped = np.concatenate([1 - fractions[..., :1], fractions[..., 1:]], axis=-1)
        mean = 0.5 * (self.fractions(arrays, 1.0) + flipped)
        return {"coordinates": mean.reshape(arrays["coordinates"].shape)}

    def average(self, passes, linears, temperature):
        plain = []
        for arrays, linear in zip(passes, linears, strict=True):
            fractions = self.fractions(arrays, temperature).astype(np.float64)
            fractions[..., :2] = (fractions[..., :2] - 0.5) @ np.linalg.inv(linear).T + 0.5
            plain.append(fractions)
        return {"coordinates": np.mean(plain, axis=0).astype(np.float32).reshape(passes[0]["coordinates"].shape)}


class Presence(Output):
    """Whether somebody is there: "presence" (B, 1), a logit."""

    pattern = "presence"
    weighed_by_name = False
    # How far the probability may move by an export.
    bounds: ClassVar[Mapping[str, float]] = {"float32": 0.001, "float16": 0.02, "int8": 0.3}

    def losses(self, plan):
        from voxelpose.losses.heads import PresenceLoss

        return {"presence": PresenceLoss(plan.presence)}

    def targets(self, batch):
        """(B, 2): 1 where a person is present, else 0; and the example's weight."""
        from keras import ops

        return {"presence": ops.stack([batch["present"], batch["present_weight"]], axis=-1)}

    def value(self, arrays):
        """(B,) probability."""
        return 1 / (1 + np.exp(-arrays["presence"][..., 0].astype(np.float64)))

    def change(self, original, exported, preset, precision):
        moved = np.abs(self.value(original) - self.value(exported))
        return Change("the presence", float(moved.max()), float(moved.mean()), "", self.bounds[precision])


@dataclass(frozen=True, eq=False)
class NetworkOutputs:
    """All outputs of one network, in the order of its dict."""

    outputs: tuple[Output, ...]

    @classmethod
    def of(cls, shapes: Mapping[str, Sequence[int | None]], joints: int) -> "NetworkOutputs":
        """From the shape of every array, the batch axis first, and the network's number of joints.

        Raises InputError for a name that no kind of output has.
        """
        found: dict[type[Output], dict[str, tuple[int, ...]]] = {}
        for name, shape in shapes.items():
            kind = next((kind for kind in Output._kinds if re.fullmatch(kind.pattern, name)), None)
            if kind is None:
                patterns = ", ".join(kind.pattern.replace(r"\d+", "N") for kind in Output._kinds)
                raise InputError(f"Expected a network's outputs to be among {patterns}. Received: an output {name!r}.")
            found.setdefault(kind, {})[name] = tuple(shape[1:])
        return cls(tuple(kind(_by_number(arrays), joints) for kind, arrays in found.items()))

    @classmethod
    def of_model(cls, model, joints: int) -> "NetworkOutputs":
        """Those of a Keras model whose outputs are a dict."""
        return cls.of({name: tensor.shape for name, tensor in model.output.items()}, joints)

    @cached_property
    def joints(self) -> JointOutput:
        """The output that says where joints are; InputError if there is none."""
        found = next((output for output in self.outputs if isinstance(output, JointOutput)), None)
        if found is None:
            names = ", ".join(name for output in self.outputs for name in output.names)
            raise InputError(f"Expected a network that says where joints are. Received: one of {names}.")
        return found

    @property
    def volumes(self) -> "Volumes":
        """The joints' volumes; InputError for a network that has none."""
        if not isinstance(self.joints, Volumes):
            raise InputError(f"Expected a network with volumes or heatmaps. Received: one of {', '.join(self.names)}.")
        return self.joints

    @cached_property
    def others(self) -> tuple[Output, ...]:
        """All but the joints."""
        return tuple(output for output in self.outputs if output is not self.joints)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all arrays."""
        return tuple(name for output in self.outputs for name in output.names)

    def __iter__(self) -> Iterator[Output]:
        return iter(self.outputs)

    def losses(self, plan) -> dict[str, Any]:
        """One loss per array; the training loss is their plain sum.

        plan: a `training.config.loss.LossPlan`. Raises InputError if it names a stage or an output that there is not.
        """
        stages = [name for output in self.outputs for name in output.stages]
        others = [name for output in self.outputs if output.weighed_by_name for name in output.names]
        for key, names, there in (("stages", plan.stages, stages), ("outputs", plan.outputs, others)):
            for name in names:
                if name not in there:
                    known = ", ".join(there) or "the network has none"
                    raise InputError(f"Expected under loss.{key} names of outputs: {known}. Received: {name}.")
        return {name: loss for output in self.outputs for name, loss in output.losses(plan).items()}

    def targets(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """What each array's loss compares with."""
        return {name: target for output in self.outputs for name, target in output.targets(batch).items()}

    def values(self, arrays: Arrays) -> dict[str, np.ndarray]:
        """What is told beside joints, by output's first name, each (B, ...)."""
        told = {output.names[0]: output.value(arrays) for output in self.others}
        return {name: value for name, value in told.items() if value is not None}

    def average_mirrored(self, arrays: Arrays, mirrored: Arrays, mirror: Sequence[int]) -> dict[str, np.ndarray]:
        """The means of all arrays for crops and for the mirrored crops; mirror: each joint's partner."""
        parts = [output.average_mirrored(arrays, mirrored, mirror) for output in self.outputs]
        return {name: array for part in parts for name, array in part.items()}

    def average(
        self, passes: Sequence[Arrays], linears: Sequence[np.ndarray], temperature: float
    ) -> dict[str, np.ndarray]:
        """All arrays of several crops of one person as arrays of the first."""
        if len(passes) == 1:
            return dict(passes[0])
        parts = [output.average(passes, linears, temperature) for output in self.outputs]
        return {name: array for part in parts for name, array in part.items()}


def outputs_of(arrays: Mapping[str, np.ndarray], joints: int) -> NetworkOutputs:
    """The outputs that a network's arrays belong to."""
    return _outputs(tuple((name, array.shape[1:]) for name, array in arrays.items()), joints)


@lru_cache(maxsize=16)
def _outputs(shapes: tuple[tuple[str, tuple[int, ...]], ...], joints: int) -> NetworkOutputs:
    return NetworkOutputs.of({name: (None, *shape) for name, shape in shapes}, joints)


def _by_number(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Arrays in the order of the numbers that their names end with: volume_2 before volume_10."""
    return dict(sorted(shapes.items(), key=lambda item: int(re.search(r"\d*$", item[0])[0] or 0)))
