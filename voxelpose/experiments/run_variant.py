"""One run of a suite from its beginning, or from where it stopped, to its stored result."""

import json
import platform
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from os import cpu_count

from rich.console import Console

from voxelpose import __version__
from voxelpose.errors import InputError, first_line
from voxelpose.experiments.configs import config_of, fingerprint
from voxelpose.experiments.experiment_paths import ExperimentPaths, load_people_choice
from voxelpose.experiments.predictors import Predictor, fitted_heatmap_errors, predictor_of
from voxelpose.experiments.results import Measurement, Result
from voxelpose.experiments.scoring import TestPeople
from voxelpose.experiments.suite import PeopleChoice, Run
from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.run.run import FINISHED, train


def run_variant(paths: ExperimentPaths, run: Run, console: Console, minutes: float | None = None) -> str:
    """Train, measure and store; returns "finished", "interrupted" or "out of time", as training does.

    minutes: the longest time to train now. InputError where a path or an earlier run is missing.
    """
    config = _configuration(paths, run, console.print, minutes)
    if not _is_lookup(paths, run):
        outcome = train(config, console)
        if outcome.why != FINISHED:
            return outcome.why
    result = _result(paths, run, config, predictor_of(paths, run, config), console.print)
    console.print(f"stored: {result.save(paths.results)}", soft_wrap=True, markup=False)
    return FINISHED


def measure_further(paths: ExperimentPaths, run: Run, log: Callable[[str], None]) -> list[str]:
    """Measure a finished run on those further people whose paths are given and who are new to it; returns their names.

    InputError where its weights are not there any more.
    """
    result = Result.load(paths.result(run))
    news = {name: choice for name, choice in paths.further().items() if name not in result.further}
    if news:
        trained = Run(paths.suite.variants[run.variant].after, run.seed) if _is_lookup(paths, run) else run
        if not paths.weights(trained).exists():
            raise InputError(f"Expected the weights of {trained.name} in {paths.weights(trained)}. Received: none.")
        predictor = predictor_of(paths, run, _configuration(paths, run, log))
        measured = {name: _measure(predictor, choice, log) for name, choice in news.items()}
        replace(result, further={**result.further, **measured}).save(paths.results)
    return list(news)


def _is_lookup(paths: ExperimentPaths, run: Run) -> bool:
    return paths.suite.variants[run.variant].recipe == "nearest"


def _configuration(
    paths: ExperimentPaths, run: Run, log: Callable[[str], None], minutes: float | None = None
) -> TrainingConfig:
    variant = paths.suite.variants[run.variant]
    missing = [name for name in variant.needs if name not in paths.given]
    if missing:
        raise InputError(f"Expected --given {missing[0]}=PATH for {run.variant}. Received: none.")
    errors = None if variant.after is None else fitted_heatmap_errors(paths, Run(variant.after, run.seed), log)
    top = {"output": str(paths.trainings), "name": paths.training(run).name, "resume": "auto"}
    top |= {} if minutes is None else {"schedule.minutes": minutes}
    return config_of(paths.suite, paths.suite_path, run, paths.given, errors, **top)


def _measure(predictor: Predictor, choice: PeopleChoice, log: Callable[[str], None]) -> Measurement:
    test = TestPeople.of(load_people_choice(choice, log), choice.protocol)
    joints = predictor.joints_mm(test)
    return Measurement(test.facts(), {name: test.scores(each, predictor.skeleton) for name, each in joints.items()})


def _result(
    paths: ExperimentPaths, run: Run, config: TrainingConfig, predictor: Predictor, log: Callable[[str], None]
) -> Result:
    own = _measure(predictor, paths.suite.test, log)
    trained = not _is_lookup(paths, run)
    steps = config.schedule.steps if trained else 0
    return Result(
        suite=paths.suite.name,
        variant=run.variant,
        seed=run.seed,
        fingerprint=fingerprint(paths.suite, paths.suite_path, run),
        steps=steps,
        examples=steps * config.schedule.batch_size,
        train_seconds=_seconds(paths, run) if trained else 0.0,
        parameters=predictor.parameters,
        gmac=round(predictor.gmac, 4),
        test=own.test,
        scores=own.scores,
        machine=_machine(),
        further={name: _measure(predictor, choice, log) for name, choice in paths.further().items()},
    )


def _seconds(paths: ExperimentPaths, run: Run) -> float:
    path = paths.training(run) / "result.json"
    try:
        return round(float(json.loads(path.read_text(encoding="utf-8"))["seconds"]), 1)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"Expected the result of a training in {path}. Received: {first_line(error)}.") from error


def _machine() -> dict:
    return {
        "voxelpose": __version__,
        "tensorflow": metadata.version("tensorflow"),
        "processor": platform.machine(),
        "cores": cpu_count(),
    }
