"""The decoupled comparison: nobody in it sees a picture with its depth, or starts from weights that did."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from rich.console import Console
from suite_case import TINY, paths_of, written

from voxelpose.data.augmentation.heatmap_errors import HeatmapErrors
from voxelpose.errors import InputError
from voxelpose.experiments.configs import config_of
from voxelpose.experiments.results import Result
from voxelpose.experiments.run_variant import run_variant
from voxelpose.experiments.suite import Run, load_suite

SHIPPED = Path(__file__).parents[2] / "configs" / "ablation" / "decoupled.yaml"
LIFTER = TINY | {
    "name": "lifter",
    "network": {"kind": "lifter", "architecture": {"depths": [2], "side": 8, "width": 8, "levels": 1}},
    "data": {
        "workers": 1,
        "depth_labels": "refused",
        "train": [{"kind": "poses", "count": 8, "seed": 2, "cast": "people-v1/train"}],
        "heldout": [{"kind": "poses", "count": 4, "seed": 3, "cast": "people-v1/validation"}],
    },
}
IN_2D = {
    "network.architecture.depths": [1],
    "data.depth_labels": "refused",
    "data.train.0.labels": "2d",
    "data.heldout.0.labels": "2d",
}
JOINTS = {"network.kind": "joint_lifter", "network.architecture": {"side": 8, "width": 16, "blocks": 1}}
VARIANTS = {
    "image": {"about": "2D alone", "change": IN_2D},
    "whole": {"about": "heatmaps", "base": "lifter.yaml", "after": "image"},
    "plain": {"about": "joints", "base": "lifter.yaml", "after": "image", "change": JOINTS},
    "nearest": {"about": "look up", "base": "lifter.yaml", "after": "image", "recipe": "nearest"},
    "cheating": {
        "about": "3D labels",
        "change": {"network.architecture.depths": [1], "data.depth_labels": "refused"},
    },
}


@pytest.fixture
def paths(workplace):
    few = {
        "schedule": TINY["schedule"] | {"steps": 2, "steps_per_epoch": 2},
        "optimizer": TINY["optimizer"] | {"warmup_steps": 1},
    }
    (workplace / "lifter.yaml").write_text(yaml.safe_dump(LIFTER | few, sort_keys=False))
    path = written(workplace, few, variants=VARIANTS, claims=[], figures=[])
    return paths_of(workplace, path)


def go(paths, name: str) -> dict:
    assert run_variant(paths, Run(name, 1), Console(file=io.StringIO())) == "finished"
    return json.loads(paths.result(Run(name, 1)).read_text())


def test_the_whole_comparison(paths):
    with pytest.raises(InputError, match="Expected the run image-s1 to be finished"):
        go(paths, "whole")
    image = go(paths, "image")
    assert set(image["readings"]) == {"soft-argmax", "argmax", "limb-aware"}
    whole, plain, nearest = (go(paths, name) for name in ("whole", "plain", "nearest"))
    errors = paths.training(Run("image", 1)) / "heatmap-errors.json"
    assert len(HeatmapErrors.load(errors).lost) == 17
    assert set(whole["readings"]) == {"soft-argmax", "argmax", "limb-aware"}
    assert set(plain["readings"]) == set(nearest["readings"]) == {"direct"}
    assert whole["parameters"] > image["parameters"] and whole["gmac"] >= image["gmac"]
    assert plain["steps"] == 2 and nearest["steps"] == nearest["examples"] == 0
    assert nearest["parameters"] == image["parameters"]
    used = (paths.training(Run("whole", 1)) / "config.yaml").read_text()
    assert f"heatmap_errors: {errors}" in used
    for one in (image, whole, plain, nearest):
        assert one["test"] == image["test"] and np.isfinite(list(one["readings"].values())[0]["metrics"]["mpjpe"])
    loaded = Result.load(paths.result(Run("plain", 1))).scores["direct"]
    assert loaded.people_mm == plain["readings"]["direct"]["people_mm"]


def test_pictures_with_depth_end_the_run(paths):
    with pytest.raises(InputError, match="^Expected examples that have a picture or depth labels, not both"):
        go(paths, "cheating")
    assert not paths.result(Run("cheating", 1)).exists()


def test_neither_half_of_the_shipped_suite_has_seen_3d():
    suite = load_suite(SHIPPED)
    for name in ("image-2d", "decoupled", "fully-connected", "fully-connected-means"):
        config = config_of(suite, SHIPPED, Run(name, 1))
        network = config.network
        assert config.data.depth_labels == "refused"
        assert (network.preset, network.initial_weights, network.warm_start) == (None, None, None)
        assert network.backbone == ("imagenet" if name == "image-2d" else "none")
        kinds = {(source.kind, getattr(source, "labels", "")) for source in config.data.train}
        assert kinds == ({("benchmark", "2d")} if name == "image-2d" else {("poses", "")})
        assert all(source.kind != "poses" or source.cast == "people-v1/train" for source in config.data.train)
