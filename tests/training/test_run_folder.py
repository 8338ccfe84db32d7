"""The folder of a run: what it says of changes, and that nothing in it is overwritten by accident."""

import json

import pytest
from training_case import write_config

from voxelpose.errors import InputError
from voxelpose.training.config.training_config import load_config
from voxelpose.training.run.run_folder import RunFolder


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return load_config(write_config(tmp_path), ["output=here"])


def test_a_new_folder_holds_the_configuration_and_the_circumstances(config, tmp_path):
    folder = RunFolder(config)
    folder.check(config)
    assert folder.changes(config) == []
    folder.open(config)
    assert load_config(tmp_path / "here" / "tiny" / "config.yaml") == config
    environment = json.loads((tmp_path / "here" / "tiny" / "environment.json").read_text())
    assert environment["libraries"]["numpy"] and environment["python"]


def test_a_run_is_not_overwritten_unless_it_is_resumed(config):
    folder = RunFolder(config)
    folder.open(config)
    with pytest.raises(InputError, match="already a run in here/tiny"):
        folder.check(config)
    for resume in (True, "auto"):
        folder.check(config.model_copy(update={"resume": resume}))


def test_what_a_resumed_run_changes_is_told_key_by_key(config, tmp_path):
    folder = RunFolder(config)
    folder.open(config)
    changes = ["output=here", "resume=true", "schedule.steps=9", "optimizer.clip_norm=2", "data.train.0.count=7"]
    assert folder.changes(load_config(tmp_path / "tiny.yaml", changes)) == [
        "data.train.0.count was 8 and is now 7",
        "optimizer.clip_norm was None and is now 2.0",
        "schedule.steps was 6 and is now 9",
    ]


def test_every_worker_keeps_its_own_part_of_a_bad_batch(config):
    folder = RunFolder(config)
    assert folder.bad_batch(7, 0).name == "bad-batch-7.npz"
    assert folder.bad_batch(7, 2).name == "bad-batch-7-worker-2.npz"
