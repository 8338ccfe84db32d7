"""A rehearsal of a run: its data, one batch, a few steps, one evaluation and one checkpoint, in a folder that is lost.

Nothing of the real run is touched. Of people who have yet to be drawn, the first hundred are.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tensorflow as tf
from rich.console import Console

from voxelpose.data.batches import Batch
from voxelpose.errors import InputError
from voxelpose.memory import available_mib, forget_peak, memory_mib
from voxelpose.networks.counting import multiply_accumulates, trainable_parameters
from voxelpose.networks.weights_io import save_weights
from voxelpose.skeleton import Skeleton
from voxelpose.synthetic.pools.pool import SHARD
from voxelpose.training.config.data import Pool
from voxelpose.training.config.training_config import Devices, TrainingConfig
from voxelpose.training.preflight import checks as checks
from voxelpose.training.preflight.memory import StepMemory, estimate_step_memory
from voxelpose.training.run.run import Run, prepared_run
from voxelpose.training.run.run_folder import RunFolder

_MIB = 2**20
_STEPS, _BATCHES = 3, 3


@dataclass(frozen=True)
class SourceFacts:
    """One source: examples in all, of each batch, and how many of those looked at show a person, and have depth."""

    name: str
    count: int
    per_batch: int
    people: float
    with_depth: float


@dataclass(frozen=True)
class Costs:
    """Times in s, memory and disk in MiB; measured is None where the system doesn't tell.

    first_s: the first step, with compilation; batch_s: one worker's time for a batch; evaluation_s: at the end of each
    epoch, checkpoint included; epoch_s: all of an epoch; estimate, measured_mib: of a step, beyond program and data.
    """

    first_s: float
    step_s: float
    batch_s: float
    evaluation_s: float
    epoch_s: float
    estimate: StepMemory
    measured_mib: float | None
    process_mib: float | None
    available_mib: float | None
    disk_mib: float
    free_mib: float


@dataclass(frozen=True, eq=False)
class Preflight:
    """What a rehearsal found; batch: the first one, see `data.batches`."""

    skeleton: Skeleton
    sources: list[SourceFacts]
    parameters: int
    gmac: float
    costs: Costs
    batch: Batch
    example_names: list[str]
    warnings: list[str] = field(default_factory=list)


def rehearse(config: TrainingConfig, log: Callable[[str], None]) -> Preflight:
    """Build everything, read a batch, take a few steps, look up once; InputError for what would stop the run, too."""
    with tempfile.TemporaryDirectory(prefix="voxelpose-preflight-") as folder:
        with prepared_run(_shortened(config, folder), Console(quiet=True)) as run:
            log("network and data are read; compiling the first step")
            batches, batch_s = _batches(run)
            costs = _costs(config, run, batches, batch_s, Path(folder))
            return _found(config, run, batches[0], costs)


def _found(config: TrainingConfig, run: Run, batch: Batch, costs: Costs) -> Preflight:
    names = [s.examples.name for s, n in zip(run.stream.sources, run.stream.counts, strict=True) for _ in range(n)]
    return Preflight(
        skeleton=run.network.skeleton,
        sources=_sources(config, run),
        parameters=trainable_parameters(run.network.model),
        gmac=multiply_accumulates(run.network.model) / 1e9,
        costs=costs,
        batch=batch,
        example_names=names,
        warnings=list(_warnings(config, run, batch, costs)),
    )


def _shortened(config: TrainingConfig, folder: str) -> TrainingConfig:
    """The same run elsewhere, on the first shard of each pool; shards of a larger pool are the same files."""

    def short(source):
        if not isinstance(source, Pool):
            return source
        return source.model_copy(update={"count": min(source.count, SHARD), "first": None})

    data = config.data.model_copy(
        update={"train": [short(s) for s in config.data.train], "heldout": [short(s) for s in config.data.heldout]}
    )
    return config.model_copy(
        update={"output": folder, "resume": False, "tensorboard": "off", "devices": Devices(use="one"), "data": data}
    )


def _batches(run: Run) -> tuple[list[Batch], float]:
    """The first batches, and the median time that one takes."""
    batches, seconds = [], []
    for index in range(_BATCHES):
        start = time.perf_counter()
        batches.append(run.stream.batch(index))
        seconds.append(time.perf_counter() - start)
    return batches, statistics.median(seconds)


def _costs(config: TrainingConfig, run: Run, batches: list[Batch], batch_s: float, folder: Path) -> Costs:
    arrays = run.state.arrays()
    kept = sum(array.size for name, array in arrays.items() if name.startswith("optimizer"))
    average = run.state.average is not None
    estimate = estimate_step_memory(
        run.network.model, kept, average, config.schedule.batch_size // config.schedule.accumulate
    )
    before = _told(memory_mib, "VmRSS")
    first_s, *steps = _timed_steps(run, batches)
    measured = _measured_step(before)
    evaluation_s, checkpoint_mib = _timed_look_up(config, run, folder, arrays)
    step_s = statistics.median(steps)
    waiting = max(step_s, batch_s / min(config.data.workers, os.cpu_count() or 1))
    return Costs(
        first_s=first_s,
        step_s=step_s,
        batch_s=batch_s,
        evaluation_s=evaluation_s,
        epoch_s=waiting * config.schedule.steps_per_epoch + evaluation_s,
        estimate=estimate,
        measured_mib=measured,
        process_mib=_told(memory_mib, "VmHWM"),
        available_mib=_told(available_mib),
        disk_mib=checkpoint_mib + _missing_pools_mib(config),
        free_mib=shutil.disk_usage(_nearest(RunFolder(config).path)).free / _MIB,
    )


def _timed_steps(run: Run, batches: list[Batch]) -> list[float]:
    seconds = []
    for index in range(1 + _STEPS):
        batch = batches[index % len(batches)]
        if index == 1 and _told(memory_mib, "VmRSS") is not None:
            forget_peak()
        start = time.perf_counter()
        loss = float(run.step(batch)["loss"])
        seconds.append(time.perf_counter() - start)
        if not np.isfinite(loss):
            raise InputError(f"Expected a finite loss. Received: {loss} in step {index + 1} of the rehearsal.")
    return seconds


def _measured_step(before: float | None) -> float | None:
    """Peak of the steps above what was held before the first one; on a GPU, the peak there."""
    if tf.config.list_physical_devices("GPU"):
        return tf.config.experimental.get_memory_info("GPU:0")["peak"] / _MIB
    return None if before is None else memory_mib("VmHWM") - before


def _timed_look_up(config: TrainingConfig, run: Run, folder: Path, arrays: dict) -> tuple[float, float]:
    """Seconds of an evaluation of all held-out people with its checkpoint, and MiB of what a run leaves behind."""
    wanted = [getattr(source, "count", None) for source in config.data.heldout]
    seconds = 0.0
    for people, count in zip(run.heldout.values(), wanted, strict=True):
        run.predict(people.images)  # compiles, which later epochs are spared
        start = time.perf_counter()
        people.errors(run.predict)
        elapsed = time.perf_counter() - start
        seconds += elapsed * max(1.0, (count or len(people.images)) / max(1, len(people.images)))
    start = time.perf_counter()
    weights = folder / "rehearsal.weights.h5"
    checkpoint = run.checkpoints.save(0, arrays, run.state.facts())
    save_weights(run.network.model, weights)
    seconds += time.perf_counter() - start
    # Two files of weights; a checkpoint more than are kept lies there while the oldest goes.
    size = 2 * weights.stat().st_size + (config.keep_checkpoints + 1) * Path(checkpoint).stat().st_size
    return seconds, size / _MIB


def _missing_pools_mib(config: TrainingConfig) -> float:
    """What the people who have yet to be drawn will take, by the size of those who are."""
    total = 0.0
    for source in (*config.data.train, *config.data.heldout):
        if isinstance(source, Pool):
            shards = [path.stat().st_size for path in Path(source.folder).glob("people-*.npz")]
            missing = max(0, -(-source.count // SHARD) - len(shards))
            total += missing * statistics.fmean(shards) if shards else 0.0
    return total / _MIB


def _sources(config: TrainingConfig, run: Run) -> list[SourceFacts]:
    facts = []
    for settings, source, per_batch in zip(config.data.train, run.stream.sources, run.stream.counts, strict=True):
        examples = source.examples
        labels = examples.labels(np.arange(examples.ready))
        depth = (labels.weights[..., 2] > 0).any(axis=1)
        count = settings.count if isinstance(settings, Pool) else len(examples)
        facts.append(SourceFacts(examples.name, count, per_batch, float(labels.present.mean()), float(depth.mean())))
    return facts


def _warnings(config: TrainingConfig, run: Run, batch: Batch, costs: Costs):
    grid = run.network.grid
    if RunFolder(config).config_file.exists() and not config.resume:
        yield f"there is already a run in {RunFolder(config).path}: continue it with resume=true, or name this another."
    yield from checks.config_warnings(config)
    yield from checks.skeleton_warnings(run.network.skeleton, config.augmentation.geometric.mirror)
    for source in run.stream.sources:
        yield from checks.source_warnings(source.examples, grid)
    yield from checks.batch_warnings(batch, config, grid.depth)
    yield from checks.speed_warnings(costs.step_s, costs.batch_s, config.data.workers, os.cpu_count() or 1)
    yield from checks.resource_warnings("disk", costs.disk_mib, costs.free_mib)
    if costs.available_mib is not None:
        yield from checks.resource_warnings("memory of a step", costs.estimate.total, costs.available_mib)


def _told(function: Callable, *arguments) -> float | None:
    """The number, or None where the system doesn't tell it."""
    try:
        return function(*arguments)
    except InputError:
        return None


def _nearest(path: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(folder for folder in (path, *path.absolute().parents) if folder.exists())
