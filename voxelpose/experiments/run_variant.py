"""One run of a suite from its beginning, or from where it stopped, to its stored result."""

import json
import platform
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from os import cpu_count

from rich.console import Console

from voxelpose import __version__
from voxelpose.errors import InputError
from voxelpose.experiments.configs import config_of, fingerprint
from voxelpose.experiments.decoupled_halves import errors_of
from voxelpose.experiments.experiment_paths import Places, load_wanted
from voxelpose.experiments.predictors import Contestant, contestant_of
from voxelpose.experiments.results import Measured, Result
from voxelpose.experiments.scoring import TestPeople
from voxelpose.experiments.suite import Run, Wanted
from voxelpose.training.config.run import TrainingConfig
from voxelpose.training.run.run import FINISHED, train


def perform(places: Places, run: Run, console: Console, minutes: float | None = None) -> str:
    """Train, measure and store; returns "finished", "interrupted" or "out of time", as training does.

    minutes: the longest time to train now. InputError where a path or an earlier run is missing.
    """
    config = _configuration(places, run, console.print, minutes)
    if not _looks_up(places, run):
        outcome = train(config, console)
        if outcome.why != FINISHED:
            return outcome.why
    result = _measured(places, run, config, contestant_of(places, run, config), console.print)
    console.print(f"stored: {result.save(places.results)}", soft_wrap=True)
    return FINISHED


def measure_further(places: Places, run: Run, say: Callable[[str], None]) -> list[str]:
    """Measure a finished run on those further people whose paths are given and who are new to it; returns their names.

    InputError where its weights are not there any more.
    """
    result = Result.load(places.result(run))
    news = {name: wanted for name, wanted in places.further().items() if name not in result.further}
    if news:
        trained = Run(places.suite.variants[run.variant].after, run.seed) if _looks_up(places, run) else run
        if not places.weights(trained).exists():
            raise InputError(f"Expected the weights of {trained.name} in {places.weights(trained)}. Received: none.")
        contestant = contestant_of(places, run, _configuration(places, run, say))
        found = {name: _on(contestant, wanted, say) for name, wanted in news.items()}
        replace(result, further={**result.further, **found}).save(places.results)
    return list(news)


def _looks_up(places: Places, run: Run) -> bool:
    return places.suite.variants[run.variant].recipe == "nearest"


def _configuration(
    places: Places, run: Run, say: Callable[[str], None], minutes: float | None = None
) -> TrainingConfig:
    variant = places.suite.variants[run.variant]
    missing = [name for name in variant.needs if name not in places.given]
    if missing:
        raise InputError(f"Expected --given {missing[0]}=PATH for {run.variant}. Received: none.")
    errors = None if variant.after is None else errors_of(places, Run(variant.after, run.seed), say)
    top = {"output": str(places.trainings), "name": places.training(run).name, "resume": "auto"}
    top |= {} if minutes is None else {"schedule.minutes": minutes}
    return config_of(places.suite, places.suite_path, run, places.given, errors, **top)


def _on(contestant: Contestant, wanted: Wanted, say: Callable[[str], None]) -> Measured:
    test = TestPeople.of(load_wanted(wanted, say), wanted.protocol)
    joints = contestant.joints_mm(test)
    return Measured(test.facts(), {name: test.reading(its, contestant.skeleton) for name, its in joints.items()})


def _measured(
    places: Places, run: Run, config: TrainingConfig, contestant: Contestant, say: Callable[[str], None]
) -> Result:
    own = _on(contestant, places.suite.test, say)
    trained = not _looks_up(places, run)
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
        test=own.test,
        readings=own.readings,
        machine=_machine(),
        further={name: _on(contestant, wanted, say) for name, wanted in places.further().items()},
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
