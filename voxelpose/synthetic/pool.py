"""Pools: pictures drawn once, in parallel, into a folder of shards, and read back as arrays for training.

A shard is a function of seed, settings and its number, so a pool that was interrupted goes on where it stopped and ends
with the same bytes.
"""

import json
import multiprocessing
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from voxelpose.data.example import ExampleSet
from voxelpose.errors import InputError
from voxelpose.files import atomic_path, write_text
from voxelpose.skeleton import Skeleton, convert
from voxelpose.synthetic.people import SKELETON, SyntheticSettings, draw_person

SHARD = 100
_MANIFEST = "pool.json"
_JPEG_QUALITY = 95


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


def shard_path(folder: Path, first: int) -> Path:
    """The file of the shard that begins with example `first`."""
    return folder / f"people-{first:07d}.npz"


def draw_pool(
    folder: Path,
    settings: SyntheticSettings,
    count: int,
    seed: int,
    processes: int = 1,
    progress: Callable[[str], None] | None = None,
) -> int:
    """Draw the examples 0 to count - 1 of a seed into `folder`; returns how many had to be drawn.

    Shards that are there are kept. A folder that holds a pool of another seed or other settings is refused
    (InputError). progress: told a line now and then.
    """
    folder = Path(folder)
    claim_pool(folder, settings, seed)
    tasks = [_Task(folder, settings, seed, first, min(SHARD, count - first)) for first in range(0, count, SHARD)]
    missing = [task for task in tasks if not shard_holds(task.path, task.count)]
    started, drawn, total = time.monotonic(), 0, sum(task.count for task in missing)
    for task in _run(missing, processes):
        drawn += task.count
        if progress is not None:
            rate = drawn / (time.monotonic() - started)
            progress(
                f"drawn {drawn}/{total} people into {folder}  {rate:.1f} images/s  {(total - drawn) / rate:.0f} s left"
            )
    return drawn


def load_pool(folder: Path, skeleton: Skeleton, count: int | None = None, start: int = 0) -> ExampleSet:
    """All examples of a pool, or `count` of them from `start` on (a multiple of SHARD), in the order of `skeleton`.

    Raises InputError for a damaged shard and where there are no examples.
    """
    shards = sorted(Path(folder).glob("people-*.npz"))[start // SHARD :]
    if not shards:
        raise InputError(f"Expected a pool of drawn people in {folder}. There is no shard in it.")
    if count is not None:
        shards = shards[: -(-count // SHARD)]
    columns = [np.concatenate(parts)[:count] for parts in zip(*(_read(path) for path in shards), strict=True)]
    images, joints, weights, present, views = columns
    joints, weights = convert(joints, weights, SKELETON, skeleton)
    return ExampleSet(Path(folder).name, skeleton, images, np.nan_to_num(joints), weights, present, views)


def claim_pool(folder: Path, settings: SyntheticSettings, seed: int) -> None:
    """Write down what the pool in a folder is, or make sure that it is the same (InputError)."""
    told = json.loads(json.dumps({"seed": seed, "settings": asdict(settings)}))
    manifest = folder / _MANIFEST
    if manifest.exists():
        found = json.loads(manifest.read_text())
        if found != told:
            raise InputError(
                f"{folder} holds a pool of another seed or other settings. Expected {told}, received {found}."
            )
    else:
        write_text(manifest, json.dumps(told, indent=2) + "\n")


def shard_holds(path: Path, count: int) -> bool:
    """Whether the shard is there, sound, and has so many examples: one of a smaller pool is drawn anew."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return len(file["present"]) == count
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return False


def _run(tasks: list[_Task], processes: int) -> Iterator[_Task]:
    if processes <= 1 or len(tasks) <= 1:
        yield from map(_draw_shard, tasks)
        return
    # A fresh interpreter per process: forking one that runs TensorFlow's threads hangs.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_draw_shard, tasks)


def _draw_shard(task: _Task) -> _Task:
    cv2.setNumThreads(1)
    examples = [draw_person(task.seed, i, task.settings) for i in range(task.first, task.first + task.count)]
    files = [_encode(example.image) for example in examples]
    with atomic_path(task.path) as path:
        np.savez(
            path,
            jpeg=np.concatenate(files),
            offsets=np.cumsum([0, *map(len, files)]),
            joints=np.stack([example.joints for example in examples]),
            weights=np.stack([example.weights for example in examples]).astype(np.float32),
            present=np.array([example.present for example in examples]),
            views=np.stack([example.view for example in examples]),
        )
    return task


def _encode(image: np.ndarray) -> np.ndarray:
    return cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]


def _read(path: Path) -> tuple[np.ndarray, ...]:
    try:
        with np.load(path, allow_pickle=False) as file:
            jpeg, offsets = file["jpeg"], file["offsets"]
            labels = tuple(file[name] for name in ("joints", "weights", "present", "views"))
        pairs = zip(offsets[:-1], offsets[1:], strict=True)
        images = [cv2.cvtColor(cv2.imdecode(jpeg[a:b], cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB) for a, b in pairs]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, cv2.error) as error:
        raise InputError(f"The shard {path} is damaged ({error}); delete it and it will be drawn anew.") from error
    return np.stack(images), *labels
