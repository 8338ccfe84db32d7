"""One training run from its configuration to its weights."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console

from voxelpose.data.pipeline import Source
from voxelpose.data.store import StoredExamples
from voxelpose.errors import InputError
from voxelpose.evaluation.heldout import HeldOutPeople, mean_pose_errors
from voxelpose.files import write_text
from voxelpose.geometry import root_relative
from voxelpose.networks.weights_io import save_weights
from voxelpose.synthetic.growing import Painter
from voxelpose.training.averaging import WeightAverage
from voxelpose.training.checkpoint import CheckpointFolder
from voxelpose.training.config import TrainingConfig
from voxelpose.training.interrupts import InterruptFlag
from voxelpose.training.logs import CsvLog, TensorBoardLog
from voxelpose.training.loop import FINISHED, INTERRUPTED, OUT_OF_TIME, Plan, TrainingLoop
from voxelpose.training.losses import build_losses
from voxelpose.training.optimizers import build_optimizer
from voxelpose.training.pools import painter_of
from voxelpose.training.progress import RunProgress
from voxelpose.training.run_folder import RunFolder
from voxelpose.training.setup import Subject, batch_stream, build_subject, heldout_people, predictor
from voxelpose.training.state import TrainingState
from voxelpose.training.step import TrainingStep

__all__ = ["FINISHED", "INTERRUPTED", "OUT_OF_TIME", "Outcome", "train"]


@dataclass(frozen=True)
class Outcome:
    """why: "finished", "interrupted" or "out of time"; weights: the best ones; errors: the last held-out errors."""

    why: str
    weights: Path
    errors: dict[str, float]


def train(config: TrainingConfig, console: Console) -> Outcome:
    """Train as configured, telling a console; raises InputError for anything that the user can mend."""
    folder = RunFolder(config)
    painter = painter_of(config.data, partial(_say, console))
    folder.open(config)
    # The processes that draw start up while TensorFlow builds the network.
    painter.start()
    xla = _use_xla(config.xla)
    console.print(f"run {folder.path}  precision {config.precision}  XLA {'on' if xla else 'off'}  {_devices()}")
    keras.mixed_precision.set_global_policy(config.precision)
    keras.utils.set_random_seed(config.seed)
    run = _Run(config, folder, painter, console, xla)
    return run.train()


class _Run:
    def __init__(self, config: TrainingConfig, folder: RunFolder, painter: Painter, console: Console, xla: bool):
        self.config, self.folder, self.console, self._painter = config, folder, console, painter
        self.subject = build_subject(config.network)
        self.say(f"network {self.subject.preset.name}: {_trainable(self.subject.model):,} trainable parameters")
        self.stream = batch_stream(config, self.subject, painter)
        self.state, self.step = self._learner(xla)
        self.checkpoints = CheckpointFolder(folder.checkpoints, config.keep_checkpoints)
        if config.resume:
            self._resume()
        self.logs = [CsvLog(folder.csv, self.state.step)]
        if _use_tensorboard(config.tensorboard):
            self.logs.append(TensorBoardLog(folder.tensorboard, self.state.step))
        self._predict = predictor(self.subject)
        self._sums: dict[str, float] = {}

    def say(self, text: str) -> None:
        _say(self.console, text)

    @cached_property
    def heldout(self) -> dict[str, HeldOutPeople]:
        """Wanted at the end of the first epoch, when they are drawn; the first step doesn't wait for them."""
        return heldout_people(self.config, self.subject, self._painter)

    @cached_property
    def baselines(self) -> dict[str, float]:
        """What always answering the mean of the training poses would get."""
        poses = [_known_poses(source, self.subject) for source in self.stream.sources]
        known = np.concatenate(poses)
        return {
            f"{name}/{metric}": value
            for name, people in self.heldout.items()
            if people.metric and len(known)
            for metric, value in mean_pose_errors(known, people).items()
        }

    def train(self) -> Outcome:
        schedule = self.config.schedule
        plan = Plan(
            schedule.steps,
            schedule.steps_per_epoch,
            schedule.minutes,
            self.config.checkpoint_seconds,
            self.config.data.workers,
        )
        self.progress = RunProgress(schedule.steps, self.state.step, schedule.batch_size, self.console)
        with InterruptFlag() as interrupt, self.progress:
            loop = TrainingLoop(
                plan, self.step, self.stream, self.state, self._evaluate, self._save,
                self._after_step, self._after_errors, interrupt,
            )  # fmt: skip
            why = loop.run()
        errors = self.state.errors[-1] if self.state.errors else {}
        report = {"why": why, "config": self.config.name, **self.state.facts()}
        write_text(self.folder.report, json.dumps(report, indent=2) + "\n")
        best = self.folder.best_weights
        return Outcome(why, best if best.exists() else self.folder.last_weights, errors)

    def _learner(self, xla: bool) -> tuple[TrainingState, TrainingStep]:
        model, config = self.subject.model, self.config
        trained = {name: tensor.shape for name, tensor in model.output.items()}
        losses = build_losses(trained, len(self.subject.skeleton), config.loss)
        half = config.precision == "mixed_float16"
        optimizer = build_optimizer(config.optimizer, config.schedule.steps, half)
        average = WeightAverage(model, config.optimizer.average) if config.optimizer.average else None
        step = TrainingStep(model, losses, optimizer, average, config.optimizer.clip_norm, xla)
        return TrainingState(model, optimizer, average), step

    def _resume(self) -> None:
        found = self.checkpoints.latest()
        if found is None:
            self.say("no checkpoint yet: starting from the beginning")
            return
        arrays, facts, complaints = found
        for complaint in complaints:
            self.say(complaint)
        self.state.restore(arrays, facts)
        self.say(f"resumed at step {self.state.step}")

    def _evaluate(self) -> dict[str, float]:
        if self.state.average is None:
            return self._errors()
        with self.state.average.in_place():
            return self._errors()

    def _errors(self) -> dict[str, float]:
        return {
            f"{name}/{metric}": value
            for name, people in self.heldout.items()
            for metric, value in people.errors(self._predict).items()
        }

    def _after_step(self, step: int, values) -> None:
        self.progress.step(step, values)
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._sums["steps"] = self._sums.get("steps", 0.0) + 1

    def _after_errors(self, step: int, errors) -> None:
        count = self._sums.pop("steps", 0.0) or 1.0
        losses = {f"train/{name}": total / count for name, total in self._sums.items()}
        self._sums.clear()
        self.state.errors.append({"step": step, **errors})
        self.progress.say(f"step {step}  {_listed(losses)}")
        self.progress.say(f"held out: {_listed(errors)}  (the mean pose: {_listed(self.baselines) or 'unknown'})")
        for log in self.logs:
            log.write(step, {**losses, **errors, "seconds": self.state.seconds})

    def _save(self, best: bool) -> None:
        self.checkpoints.save(self.state.step, self.state.arrays(), self.state.facts())
        facts = {**asdict(self.subject.preset), "step": self.state.step, "run": self.config.name}
        targets = [self.folder.last_weights, *([self.folder.best_weights] if best else [])]
        if self.state.average is None:
            self._write_weights(targets, facts)
        else:
            with self.state.average.in_place():
                self._write_weights(targets, facts)

    def _write_weights(self, targets: list[Path], facts: dict) -> None:
        for path in targets:
            save_weights(self.subject.model, path, facts=facts)


