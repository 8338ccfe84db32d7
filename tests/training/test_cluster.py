"""Clusters as TF_CONFIG and SLURM describe them."""

import json
import os

import pytest

from voxelpose.errors import InputError
from voxelpose.training.devices.cluster import cluster_config, slurm_config, worker_count

SLURM = {"SLURM_JOB_ID": "41234", "SLURM_JOB_NODELIST": "node[9-11]", "SLURM_PROCID": "1", "SLURM_NTASKS": "3"}


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """A task of a job on three nodes, with a `scontrol` that knows them."""
    tool = tmp_path / "scontrol"
    tool.write_text('#!/bin/sh\n[ "$*" = "show hostnames node[9-11]" ] && printf "node9\\nnode10\\nnode11\\n"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    for name, value in SLURM.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_slurm_gives_every_node_one_worker_in_its_own_order(slurm):
    assert json.loads(slurm_config()) == {
        "cluster": {"worker": ["node9:21234", "node10:21234", "node11:21234"]},
        "task": {"type": "worker", "index": 1},
    }


def test_a_task_that_srun_did_not_start_is_told(slurm):
    slurm.delenv("SLURM_PROCID")
    with pytest.raises(InputError, match="Not set: SLURM_PROCID"):
        slurm_config()


def test_several_tasks_on_a_node_are_refused(slurm):
    slurm.setenv("SLURM_NTASKS", "6")
    with pytest.raises(InputError, match="--ntasks-per-node=1.*6 tasks on 3 nodes"):
        slurm_config()


def test_a_list_that_scontrol_does_not_know_is_told(slurm):
    slurm.setenv("SLURM_JOB_NODELIST", "elsewhere")
    with pytest.raises(InputError, match="Expected scontrol to name the nodes elsewhere"):
        slurm_config()


def test_workers_are_counted(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", cluster_config(["a:1", "b:2"], 1))
    assert worker_count() == 2


@pytest.mark.parametrize(
    "value",
    [
        None,
        "{",
        "[]",
        '{"cluster": {"worker": ["a:1"]}}',
        cluster_config(["a:1"], 1),
        '{"cluster": {"worker": ["a:1"], "ps": ["b:2"]}, "task": {"type": "worker", "index": 0}}',
    ],
)
def test_other_descriptions_are_refused(monkeypatch, value):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if value is not None:
        monkeypatch.setenv("TF_CONFIG", value)
    with pytest.raises(InputError, match=r'TF_CONFIG of the form \{"cluster"'):
        worker_count()
