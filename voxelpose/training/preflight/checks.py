"""Likely mistakes in a configuration and its data, each as a sentence that says what to change."""

from collections.abc import Iterator, Sequence

import numpy as np

from voxelpose.data.batches import Batch
from voxelpose.data.labels import Labels
from voxelpose.data.source import ExampleSource
from voxelpose.geometry import VoxelGrid
from voxelpose.losses.terms import GaussianTerm
from voxelpose.skeleton import Skeleton
from voxelpose.training.config.training_config import Optimizer, TrainingConfig

# Learning rates that are known to work, at the batch they were used with; they go with the root of the batch.
_KNOWN_RATES = {"rmsprop": (2.5e-4, 4), "adamw": (1e-3, 32)}
_RATE_TOO_HIGH, _RATE_TOO_LOW = 10.0, 0.01
# People span at least so much from front to back, over the joints of a pose; a tenth of it is no person's.
_FLAT_MM = 20.0
_MISSED = 0.3
_PICTURES = 32


def config_warnings(config: TrainingConfig) -> Iterator[str]:
    """What the configuration alone gives away."""
    yield from _rate_warnings(config.optimizer, config.schedule.batch_size)
    plan = config.loss
    stages = [plan.terms, *plan.stages.values()]
    if all(term.weight == 0 for terms in stages for term in terms.values()) and not plan.coordinates:
        yield "every term of the loss has weight 0: nothing would be learned. Give one of them a weight under loss."
    if config.schedule.steps_per_epoch > config.schedule.steps:
        yield (
            f"schedule.steps_per_epoch ({config.schedule.steps_per_epoch}) is above schedule.steps "
            f"({config.schedule.steps}): the held-out errors come only at the very end."
        )


def _rate_warnings(optimizer: Optimizer, batch: int) -> Iterator[str]:
    rate, known_batch = _KNOWN_RATES[optimizer.kind]
    usual = rate * (batch / known_batch) ** 0.5
    if not _RATE_TOO_LOW <= optimizer.learning_rate / usual <= _RATE_TOO_HIGH:
        direction = "high" if optimizer.learning_rate > usual else "low"
        yield (
            f"optimizer.learning_rate {optimizer.learning_rate:g} is {direction} for {optimizer.kind} with batches of "
            f"{batch}: about {usual:.1g} is usual."
        )


def source_warnings(source: ExampleSource, grid: VoxelGrid) -> Iterator[str]:
    """What the labels of one source, and a few of its pictures, give away; of a source of which not all is there, what
    is there."""
    if not source.people:
        return
    name, labels = source.name, source.labels(np.arange(source.ready))
    rows = np.flatnonzero(labels.present)
    people = labels.select(rows)
    if not len(people):
        yield f"{name}: none of {len(labels)} examples shows a person."
        return
    plane, depth = people.weights[..., 0] > 0, people.weights[..., 2] > 0
    if not plane.any():
        yield f"{name}: every joint has weight 0, so these examples teach nothing. Check the reader's flags."
        return
    if source.pictures:
        yield from _flat_pictures(source, rows[:_PICTURES])
    yield from _plane_units(name, people.joints[plane][:, :2], people.size)
    if depth.any():
        yield from _depth_units(name, people, depth, grid)
    never = [people.skeleton.joints[j] for j in np.flatnonzero(~plane.any(axis=0))]
    if never:
        yield f"{name}: never annotated: {', '.join(never)}."


def _flat_pictures(source: ExampleSource, rows: np.ndarray) -> Iterator[str]:
    pictures = np.stack([source[int(row)].image for row in rows])
    if pictures.max() == pictures.min():
        yield f"{source.name}: every pixel of {len(rows)} pictures is {pictures.max()}. Check how they are read."


def _plane_units(name: str, points: np.ndarray, size: int) -> Iterator[str]:
    if np.abs(points).max() <= 2.0 and size > 16:
        yield f"{name}: all x and y lie within 2: fractions? They should be pixels of the {size} px pictures."
    elif ((points < -0.5) | (points > size - 0.5)).any(axis=-1).mean() > _MISSED:
        yield f"{name}: many joints lie outside their {size} px pictures: pixels of another image size?"


def _depth_units(name: str, people: Labels, known: np.ndarray, grid: VoxelGrid) -> Iterator[str]:
    z = np.where(known, people.joints[..., 2], np.nan)
    complete = z[known.sum(axis=1) > 1]
    span = float(np.median(np.nanmax(complete, axis=1) - np.nanmin(complete, axis=1))) if len(complete) else np.inf
    outside = float(((z < grid.near_mm) | (z > grid.far_mm))[known].mean())
    if span < _FLAT_MM:
        yield f"{name}: people are {span:.2g} mm deep from front to back: metres or pixels? Depths should be mm."
    elif outside > _MISSED:
        yield (
            f"{name}: {outside:.0%} of the depths lie outside {grid.near_mm:g} to {grid.far_mm:g} mm from the root: "
            "absolute depths, or another unit?"
        )


def skeleton_warnings(skeleton: Skeleton, mirror: float) -> Iterator[str]:
    """Mirrored pictures of a skeleton without pairs would have their left joints on the right."""
    if mirror > 0 and skeleton.mirror == tuple(range(len(skeleton))) and len(skeleton) > 1:
        yield (
            f"the skeleton {skeleton.name} has no mirrored pairs (right_..., left_...), but "
            f"augmentation.geometric.mirror is {mirror:g}: mirrored people keep their sides. Set it to 0, or name the "
            "joints by side."
        )


def batch_warnings(batch: Batch, config: TrainingConfig, depth: int) -> Iterator[str]:
    """What the labels of a batch give away; depth: cells of the last stage."""
    weights = batch["joint_weights"]
    if not (weights > 0).any():
        yield "every joint of a batch has weight 0: nothing would be learned. Look at the sheet."
        return
    seen = weights[batch["present"] > 0]
    if len(seen) and (seen[..., 0] > 0).mean() < 1 - 2 * _MISSED:
        yield (
            f"only {(seen[..., 0] > 0).mean():.0%} of the joints lie inside their crops: crop_margin too small, or "
            "augmentation.geometric too strong?"
        )
    if depth > 1 and not (weights[..., 2] > 0).any():
        yield f"no joint of a batch has a depth, yet the last stage has {depth} depth cells: they would learn nothing."
        terms = config.loss.terms.values()
        if any(isinstance(term, GaussianTerm) and term.without_depth == "coarse" for term in terms):
            yield "with loss.gaussian.without_depth: coarse such examples train only stages of one depth cell."


def speed_warnings(step_s: float, batch_s: float, workers: int, cores: int) -> Iterator[str]:
    """Whether batches come as fast as they are used up; batch_s: of one worker."""
    usable = min(workers, cores)
    if batch_s / usable > step_s:
        yield (
            f"a batch takes {batch_s / usable:.2f} s to prepare with {usable} workers, a step {step_s:.2f} s: training "
            f"would wait for data. Raise data.workers{'' if workers < cores else ' on a machine with more cores'}."
        )


def resource_warnings(what: str, needed_mib: float, available_mib: float) -> Sequence[str]:
    """Whether memory or disk suffices."""
    if needed_mib <= available_mib:
        return []
    return [f"{what}: {needed_mib:,.0f} MiB are needed and {available_mib:,.0f} MiB are there."]