def _known_poses(source: Source, subject: Subject) -> np.ndarray:
    """Root-relative poses in mm of the examples that know their camera; of a growing source those it begins with."""
    examples = source.examples if source.first is None else source.examples.head(source.first)
    rows = np.flatnonzero(
        examples.present & np.isfinite(examples.views).all(-1) & np.isfinite(examples.joints).all((1, 2))
    )
    if not len(rows):
        return np.zeros((0, len(subject.skeleton), 3))
    if isinstance(examples, StoredExamples):
        return root_relative(examples.joints_mm[rows].astype(np.float64), subject.skeleton.root)
    known = examples.select(rows)
    return HeldOutPeople(known, subject.grid, known.images, (None,) * len(known)).true_mm()


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True, markup=False, highlight=False)


def _use_xla(choice: str) -> bool:
    gpu = bool(tf.config.list_physical_devices("GPU"))
    return gpu if choice == "auto" else choice == "on"


def _use_tensorboard(choice: str) -> bool:
    installed = find_spec("tensorboard") is not None
    if choice == "on" and not installed:
        raise InputError("tensorboard: on needs the package tensorboard: pip install 'voxelpose[tensorboard]'.")
    return installed and choice != "off"


def _devices() -> str:
    gpus = tf.config.list_physical_devices("GPU")
    return f"{len(gpus)} GPU" if gpus else "CPU"


def _trainable(model: keras.Model) -> int:
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)


def _listed(values: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.4g}" for name, value in values.items())
