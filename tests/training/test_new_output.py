"""A kind of output that the package has never seen is trained, measured, evaluated and exported by its one class."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from training_case import write_config

from voxelpose.evaluation.evaluate import run_network
from voxelpose.evaluation.people.named_people import load_people
from voxelpose.export.run import make_exporter
from voxelpose.export.writers import parse_target
from voxelpose.inference.runtime.loading import load_network
from voxelpose.networks import build, kinds, outputs
from voxelpose.training.config.training_config import load_config
from voxelpose.training.run.run import train

sys.path.append(str(Path(__file__).parents[1] / "networks"))
import toy_visibility  # noqa: E402

ARGUMENTS = ("joints", "input_size", "depth")


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(kinds.KINDS, "toy", kinds.Kind(ARGUMENTS))
    monkeypatch.setitem(build.CLASSES, "toy", "toy_visibility:ToyNetwork")
    yield
    outputs.Output.kinds[:] = [kind for kind in outputs.Output.kinds if kind is not toy_visibility.Visibility]


def test_a_new_output_takes_one_class(toy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load_config(
        write_config(
            tmp_path,
            network={"kind": "toy", "architecture": {"depth": 2, "input_size": 32}},
            loss={"integral": 1.0, "outputs": {"visibility": 0.5}},
            schedule={"steps": 2, "steps_per_epoch": 1, "batch_size": 4},
            optimizer={"kind": "adamw", "learning_rate": 1e-3},
        )
    )
    outcome = train(config, Console(quiet=True))
    with (tmp_path / "runs" / "tiny" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 and all(float(row["train/visibility"]) > 0 for row in rows)
    (measured,) = [name for name in rows[0] if name.endswith("/visibility_accuracy")]
    assert 0 <= float(rows[1][measured]) <= 1 and outcome.errors[measured] == pytest.approx(float(rows[1][measured]))

    loaded = load_network(weights=str(outcome.weights), runtime="tensorflow")
    people = load_people(tmp_path / "heldout")
    read = run_network(loaded, people, mirrored=True)
    assert np.isfinite(read.fractions).all() and read.fractions.shape == (len(people), 17, 3)

    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    exporter, stem = make_exporter(str(outcome.weights), [(picture, (8.0, 8.0, 40.0, 48.0))], 2, integers=False)
    path, found = exporter.write(*parse_target("savedmodel"), tmp_path / "exported", stem)
    assert path.exists() and [change.what for change in found.changes] == ["a joint", "the visibility"]
