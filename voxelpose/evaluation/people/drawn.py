"""Drawn people to evaluate on: any pool, or a part of a published benchmark, whose labels are compared with its own."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from voxelpose.data.example import ExampleSet
from voxelpose.evaluation.people.labels import camera_joints, labels_sha256
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
    shown = drawn if drawn.present.all() else drawn.select(np.flatnonzero(drawn.present))
    people = known_people(shown, DRAWN, Tags.unknown(len(shown)))
    people = replace(people, sha256=labels_sha256(drawn), skipped={"nobody in the picture": len(drawn) - len(shown)})
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


def known_people(examples: ExampleSet, dataset: str, tags: Tags) -> People:
    """The people of examples in memory whose camera and joints are all known, whatever the joints' weights say."""
    return People(
        dataset=dataset,
        examples=examples,
        size=examples.images.shape[1],
        joints_mm=camera_joints(examples),
        known=np.ones(examples.joints.shape[:2], bool),
        head_px=np.full(len(examples), np.nan),
        tags=tags,
        sha256=labels_sha256(examples),
    )


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
