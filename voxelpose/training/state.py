"""Everything a run needs to go on as if it had never stopped."""

from dataclasses import dataclass, field

import keras
import numpy as np

from voxelpose.errors import InputError
from voxelpose.training.averaging import WeightAverage


@dataclass
class TrainingState:
    """Where a run stands. Batches are a function of the seed and `step`, so no data position is needed.

    step: steps done; best: lowest decisive held-out error so far; seconds: time spent in steps and evaluations;
    errors: the held-out errors of every epoch so far.
    """

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    average: WeightAverage | None = None
    step: int = 0
    best: float = float("inf")
    seconds: float = 0.0
    errors: list[dict[str, float]] = field(default_factory=list)

    def arrays(self) -> dict[str, np.ndarray]:
        """All numbers that training changes, by name."""
        parts = {"model": [v.numpy() for v in self.model.weights], "optimizer": self._optimizer_values()}
        if self.average is not None:
            parts["average"] = self.average.state()
        return {f"{part}/{i:05d}": value for part, values in parts.items() for i, value in enumerate(values)}

    def facts(self) -> dict:
        """The rest, as plain values."""
        return {"step": self.step, "best": self.best, "seconds": self.seconds, "errors": self.errors}

    def restore(self, arrays: dict[str, np.ndarray], facts: dict) -> None:
        """Take over what `arrays` and `facts` returned; InputError if they are of another network or optimizer."""
        self._assign("model", self.model.weights, arrays)
        self._assign("optimizer", self.optimizer.variables, arrays)
        if self.average is not None:
            self.average.restore(_part("average", arrays))
        self.step, self.best = facts["step"], facts["best"]
        self.seconds, self.errors = facts["seconds"], facts["errors"]

    def _optimizer_values(self) -> list[np.ndarray]:
        return [np.asarray(variable.numpy()) for variable in self.optimizer.variables]

    def _assign(self, part: str, variables: list, arrays: dict[str, np.ndarray]) -> None:
        values = _part(part, arrays)
        expected, received = [tuple(v.shape) for v in variables], [value.shape for value in values]
        if expected != received:
            raise InputError(
                f"The checkpoint is of another {part}: expected {len(expected)} arrays that fit this configuration, "
                f"received {len(received)} of other shapes. Start a run of another name, or restore the configuration."
            )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def _part(part: str, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    return [arrays[name] for name in sorted(arrays) if name.startswith(f"{part}/")]
