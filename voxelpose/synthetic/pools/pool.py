"""Pools: pictures drawn once, in parallel, into a folder of shards, and read back as arrays for training.

A shard is a function of seed, settings and its number, so a pool that was interrupted goes on where it stopped and ends
with the same bytes.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from voxelpose.data.plausible import check_labels
from voxelpose.data.source import ExampleSet
from voxelpose.errors import InputError
from voxelpose.processes import run
from voxelpose.skeleton import Skeleton
from voxelpose.synthetic.people import draw_person
from voxelpose.synthetic.pools.manifest import claim, read_manifest
from voxelpose.synthetic.pools.shards import SHARD, holds, labels_of, read_shard, shard_path, shard_paths, write_shard
from voxelpose.synthetic.settings import SyntheticSettings


@dataclass(frozen=True)
class _Task:
    folder: Path
    settings: SyntheticSettings
    seed: int
    first: int
    count: int

    @property
    def path(self) -> Path:
        return shard_path(self.folder, self.first)


def draw_pool(
    folder: Path,
    settings: SyntheticSettings,
    count: int,
    seed: int,
    processes: int = 1,
    progress: Callable[[str], None] | None = None,
) -> int:
    """Draw the examples 0 to count - 1 of a seed into `folder`; returns how many had to be drawn.

    Shards that are there are kept. A folder that holds a pool of another seed, of other settings or of another version
    of the drawer is refused (InputError). progress: told a line now and then.
    """
    folder = Path(folder)
    claim(folder, settings, seed)
    tasks = [_Task(folder, settings, seed, first, min(SHARD, count - first)) for first in range(0, count, SHARD)]
    missing = [task for task in tasks if not holds(task.path, task.count)]
    started, drawn, total = time.monotonic(), 0, sum(task.count for task in missing)
    for amount in run(_draw_shard, missing, processes):
        drawn += amount
        if progress is not None:
            rate = drawn / (time.monotonic() - started)
            progress(f"drawn {drawn}/{total} into {folder}  {rate:.1f} images/s  {_clock((total - drawn) / rate)} left")
    return drawn


def load_pool(folder: Path, skeleton: Skeleton, count: int | None = None) -> ExampleSet:
    """All examples of a pool, or its first `count`, in the order of `skeleton`.

    InputError for a folder without a pool, a pool of another version of the drawer, one that is not yet drawn so far,
    and a damaged shard.
    """
    folder = Path(folder)
    read_manifest(folder)
    shards = shard_paths(folder)
    if count is not None:
        shards = shards[: -(-count // SHARD)]
    if not shards or shards != [shard_path(folder, SHARD * i) for i in range(len(shards))]:
        raise InputError(f"The pool in {folder} is not complete. Drawing it again draws what is missing.")
    examples = load_shards(shards, skeleton, count)
    if count is not None and len(examples) < count:
        raise InputError(f"Expected {count} examples in the pool {folder}. Received: {len(examples)}.")
    return examples


def load_shards(paths: Sequence[Path], skeleton: Skeleton, count: int | None = None) -> ExampleSet:
    """The examples of some shards of a pool, or the first `count` of them.

    InputError for a damaged shard, and for labels that are no person's.
    """
    columns = [np.concatenate(parts)[:count] for parts in zip(*(read_shard(path) for path in paths), strict=True)]
    images, *columns = columns
    where = str(paths[0].parent) if len(paths) > 1 else str(paths[0])
    labels = check_labels(labels_of(columns, images.shape[1]), where)
    return ExampleSet(paths[0].parent.name, images, labels.in_skeleton(skeleton))


def _draw_shard(task: _Task) -> int:
    cv2.setNumThreads(1)
    numbers = range(task.first, task.first + task.count)
    write_shard(task.path, [draw_person(task.seed, number, task.settings) for number in numbers])
    return task.count


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600}:{int(seconds) % 3600 // 60:02d}:{int(seconds) % 60:02d}"
