"""One training run from its configuration to its weights."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from rich.console import Console

from voxelpose.errors import InputError
from voxelpose.evaluation.people.validation import ValidationPeople
from voxelpose.files import write_text
from voxelpose.networks.preset_facts import KEY, to_facts
from voxelpose.networks.weights_io import save_weights
from voxelpose.synthetic.pools.background_drawing import BackgroundDrawing
from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.devices.distribute import Team, build_team
from voxelpose.training.devices.runtime_setup import described, prepare, use_tensorboard, use_xla
from voxelpose.training.optimizer.averaging import WeightAverage
from voxelpose.training.optimizer.layer_rules import layer_rates
from voxelpose.training.optimizer.loss_scale import LossScale
from voxelpose.training.optimizer.optimizers import build_optimizer
from voxelpose.training.run.checkpoint import CheckpointFolder
from voxelpose.training.run.interrupts import InterruptFlag
from voxelpose.training.run.logs import CsvLog, TensorBoardLog
from voxelpose.training.run.loop import FINISHED, INTERRUPTED, OUT_OF_TIME, Hooks, Plan, TrainingLoop
from voxelpose.training.run.nan_check import check_finite
from voxelpose.training.run.observers import Observer, RunView
from voxelpose.training.run.progress import RunProgress
from voxelpose.training.run.run_folder import RunFolder
from voxelpose.training.run.state import TrainingState
from voxelpose.training.run.step import TrainingStep
from voxelpose.training.setup.baselines import mean_pose_baselines
from voxelpose.training.setup.data_sources import background_drawing, batch_stream, validation_people
from voxelpose.training.setup.trained_network import array_parts, build_trained_network, predictor, trainable_count

__all__ = ["FINISHED", "INTERRUPTED", "OUT_OF_TIME", "Outcome", "train"]


@dataclass(frozen=True)
class Outcome:
    """why: "finished", "interrupted" or "out of time"; weights: the best ones; errors: the last held-out errors."""

    why: str
    weights: Path
    errors: dict[str, float]


def train(config: TrainingConfig, console: Console, observers: Sequence[Observer] = ()) -> Outcome:
    """Train as configured, telling a console; raises InputError for anything that the user can mend.

    observers: told the losses and errors of every epoch, beside the logs that every run has.
    """
    with prepared_run(config, console, observers) as run:
        return run.train()


@contextmanager
def prepared_run(config: TrainingConfig, console: Console, observers: Sequence[Observer] = ()) -> Iterator["Run"]:
    """Everything that a run needs, before its first step; see `train`."""
    folder = RunFolder(config)
    team = build_team(config.devices)
    _check_division(config, team)
    if not team.chief:
        console = Console(quiet=True)
    with folder.claimed(config) if team.chief else nullcontext():
        prepare(config)
        drawing = background_drawing(config.data, partial(_say, console), elsewhere=not team.chief)
        console.print(f"run {folder.path}  {described(config, team)}", highlight=False, soft_wrap=True, markup=False)
        # The processes that draw start up while TensorFlow builds the network.
        with drawing:
            yield Run(config, folder, drawing, console, team, observers)


class Run:
    """A run with its network, data and state, ready to train."""

    def __init__(
        self,
        config: TrainingConfig,
        folder: RunFolder,
        drawing: BackgroundDrawing,
        console: Console,
        team: Team,
        observers: Sequence[Observer] = (),
    ):
        self.config, self.folder, self.console, self.team = config, folder, console, team
        self._drawing = drawing
        with team.scope():
            self.network = build_trained_network(config.network, self.log)
            self.state, self.step = self._learner()
        self.log(f"network {self.network.preset.name}: {trainable_count(self.network.model):,} trainable parameters")
        self.stream = batch_stream(config, self.network, drawing)
        self.checkpoints = CheckpointFolder(folder.checkpoints, config.keep_checkpoints)
        if config.resume:
            self._resume()
        team.require_same(self.state.step, "checkpoint to go on from")
        self.logs = self._open_folder(observers) if team.chief else []
        self.predict = predictor(self.network)

    def log(self, text: str) -> None:
        _say(self.console, text)

    @cached_property
    def heldout(self) -> dict[str, ValidationPeople]:
        """Wanted at the end of the first epoch, when they are drawn; the first step doesn't wait for them."""
        sets = validation_people(self.config, self.network, self._drawing)
        for name, people in sets.items():
            self.log(f"held out, {name}: errors in {people.measure}")
        return sets

    @cached_property
    def baselines(self) -> dict[str, float]:
        """What always answering the mean of the training poses would get."""
        return mean_pose_baselines(self.stream.sources, self.heldout)

    def train(self) -> Outcome:
        schedule, workers = self.config.schedule, self.config.data.workers
        plan = Plan(schedule.steps, schedule.steps_per_epoch, schedule.minutes, self.config.checkpoint_seconds)
        self.progress = RunProgress(
            schedule.steps, self.state.step, schedule.batch_size, self.console, errors=self.state.errors
        )
        hooks = Hooks(self._check, self._after_step, self._evaluate, self._after_errors, self._save, self.team.anyone)
        with InterruptFlag() as interrupt, self.progress:
            loop = TrainingLoop(
                plan,
                self.step,
                lambda start, stop: self.team.batches(self.stream, start, stop, workers),
                self.state,
                hooks,
                interrupt,
            )
            try:
                why = loop.run()
            except tf.errors.InvalidArgumentError as error:
                raise _plainly(error) from error
        return self._conclude(why)

    def _learner(self) -> tuple[TrainingState, TrainingStep]:
        model, config = self.network.model, self.config
        outputs = self.network.outputs
        losses = outputs.losses(config.loss)
        rates = layer_rates(model, config.optimizer.rates)
        optimizer = build_optimizer(config.optimizer, config.schedule.steps, rates)
        average = WeightAverage(model, config.optimizer.average) if config.optimizer.average else None
        scale = LossScale() if config.precision == "mixed_float16" else None
        step = TrainingStep(
            model,
            outputs,
            losses,
            optimizer,
            average,
            config.optimizer.clip_norm,
            use_xla(config.xla),
            config.schedule.accumulate,
            scale,
        )
        return TrainingState(model, optimizer, average, scale), step

    def _resume(self) -> None:
        for change in self.folder.changes(self.config):
            self.log(f"changed: {change}")
        found = self.checkpoints.latest(self.log)
        if found is None:
            self.log("no checkpoint yet: starting from the beginning")
            return
        self.state.restore(*found)
        self.log(f"resumed at step {self.state.step}")

    def _open_folder(self, observers: Sequence[Observer]) -> list:
        self.folder.open(self.config)
        self.checkpoints.sweep(self.state.step)
        logs = [CsvLog(self.folder.csv, self.state.step)]
        if use_tensorboard(self.config.tensorboard):
            logs.append(TensorBoardLog(self.folder.tensorboard, self.state.step))
        view = RunView(self.config, self.folder, self.network, lambda: self.heldout, self._averaged, self.log)
        return [*logs, *(observe(view, self.state.step) for observe in observers)]

    def _check(self, step: int, values, batch) -> None:
        scale = 1.0 if self.state.loss_scale is None else float(self.state.loss_scale.factor.numpy())
        here = {name: self.team.strategy.experimental_local_results(part) for name, part in batch.items()}
        check_finite(step, values, scale, here, self.folder.bad_batch(step, self.team.index))

    def _after_step(self, step: int, values) -> None:
        self.progress.step(step, values)
        sums = self.state.sums
        for name, value in {**values, "steps": 1.0}.items():
            sums[name] = sums.get(name, 0.0) + value

    def _evaluate(self) -> dict[str, float]:
        if not self.team.chief:
            return {}
        with self._averaged():
            return {
                f"{name}/{metric}": value
                for name, people in self.heldout.items()
                for metric, value in {**people.errors(self.predict), **self._other_measures(people)}.items()
            }

    def _other_measures(self, people: ValidationPeople) -> dict[str, float]:
        """What outputs beside the joints measure of themselves."""
        measured = [output for output in self.network.outputs.others if output.is_measured]
        names = [name for output in measured for name in output.names]
        if not measured:
            return {}
        parts = list(array_parts(self.network, names)(people.images))
        arrays, batch = {name: np.concatenate([part[name] for part in parts]) for name in names}, people.batch()
        return {name: value for output in measured for name, value in output.measures(arrays, batch).items()}

    def _after_errors(self, step: int, errors) -> None:
        sums = dict(self.state.sums)
        self.state.sums.clear()
        count = sums.pop("steps", 1.0)
        losses = {f"train/{name}": total / count for name, total in sums.items()}
        self.state.errors.append({"step": step, **errors})
        self.progress.measured(errors)
        self.progress.log(f"step {step}  {_listed(losses)}")
        self.progress.log(f"held out: {_listed(errors)}  (the mean pose: {_listed(self.baselines) or 'unknown'})")
        for log in self.logs:
            log.write(step, {**losses, **errors, "seconds": self.state.seconds})

    def _save(self, best: bool) -> None:
        """The weights, then the checkpoint: a run that dies in between writes both again."""
        if not self.team.chief:
            return
        facts = {KEY: to_facts(self.network.preset), "step": self.state.step, "run": self.config.name}
        with self._averaged():
            for path in [self.folder.last_weights, *([self.folder.best_weights] if best else [])]:
                save_weights(self.network.model, path, facts=facts)
        self.checkpoints.save(self.state.step, self.state.arrays(), self.state.facts())

    def _averaged(self):
        """Within it the model has the weights that are measured and kept."""
        return nullcontext() if self.state.average is None else self.state.average.in_place()

    def _conclude(self, why: str) -> Outcome:
        errors = self.state.errors[-1] if self.state.errors else {}
        if self.team.chief:
            report = {"why": why, "config": self.config.name, **self.state.facts()}
            write_text(self.folder.report, json.dumps(report, indent=2) + "\n")
        best = self.folder.best_weights
        return Outcome(why, best if best.exists() else self.folder.last_weights, errors)


def _check_division(config: TrainingConfig, team: Team) -> None:
    size, parts = config.schedule.batch_size, team.replicas * config.schedule.accumulate
    if size % parts:
        raise InputError(
            f"Expected a schedule.batch_size that {team.replicas} devices with schedule.accumulate "
            f"{config.schedule.accumulate} share evenly, a multiple of {parts}. Received: {size}."
        )


def _plainly(error: tf.errors.InvalidArgumentError) -> Exception:
    """The InputError of a source, which TensorFlow's input pipeline wraps into an error of its own; else the error."""
    found = re.search(r"\bInputError: (.+)", error.message)
    return error if found is None else InputError(found[1])


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True, markup=False, highlight=False)


def _listed(values: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.4g}" for name, value in values.items())
