"""Where an ablation finds people and keeps its trainings."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voxelpose.evaluation.people.named_people import load_people, prepared
from voxelpose.evaluation.people.people import People
from voxelpose.experiments.configs import fill_given, folder_name
from voxelpose.experiments.results import result_path
from voxelpose.experiments.suite import PeopleChoice, Run, Suite

# Beside the pools that configurations name.
POOLS = Path("pools")


@dataclass(frozen=True)
class ExperimentPaths:
    """suite_path: the suite's file; results: folder of results; trainings: folder of all training folders; given: paths
    by the names that variants need."""

    suite: Suite
    suite_path: Path
    results: Path
    trainings: Path
    given: Mapping[str, str] = field(default_factory=dict)

    def result(self, run: Run) -> Path:
        return result_path(self.results, self.suite.name, run)

    def training(self, run: Run) -> Path:
        """The folder that a run trains in."""
        return self.trainings / folder_name(self.suite, self.suite_path, run)

    def weights(self, run: Run) -> Path:
        """The last weights of a run: nothing was chosen by looking at anybody held out."""
        return self.training(run) / "last.weights.h5"

    def further(self) -> dict[str, PeopleChoice]:
        """Those of the suite's further people whose paths are given."""
        filled = {name: fill_given(choice.data, self.given) for name, choice in self.suite.further.items()}
        return {
            name: self.suite.further[name].model_copy(update={"data": data})
            for name, data in filled.items()
            if not data.startswith("$")
        }


def load_people_choice(choice: PeopleChoice, log: Callable[[str], None]) -> People:
    """The people that a suite names; a benchmark is drawn into `POOLS` first, if it isn't there."""
    return load_people(prepared(choice.data, POOLS, os.cpu_count() or 1, log), choice.limit)
