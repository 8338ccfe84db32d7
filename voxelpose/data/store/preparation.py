"""Making a store: people cut out in parallel, shard by shard, so that whatever stops the work only costs open shards.

A shard is a function of the data set and of its number, never of time or of the number of processes; a preparation that
was killed goes on where it stopped and ends with the same bytes.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2

from voxelpose.data.readers.dataset import Dataset, Item
from voxelpose.data.record import Skipped
from voxelpose.data.store.manifest import (
    MANIFEST,
    UNITS,
    Manifest,
    Origin,
    ShardEntry,
    SkeletonEntry,
    SkippedEntry,
    read_manifest,
)
from voxelpose.data.store.shard import JPEG_QUALITY, labels_sha256, read_outcome, read_shard, write_shard
from voxelpose.data.store.square_example import SquareExample
from voxelpose.data.store.store_folder import claim, cleaned
from voxelpose.errors import InputError
from voxelpose.files import sha256
from voxelpose.processes import run

SHARD = 256


@dataclass(frozen=True)
class Settings:
    """picture: side of the stored pictures in pixels; margin: their side over the person's box; shard: people in one.
    A data set whose pictures are kept as they are has a side of its own, and no margin.

    retry: redo the shards in which pictures were missing or unreadable.
    """

    picture: int = 384
    margin: float = 1.6
    shard: int = SHARD
    processes: int = 1
    retry: bool = False


@dataclass(frozen=True)
class Step:
    """How far a preparation has come. kept: people of earlier runs among `done`; total: None where unknown."""

    done: int
    total: int | None
    kept: int


@dataclass(frozen=True, eq=False)
class _Task:
    path: Path
    items: Sequence[Item]
    joints: int
    picture: int
    margin: float


@dataclass(frozen=True)
class _Written:
    path: Path
    people: int


def origin_of(name: str, source: Path, part: str, options: dict, dataset: Dataset, settings: Settings) -> Origin:
    """What the store will be made from; reads every annotation file once for its checksum."""
    return Origin(
        dataset=name,
        part=part,
        options={**options, **dataset.facts},
        source=source.resolve().name,
        files={file.as_posix(): sha256(source / file) for file in dataset.files},
        skeleton=SkeletonEntry.of(dataset.skeleton),
        picture=dataset.picture or settings.picture,
        margin=1.0 if dataset.picture else settings.margin,
        shard=settings.shard,
        jpeg_quality=JPEG_QUALITY,
    )


def prepare(
    target: Path, origin: Origin, dataset: Dataset, settings: Settings, progress: Callable[[Step], None] | None = None
) -> Manifest:
    """Fill the store at `target` and return its manifest, which is written last.

    InputError where `target` holds something else, where another process fills it, or where none of the first people
    can be used; OSError for a full disk. Shards that are finished stay in every case.
    """
    with claim(target, origin):
        if settings.retry:
            (target / MANIFEST).unlink(missing_ok=True)
        if (target / MANIFEST).exists():
            return read_manifest(target)[0]
        cleaned(target)
        paths = _fill(target, dataset, settings, progress or (lambda step: None))
        manifest = _manifest(origin, paths)
        manifest.save(target)
        return manifest


def _fill(target: Path, dataset: Dataset, settings: Settings, progress: Callable[[Step], None]) -> list[Path]:
    """Write the missing shards; returns all of them in order."""
    paths: list[Path] = []
    done = kept = 0

    def missing() -> Iterator[_Task]:
        nonlocal done, kept
        for number, items in enumerate(_batches(dataset.items(), settings.shard)):
            path = target / f"records-{number * settings.shard:08d}.npz"
            paths.append(path)
            if _finished(path, len(items), len(dataset.skeleton), settings.retry):
                done, kept = done + len(items), kept + len(items)
                progress(Step(done, dataset.count, kept))
            else:
                side = dataset.picture or settings.picture
                yield _Task(path, items, len(dataset.skeleton), side, settings.margin)

    for written in run(_write, missing(), settings.processes):
        done += written.people
        progress(Step(done, dataset.count, kept))
        if written.path == paths[0]:
            _refuse_hopeless(written.path)
    if not paths:
        raise InputError("Expected at least one person in the data set. It has none.")
    return paths


def _batches(items: Iterator[Item], size: int) -> Iterator[tuple[Item, ...]]:
    while batch := tuple(islice(items, size)):
        yield batch


def _finished(path: Path, count: int, joints: int, retry: bool) -> bool:
    if not path.exists():
        return False
    try:
        shard = read_shard(path, joints)
    except InputError:
        return False
    redo = retry and any(skip.reason.startswith("picture ") for skip in shard.skipped)
    return len(shard) + len(shard.skipped) == count and not redo


def _write(task: _Task) -> _Written:
    cv2.setNumThreads(1)
    made = [item.square_example(task.picture, task.margin) for item in task.items]
    squares = [one for one in made if isinstance(one, SquareExample)]
    skipped = [one for one in made if isinstance(one, Skipped)]
    write_shard(task.path, squares, skipped, task.joints)
    return _Written(task.path, len(task.items))


def _refuse_hopeless(path: Path) -> None:
    """If nobody of the first shard could be used, the source is wrong and not one person."""
    skips = _count_skips([path])
    if skips and not skips.examples:
        path.unlink()
        raise InputError(f"None of the first {skips.total} people can be used: {skips.sentence()}")


def _manifest(origin: Origin, paths: Sequence[Path]) -> Manifest:
    skips = _count_skips(paths)
    entries = [
        ShardEntry(file=path.name, examples=count, sha256=sha256(path), labels_sha256=labels_sha256(path))
        for path, count in zip(paths, skips.counts, strict=True)
    ]
    return Manifest(origin=origin, units=UNITS, examples=skips.examples, skipped=skips.entries(), shards=entries)


@dataclass(frozen=True)
class _Skips:
    """What was left out of a store.

    counts: examples per shard; reasons: how many were skipped for each; first: the first of each.
    """

    counts: tuple[int, ...]
    reasons: Counter[str]
    first: dict[str, str]

    @property
    def examples(self) -> int:
        return sum(self.counts)

    @property
    def total(self) -> int:
        """People seen, used or not."""
        return self.examples + self.reasons.total()

    def entries(self) -> dict[str, SkippedEntry]:
        """As a manifest has them, most frequent first."""
        return {r: SkippedEntry(count=n, first=self.first[r]) for r, n in self.reasons.most_common()}

    def sentence(self) -> str:
        """ "picture missing (256, first a.jpg)" and so on."""
        return "; ".join(f"{r} ({n}, first {self.first[r]})" for r, n in self.reasons.most_common()) + "."


def _count_skips(paths: Sequence[Path]) -> _Skips:
    """What the shards say about themselves."""
    counts, reasons, first = [], Counter(), {}
    for path in paths:
        examples, skipped = read_outcome(path)
        counts.append(examples)
        for skip in skipped:
            reasons[skip.reason] += 1
            first.setdefault(skip.reason, skip.where)
    return _Skips(tuple(counts), reasons, first)
