"""Benchmarks that anyone can draw: fixed by seeds, their labels by checksums, splits that share no body, pose or cloth.

Labels are the same everywhere: NumPy 1.26 and 2.4 agree bit by bit. Pixels may differ with the build of NumPy and
OpenCV: between NumPy 1.26 with OpenCV 4.10 and NumPy 2.4 with OpenCV 5.0, two pictures of sixteen did, in 0.2 % of all
values.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxelpose.assets import verified_asset
from voxelpose.data.labels import PictureCameras
from voxelpose.errors import InputError
from voxelpose.processes import run
from voxelpose.synthetic.pools.manifest import claim
from voxelpose.synthetic.pools.shards import SHARD, read_labels, shard_path
from voxelpose.synthetic.scene_sampling import label
from voxelpose.synthetic.settings import Cast, SyntheticSettings

BENCHMARKS = ("people-v1",)
# Examples per checksum.
BLOCK = 1000
# Labels are compared to this many parts of a pixel and of a millimetre, far above what machines differ by.
_PIXEL_PARTS, _MM_PARTS = 100, 10

LabelArrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Split:
    """One part of a benchmark; checksums: hexadecimal SHA-256 of the labels of every BLOCK examples."""

    benchmark: str
    name: str
    seed: int
    count: int
    settings: SyntheticSettings
    checksums: tuple[str, ...]


def load_split(benchmark: str, split: str) -> Split:
    """A split of a benchmark that ships. InputError for a name that there is not."""
    if benchmark not in BENCHMARKS:
        raise InputError(f"Expected a benchmark among {', '.join(BENCHMARKS)}. Received: {benchmark}.")
    definition = json.loads(verified_asset(f"people/{benchmark}.json").read_text(encoding="utf-8"))
    if split not in definition["splits"]:
        raise InputError(f"Expected a split among {', '.join(definition['splits'])}. Received: {split}.")
    facts = definition["splits"][split]
    cast = Cast(**{name: tuple(values) for name, values in facts["cast"].items()})
    settings = SyntheticSettings(**definition["settings"], cast=cast)
    return Split(benchmark, split, facts["seed"], facts["count"], settings, tuple(facts["checksums"]))


def load_cast(part: str | None) -> Cast | None:
    """The bodies, poses and patterns of a benchmark's part ("people-v1/train"); None, all of them, for None."""
    return None if part is None else load_split(*part.split("/")).settings.cast


def compute_checksums(
    seed: int,
    count: int,
    settings: SyntheticSettings,
    processes: int = 1,
    progress: Callable[[int], None] | None = None,
) -> list[str]:
    """Checksums of the labels 0 to count - 1, computed without drawing; progress: told how many labels are done."""
    found: dict[int, str] = {}
    blocks = [(seed, first, min(BLOCK, count - first), settings) for first in range(0, count, BLOCK)]
    for first, checksum in run(_computed_block, blocks, processes):
        found[first] = checksum
        if progress is not None:
            progress(sum(min(BLOCK, count - begun) for begun in found))
    return [found[first] for _, first, _, _ in blocks]


def verify_pool(folder: Path, split: Split) -> int:
    """Compare the labels of a drawn split with its checksums; returns how many examples were compared.

    Only whole blocks of what is drawn are compared. InputError for another pool, a damaged shard, no whole block, or
    labels that differ.
    """
    folder = Path(folder)
    claim(folder, split.settings, split.seed)
    compared = 0
    for number, expected in enumerate(split.checksums):
        size = min(BLOCK, split.count - number * BLOCK)
        paths = [shard_path(folder, first) for first in range(number * BLOCK, number * BLOCK + size, SHARD)]
        if not all(path.exists() for path in paths):
            break
        received = labels_checksum(_joined([read_labels(path) for path in paths]))
        _compare(expected, received, split, number, str(folder))
        compared += size
    if compared == 0:
        raise InputError(f"Expected {BLOCK} drawn examples or more in {folder}. Received: fewer.")
    return compared


def verify_labels(split: Split, count: int, processes: int = 1, progress: Callable[[int], None] | None = None) -> int:
    """Compute the first `count` labels, rounded up to whole blocks, and compare them; returns how many (InputError)."""
    blocks = -(-min(count, split.count) // BLOCK)
    count = min(blocks * BLOCK, split.count)
    received = compute_checksums(split.seed, count, split.settings, processes, progress)
    for number, checksum in enumerate(received):
        _compare(split.checksums[number], checksum, split, number, "what this machine computes")
    return count


def labels_checksum(labels: LabelArrays) -> str:
    """SHA-256 of joints (N, J, 3), weights (N, J, 3), present (N,) and views (N, 5), rounded."""
    joints, weights, present, views = (np.asarray(column, np.float64) for column in labels)
    pixels, depths = np.split(joints, [2], axis=-1)
    lens, root = np.split(np.nan_to_num(views, nan=-1.0), [4], axis=-1)
    parts = (
        pixels * _PIXEL_PARTS, depths * _MM_PARTS, weights, present, lens * _PIXEL_PARTS, root * _MM_PARTS
    )  # fmt: skip
    digest = hashlib.sha256()
    for part in parts:
        digest.update(np.rint(part).astype("<i8").tobytes())
    return digest.hexdigest()


def _compare(expected: str, received: str, split: Split, number: int, where: str) -> None:
    if expected != received:
        first = number * BLOCK
        last = min(first + BLOCK, split.count) - 1
        raise InputError(
            f"The labels {first} to {last} of {split.benchmark}/{split.name} differ in {where}: "
            f"expected sha256 {expected[:16]}..., received {received[:16]}...."
        )


def _computed_block(block: tuple[int, int, int, SyntheticSettings]) -> tuple[int, str]:
    seed, first, count, settings = block
    return first, labels_checksum(_labels(seed, range(first, first + count), settings))


def _labels(seed: int, numbers: Sequence[int], settings: SyntheticSettings) -> LabelArrays:
    found = [label(seed, number, settings) for number in numbers]
    rows: Iterator[tuple] = ((one.joints, one.weights, one.present) for one in found)
    columns = (np.stack(column) for column in zip(*rows, strict=True))
    return *columns, PictureCameras.of([one.camera for one in found]).to_file()


def _joined(parts: list[LabelArrays]) -> LabelArrays:
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))
