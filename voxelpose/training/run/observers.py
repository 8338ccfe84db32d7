"""What observers of a run may look at, and what they receive."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from voxelpose.evaluation.people.validation import ValidationPeople
from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.run.run_folder import RunFolder
from voxelpose.training.setup.trained_network import TrainedNetwork


class Log(Protocol):
    """Takes losses and held-out errors by name at the end of every epoch."""

    def write(self, step: int, values: Mapping[str, float]) -> None: ...


@dataclass(frozen=True, eq=False)
class RunView:
    """A run as its observers see it.

    heldout: the held-out sets by name; averaged: a context in which the network has the weights that are measured and
    kept; log: shows the user a line.
    """

    config: TrainingConfig
    folder: RunFolder
    network: TrainedNetwork
    heldout: Callable[[], Mapping[str, ValidationPeople]]
    averaged: Callable[[], AbstractContextManager]
    log: Callable[[str], None]


# Makes a log of a run that begins, or goes on, at a step.
Observer = Callable[[RunView, int], Log]
