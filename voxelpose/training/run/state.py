"""Everything a run needs to go on as if it had never stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf

from voxelpose.errors import InputError
from voxelpose.training.optimizer.averaging import WeightAverage
from voxelpose.training.optimizer.loss_scale import LossScale
from voxelpose.training.optimizer.optimizers import FlatOptimizer


@dataclass
class TrainingState:
    """Where a run stands.

    The place in the data is `step`: a batch, its augmentation included, is a function of the seed and its number, and
    nothing else in training is random. The learning rate is a function of the optimizer's own count of updates.
    step: steps done; best: lowest decisive held-out error so far; seconds: time spent in steps and evaluations;
    errors: the held-out errors of every epoch so far; sums: of the losses since the last epoch, for the log.
    """

    model: keras.Model
    optimizer: FlatOptimizer
    average: WeightAverage | None = None
    loss_scale: LossScale | None = None
    step: int = 0
    best: float | None = None
    seconds: float = 0.0
    errors: list[dict[str, float]] = field(default_factory=list)
    sums: dict[str, float] = field(default_factory=dict)

    def arrays(self) -> dict[str, np.ndarray]:
        """All numbers that training changes, by name."""
        return {
            f"{part}/{i:05d}": np.asarray(variable.numpy())
            for part, variables in self._parts().items()
            for i, variable in enumerate(variables)
        }

    def facts(self) -> dict:
        """The rest, as plain values."""
        return {name: getattr(self, name) for name in ("step", "best", "seconds", "errors", "sums")}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping) -> None:
        """Take over what `arrays` and `facts` returned; InputError if they are of another network or optimizer."""
        values = {part: _part(part, arrays) for part in self._parts()}
        for part, variables in self._parts().items():
            _check(part, variables, values[part])
        spare = {name.split("/")[0] for name in arrays} - values.keys()
        if spare:
            raise InputError(_foreign(", ".join(sorted(spare)), "nothing of that kind", "some"))
        for part, variables in self._parts().items():
            for variable, value in zip(variables, values[part], strict=True):
                variable.assign(value)
        for name in self.facts():
            setattr(self, name, facts[name])

    def _parts(self) -> dict[str, list[tf.Variable | keras.Variable]]:
        parts = {"model": self.model.weights, "optimizer": self.optimizer.variables}
        if self.average is not None:
            parts["average"] = self.average.variables
        if self.loss_scale is not None:
            parts["loss_scale"] = self.loss_scale.variables
        return parts


def _part(part: str, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    return [arrays[name] for name in sorted(arrays) if name.startswith(f"{part}/")]


def _check(part: str, variables: list, values: list[np.ndarray]) -> None:
    expected, received = [tuple(variable.shape) for variable in variables], [value.shape for value in values]
    if expected != received:
        more = ", the same number but of other shapes" if len(expected) == len(received) else ""
        raise InputError(_foreign(part, f"{len(expected)} arrays", f"{len(received)} arrays{more}"))


def _foreign(part: str, expected: str, received: str) -> str:
    return (
        f"The checkpoint does not fit this configuration. Expected for {part}: {expected}; received {received}. "
        "Start a run of another name, or restore the configuration."
    )
