"""Whole runs through `train`, and through the command."""

import _thread
import csv
import io
import json
import signal

import numpy as np
import pytest
import yaml
from rich.console import Console
from training_case import TINY, write_config

from voxelpose import cli
from voxelpose.commands.train import main
from voxelpose.errors import InputError
from voxelpose.networks.preset_facts import from_facts
from voxelpose.networks.presets import Calibration
from voxelpose.networks.weights_io import read_facts
from voxelpose.training.config.training_config import load_config
from voxelpose.training.run import run as running
from voxelpose.training.run.run import FINISHED, INTERRUPTED, train
from voxelpose.training.run.run_folder import RunFolder


def go(folder, *changes, **sections):
    """Train in the present directory; the outcome and what was printed."""
    stream = io.StringIO()
    outcome = train(load_config(write_config(folder, **sections), changes), Console(file=stream, width=200))
    return outcome, stream.getvalue()


def rows(path):
    with open(path, newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_run_leaves_a_complete_folder_and_goes_on_when_asked(workplace, monkeypatch):
    outcome, text = go(workplace)
    run = workplace / "runs" / "tiny"
    assert outcome.why == FINISHED and outcome.weights.resolve() == (run / "best.weights.h5").resolve()
    assert "(the mean pose: heldout/mpjpe" in text and "step 6  train/loss" in text and "XLA off  CPU" in text
    assert sorted(path.name for path in run.iterdir()) == [
        "best.weights.h5", "checkpoints", "config.yaml", "environment.json", "last.weights.h5", "log.csv",
        "result.json",
    ]  # fmt: skip
    assert yaml.safe_load((run / "config.yaml").read_text())["optimizer"]["final_fraction"] == 0.01
    environment = json.loads((run / "environment.json").read_text())
    assert environment["libraries"]["tensorflow"] and "git_revision" in environment
    facts = read_facts(run / "last.weights.h5")
    preset = from_facts(facts, "the file")
    assert (facts["step"], facts["run"], preset.name, preset.calibration) == (6, "tiny", "custom", Calibration())
    assert preset.card.parameters > 0 and preset.architecture.arguments["depths"] == (4,)
    assert [row["step"] for row in rows(run / "log.csv")] == ["3", "6"]
    result = json.loads((run / "result.json").read_text())
    assert result["why"] == FINISHED and [errors["step"] for errors in result["errors"]] == [3, 6]

    with pytest.raises(InputError, match="already a run in .*tiny. Continue it with resume=true"):
        go(workplace)

    # Ctrl-C in the middle of what comes next, then to the end.
    original = running.Run._after_step

    def interrupt(self, step, values):
        original(self, step, values)
        if step == 8:
            _thread.interrupt_main(signal.SIGTERM)  # a real signal crashes beside libraries of other tests

    monkeypatch.setattr(running.Run, "_after_step", interrupt)
    outcome, text = go(workplace, "resume=true", "schedule.steps=9")
    assert outcome.why == INTERRUPTED and "resumed at step 6" in text
    assert "changed: schedule.steps was 6 and is now 9" in text
    assert (run / "checkpoints" / "step-000000008.npz").exists()
    monkeypatch.setattr(running.Run, "_after_step", original)
    outcome, text = go(workplace, "resume=true", "schedule.steps=9")
    assert outcome.why == FINISHED and "resumed at step 8" in text
    assert [row["step"] for row in rows(run / "log.csv")] == ["3", "6", "9"]


def test_a_batch_that_is_not_finite_is_kept_and_ends_the_run(workplace, monkeypatch, capsys):
    from voxelpose.data.batches import BatchStream

    original = BatchStream.batch

    def poisoned(self, index, part=0, of=1):
        batch = original(self, index, part, of)
        if index == 1:
            batch["joints"][0], batch["joint_weights"][0] = np.inf, 1.0
        return batch

    monkeypatch.setattr(BatchStream, "batch", poisoned)
    code = cli.run(main, [str(write_config(workplace)), "optimizer.average=0"])
    assert code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "Training stopped at step 1" in error
    with np.load(workplace / "runs" / "tiny" / "bad-batch-1.npz") as kept:
        assert np.isinf(kept["joints"][0]).all() and kept["image"].shape == (4, 32, 32, 3)


def test_the_curriculum_is_told(workplace):
    _, text = go(workplace, "name=first", "resume=auto", "schedule.steps=1", "optimizer.warmup_steps=0")
    assert "no checkpoint yet: starting from the beginning" in text
    network = {"architecture": TINY["network"]["architecture"] | {"depths": [8]}}
    outcome, text = go(
        workplace,
        "name=second",
        "schedule.steps=1",
        "optimizer.warmup_steps=0",
        "network.warm_start=runs/first/last.weights.h5",
        "network.freeze=[stem_*]",
        "optimizer.rates={stage1_*: 0.1}",
        "data.train.0.weight=2",
        network=network,
    )
    assert outcome.why == FINISHED
    assert "warm start from runs/first/last.weights.h5: took" in text and "of another shape: volume_1" in text
    assert "arrays of stem_*" in text


def test_there_must_be_something_to_resume(workplace):
    with pytest.raises(InputError, match="Expected a run to resume in runs/tiny. There is none."):
        go(workplace, "resume=true")


def test_a_batch_that_cannot_be_shared_is_refused(workplace):
    with pytest.raises(InputError, match="share evenly, a multiple of 3. Received: 4"):
        config = load_config(write_config(workplace))
        object.__setattr__(config.schedule, "accumulate", 3)
        train(config, Console(quiet=True))


def test_a_full_disk_is_one_sentence_and_the_run_goes_on_when_there_is_space(workplace, capfd):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        assert cli.run(main, [str(write_config(workplace))]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert capfd.readouterr().err == "File too large: runs/tiny/last.weights.h5.\n"
    run = workplace / "runs" / "tiny"
    assert not [path for path in run.iterdir() if path.name.startswith(".") or path.suffix == ".h5"]
    outcome, _ = go(workplace, "resume=auto")
    assert outcome.why == FINISHED and [row["step"] for row in rows(run / "log.csv")] == ["3", "6"]


def test_a_second_run_in_the_folder_of_one_that_runs_is_refused(workplace):
    config = load_config(write_config(workplace))
    with RunFolder(config).claimed(config):
        for resume in ("auto", "false"):
            with pytest.raises(InputError, match="Another training runs in runs/tiny"):
                go(workplace, f"resume={resume}")


@pytest.mark.parametrize("name", ["log.csv", "config.yaml"])
def test_a_damaged_file_of_the_run_is_one_sentence(workplace, capsys, name):
    go(workplace, "schedule.steps=3")
    path = workplace / "runs" / "tiny" / name
    path.write_bytes(b"step,\xff[\n" + path.read_bytes()[::2])
    assert cli.run(main, [str(write_config(workplace)), "resume=true"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and told.startswith("Expected the ") and f"runs/tiny/{name}. Received: " in told
