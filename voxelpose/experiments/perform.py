"""One run of a suite from its beginning, or from where it stopped, to its stored result."""

import json
import platform
from importlib import metadata
from os import cpu_count

from rich.console import Console

from voxelpose import __version__
from voxelpose.errors import InputError
from voxelpose.experiments.configs import config_of, fingerprint
from voxelpose.experiments.contestants import Contestant, contestant_of
from voxelpose.experiments.halves import errors_of
from voxelpose.experiments.places import Places, load_wanted
from voxelpose.experiments.results import Result
from voxelpose.experiments.scoring import TestPeople
from voxelpose.experiments.suite import Run
from voxelpose.training.config import TrainingConfig
from voxelpose.training.run import FINISHED, train


def perform(places: Places, run: Run, console: Console, minutes: float | None = None) -> str:
    """Train, measure and store; returns "finished", "interrupted" or "out of time", as training does.

    minutes: the longest time to train now. InputError where a path or an earlier run is missing.
    """
    variant = places.suite.variants[run.variant]
    missing = [name for name in variant.needs if name not in places.given]
    if missing:
        raise InputError(f"Expected --given {missing[0]}=PATH for {run.variant}. Received: none.")
    say = console.print
    errors = None if variant.after is None else errors_of(places, Run(variant.after, run.seed), say)
    top = {"output": str(places.trainings), "name": places.training(run).name, "resume": "auto"}
    top |= {} if minutes is None else {"schedule.minutes": minutes}
    config = config_of(places.suite, places.suite_path, run, places.given, errors, **top)
    if variant.recipe == "train":
        outcome = train(config, console)
        if outcome.why != FINISHED:
            return outcome.why
    wanted = places.suite.test
    test = TestPeople.of(load_wanted(wanted, say), wanted.protocol)
    path = _measured(places, run, config, contestant_of(places, run, config), test).save(places.results)
    console.print(f"stored: {path}", soft_wrap=True)
    return FINISHED


def _measured(places: Places, run: Run, config: TrainingConfig, contestant: Contestant, test: TestPeople) -> Result:
    joints = contestant.joints_mm(test)
    trained = places.suite.variants[run.variant].recipe == "train"
    steps = config.schedule.steps if trained else 0
    return Result(
        suite=places.suite.name,
        variant=run.variant,
        seed=run.seed,
        fingerprint=fingerprint(places.suite, places.suite_path, run),
        steps=steps,
        examples=steps * config.schedule.batch_size,
        train_seconds=_seconds(places, run) if trained else 0.0,
        parameters=contestant.parameters,
        gmac=round(contestant.gmac, 4),
        test=test.facts(),
        readings={name: test.reading(its, contestant.skeleton) for name, its in joints.items()},
        machine=_machine(),
    )


def _seconds(places: Places, run: Run) -> float:
    report = json.loads((places.training(run) / "result.json").read_text(encoding="utf-8"))
    return round(float(report["seconds"]), 1)


def _machine() -> dict:
    return {
        "voxelpose": __version__,
        "tensorflow": metadata.version("tensorflow"),
        "processor": platform.machine(),
        "cores": cpu_count(),
    }
