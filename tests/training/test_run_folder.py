"""The folder of a run: what it says of changes, and that nothing in it is overwritten by accident."""

import json
import subprocess
import sys

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


@pytest.mark.parametrize(
    "content", [b"a: [1", b"\xff\xfe\x00", b"just words", b"", b"a: &x [*x]\n", b"a: " + b"[" * 5000]
)
def test_a_damaged_configuration_of_an_earlier_run_is_one_sentence(config, content):
    folder = RunFolder(config)
    folder.open(config)
    folder.config_file.write_bytes(content)
    with pytest.raises(InputError, match="Expected the configuration of a run in .*config.yaml. Received: ") as told:
        folder.changes(config)
    assert len(str(told.value)) < 500 and "\n" not in str(told.value)


def test_a_folder_is_held_for_the_life_of_a_run(config):
    folder, resuming = RunFolder(config), config.model_copy(update={"resume": "auto"})
    with folder.claimed(config):
        for other in (config, resuming):
            with pytest.raises(InputError, match="Another training runs in here/tiny"), RunFolder(other).claimed(other):
                pass
        folder.open(config)
    with folder.claimed(resuming):
        pass
    with pytest.raises(InputError, match="already a run"), folder.claimed(config):
        pass
    assert not [path for path in folder.path.iterdir() if path.name.startswith(".")]


def test_the_lock_of_a_killed_run_holds_nobody_up(config, tmp_path):
    source = """
import sys
from voxelpose.training.config.training_config import load_config
from voxelpose.training.run.run_folder import RunFolder
config = load_config("tiny.yaml", ["output=here"])
with RunFolder(config).claimed(config):
    print("held", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        folder = RunFolder(config)
        with pytest.raises(InputError, match="Another training runs"), folder.claimed(config):
            pass
        holder.kill()
    assert (folder.path / ".training").exists()
    with folder.claimed(config):
        pass


def test_what_a_killed_run_left_half_written_goes(config):
    folder = RunFolder(config)
    folder.open(config)
    for name in (".best-x1.weights.h5", ".last-x2.weights.h5", ".log-x3.csv", ".config-x4.yaml", ".result-x5.json"):
        (folder.path / name).write_bytes(b"half")
    (folder.path / ".mine").write_text("stays")
    folder.open(config)
    assert sorted(path.name for path in folder.path.iterdir()) == [".mine", "config.yaml", "environment.json"]
