"""Many devices against one: two parts of a CPU, and two processes of which one is killed."""

import csv
import io
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from rich.console import Console
from training_case import write_config

from voxelpose.commands.launch import build_supervisor
from voxelpose.errors import InputError
from voxelpose.training.config.training_config import Devices, load_config
from voxelpose.training.devices.distribute import build_team
from voxelpose.training.run.run import train


def test_two_replicas_compute_what_one_device_does():
    script = Path(__file__).with_name("replicas.py")
    done = subprocess.run([sys.executable, script, "mirrored"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["replicas"], report["workers"]) == (2, 1)
    for variant in ("synchronized", "frozen, in parts", "frozen, compiled"):
        assert report[variant]["losses"] < 1e-5, variant
        assert report[variant]["weights"] < 1e-5, variant


def rows(path):
    with open(path, newline="") as stream:
        return list(csv.DictReader(stream))


def test_two_workers_survive_the_death_of_one_and_learn_what_one_process_does(workplace):
    changes = ["schedule.steps=8", "schedule.steps_per_epoch=2", "optimizer.average=0"]
    config = write_config(workplace)
    supervisor = build_supervisor(2, 2, [str(config), *changes, "name=workers"])
    checkpoints = workplace / "runs" / "workers" / "checkpoints"
    victims = []

    def kill():
        while not list(checkpoints.glob("step-*.npz")):
            time.sleep(0.05)
        victims.append(supervisor.processes[1])
        victims[0].kill()

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    said = []
    supervisor.log = said.append
    assert supervisor.run() == 0
    assert len(said) == 1 and "starting all again" in said[0]

    train(load_config(config, [*changes, "name=alone"]), Console(file=io.StringIO()))
    together, alone = rows(workplace / "runs" / "workers" / "log.csv"), rows(workplace / "runs" / "alone" / "log.csv")
    assert [row["step"] for row in together] == ["2", "4", "6", "8"]
    for a, b in zip(together, alone, strict=True):
        assert float(a["train/loss"]) == pytest.approx(float(b["train/loss"]), rel=1e-3)
        assert float(a["heldout/mpjpe"]) == pytest.approx(float(b["heldout/mpjpe"]), rel=1e-2)


@pytest.mark.parametrize(
    ("devices", "sentence"),
    [
        (Devices(use="mirrored"), "Expected GPUs for devices.use: mirrored"),
        (Devices(use="workers"), "Expected TF_CONFIG"),
        (Devices(use="slurm"), "Expected a task that srun started"),
    ],
)
def test_devices_that_are_not_there_are_named(devices, sentence, monkeypatch):
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda kind: [])
    for name in ("TF_CONFIG", "SLURM_PROCID"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match=sentence):
        build_team(devices)


def test_one_device_is_a_team_of_one():
    team = build_team(Devices())
    assert (team.replicas, team.workers, team.chief) == (1, 1, True)
    assert team.anyone(True, False) == (True, False)
    team.require_same(3, "step")
    with team.scope():
        pass
