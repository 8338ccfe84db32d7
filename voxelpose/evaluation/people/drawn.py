"""Drawn people to evaluate on: any pool, or a part of a published benchmark, whose labels are compared with its own."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from voxelpose.data.labels import Labels
from voxelpose.data.source import ExampleSource
from voxelpose.evaluation.people.people import People, Tags
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.pools.benchmarks import BENCHMARKS, Split, load_split, verify_pool
from voxelpose.synthetic.pools.manifest import read_manifest
from voxelpose.synthetic.pools.pool import draw_pool, load_pool

DRAWN = "drawn people"
_PARTS = ("test", "validation", "train")


def drawn_people(folder: Path, limit: int | None = None) -> People:
    """Everybody in a folder of drawn people. All their joints are known, those outside of the picture, too.

    A whole part of a benchmark is known by its seed and settings; InputError if its labels are not the published ones.
    """
    drawn = load_pool(folder, H36M17)
    split = _split_of(folder, len(drawn))
    drawn = drawn if limit is None else drawn.select(np.arange(min(limit, len(drawn))))
    present = drawn.labels().present
    shown = drawn if present.all() else drawn.select(np.flatnonzero(present))
    people = known_people(shown, DRAWN, Tags.unknown(len(shown)))
    skipped = {"nobody in the picture": len(drawn) - len(shown)}
    people = replace(people, sha256=labels_sha256(drawn.labels()), skipped=skipped)
    if split is None:
        return people
    verify_pool(folder, split)
    checksums = hashlib.sha256("".join(split.checksums).encode()).hexdigest()
    return replace(people, dataset=split.benchmark, part=split.name, sha256=checksums)


def draw_benchmark(name: str, folder: Path, processes: int = 1, progress: Callable[[str], None] | None = None) -> Path:
    """Draw a benchmark, "people-v1" (its test part) or "people-v1/validation", below `folder`; returns where it is.

    What is drawn already stays. InputError for another name.
    """
    benchmark, _, part = name.partition("/")
    split = load_split(benchmark, part or _PARTS[0])
    place = folder / f"{split.benchmark}-{split.name}"
    draw_pool(place, split.settings, split.count, split.seed, processes, progress)
    return place


def is_benchmark(name: str) -> bool:
    """Whether a name means a benchmark that ships, or a part of one."""
    return name.partition("/")[0] in BENCHMARKS


def known_people(examples: ExampleSource, dataset: str, tags: Tags) -> People:
    """The people of a source, their joints outside the picture included, whatever the joints' weights say."""
    labels = examples.labels()
    mm, known_mm = labels.in_camera()
    return People(
        dataset=dataset,
        examples=examples,
        labels=labels,
        joints_mm=np.where(known_mm[..., None], mm, np.nan),
        known=labels.known[..., :2].all(-1),
        head_px=np.full(len(examples), np.nan),
        tags=tags,
        sha256=labels_sha256(labels),
    )


def labels_sha256(labels: Labels) -> str:
    """SHA-256 over labels, pictures left out: those may differ in a bit where a codec does."""
    digest = hashlib.sha256(" ".join(labels.skeleton.joints).encode())
    for column in (labels.joints, labels.weights, labels.present, labels.cameras.to_file()):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _split_of(folder: Path, count: int) -> Split | None:
    """The part of a benchmark that the folder holds as a whole, None where it holds something else."""
    told = read_manifest(folder)
    for split in (load_split(benchmark, part) for benchmark in BENCHMARKS for part in _PARTS):
        if (told["seed"], told["settings"], count) == (split.seed, _in_json(split.settings), split.count):
            return split
    return None


def _in_json(settings) -> dict:
    """Settings as a manifest has them: JSON knows no tuples."""
    return json.loads(json.dumps(asdict(settings)))
