"""The contract of everything that a network emits, and how far an export may change it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

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
    kinds: ClassVar[list[type["Output"]]] = []

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.pattern:
            Output.kinds.append(cls)

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

    @abstractmethod
    def average_mirrored(self, arrays: Arrays, mirrored: Arrays, mirror: Sequence[int]) -> dict[str, np.ndarray]:
        """The mean of its arrays for crops and for the mirrored crops; mirror: each joint's partner."""

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
