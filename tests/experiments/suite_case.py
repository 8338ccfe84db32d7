"""A suite small enough for tests: two variants of a tiny network, one with three seeds, and one that needs a path."""

import sys
from pathlib import Path

import yaml

sys.path.append(str(Path(__file__).parents[1] / "training"))

from training_case import TINY

from voxelpose.experiments.experiment_paths import ExperimentPaths
from voxelpose.experiments.suite import load_suite

SUITE = {
    "name": "small",
    "about": "tiny networks",
    "tuning": "none",
    "base": "base.yaml",
    "test": {"data": "heldout"},
    "validation": {"data": "heldout"},
    "variants": {
        "deep": {"about": "d = 4", "seeds": 3, "change": {"network.architecture.depths": [4]}},
        "flat": {"about": "d = 1", "change": {"network.architecture.depths": [1]}},
        "photographs": {"about": "d = 4, with photographs", "needs": ["lspet"], "change": {"data.train": "$lspet"}},
    },
    "claims": [{"claim": "Depth helps.", "better": "deep", "worse": "flat", "paper": "90 to 100 mm"}],
    "figures": [{"name": "depth", "title": "Depth", "axis": "cells", "columns": {"flat": "1", "deep": "4"}}],
}
SUITE["variants"]["photographs"]["change"] = {
    "data.train": [TINY["data"]["train"][0], {"kind": "store", "path": "$lspet"}],
}


def written(folder: Path, changes: dict | None = None, **suite) -> Path:
    """The suite's file in a folder, beside its base."""
    (folder / "base.yaml").write_text(yaml.safe_dump(TINY | (changes or {}), sort_keys=False))
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(SUITE | suite, sort_keys=False))
    return path


def paths_of(folder: Path, path: Path, **given: str) -> ExperimentPaths:
    return ExperimentPaths(load_suite(path), path, folder / "results", folder / "trainings", given)
