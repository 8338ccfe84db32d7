"""The command's own part: arguments, the quickstart, exit codes."""

from pathlib import Path

import pytest

from voxelpose.commands import train as command
from voxelpose.commands.shared.entry import run
from voxelpose.training.run.run import Outcome


@pytest.fixture
def started(monkeypatch):
    """What `train` was called with; it ends as `why` says."""
    seen = []

    def fake(config, console, observers=()):
        seen.append(config)
        return Outcome(fake.why, Path("runs/x/best.weights.h5"), {"mpjpe": 50.0})

    fake.why, fake.seen = "finished", seen
    monkeypatch.setattr("voxelpose.training.run.run.train", fake)
    return fake


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "configs" / "quickstart.yaml"
    path.parent.mkdir()
    monkeypatch.setattr(command, "QUICKSTART", path)
    path.write_text(
        "name: q\nnetwork: {preset: tiny}\nloss: {integral: 1}\n"
        "data:\n  train: [{kind: store, path: a}]\n  heldout: [{kind: store, path: b}]\n"
        "schedule: {steps: 10, steps_per_epoch: 5}\n"
    )
    return path


def test_without_an_argument_it_takes_the_quickstart(started, config, capsys):
    assert run(command.main, []) == 0
    assert started.seen[0].name == "q" and started.seen[0].schedule.steps == 10
    assert capsys.readouterr().out.splitlines()[-2:] == ['{"mpjpe": 50.0}', "finished: runs/x/best.weights.h5"]


@pytest.mark.parametrize("first", [[], ["configs/quickstart.yaml"]])
def test_changes_follow_the_configuration_or_stand_alone(started, config, first):
    assert run(command.main, [*first, "schedule.steps=7", "name=other"]) == 0
    assert (started.seen[0].schedule.steps, started.seen[0].name) == (7, "other")


def test_an_interruption_has_its_own_exit_code(started, config):
    started.why = "interrupted"
    assert run(command.main, []) == 130


def test_a_typo_is_answered_without_tensorflow_and_without_training(started, config, capsys):
    assert run(command.main, ["schedule.step=7"]) == 2
    assert "command line: unknown key 'schedule.step'. Did you mean 'steps'?" in capsys.readouterr().err
    assert not started.seen
