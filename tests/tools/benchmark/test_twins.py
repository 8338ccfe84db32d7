"""The PyTorch networks and losses that ours are compared with are the same networks and losses.

PyTorch runs in a process of its own (`torch_side`), as it does in the benchmark.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest

from benchmark import handover
from benchmark.cases import LOSSES, outputs_and_losses
from benchmark.inputs import random_targets
from benchmark.process import TOOLS, call_apart
from benchmark.shipped_cases import TwinRuntime
from voxelpose.networks.counting import trainable_parameters
from voxelpose.networks.presets import PRESETS
from voxelpose.networks.volumetric import VolumetricHourglass

pytestmark = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed (the extra torch)")

VOLUMETRIC = {name: preset for name, preset in PRESETS.items() if preset.architecture.kind == "volumetric"}
SMALL = {"joints": 3, "input_size": 64, "width": 16}
NETWORKS = {
    "paper": {**SMALL, "family": "paper", "depths": (1, 2, 4), "modules": 1},
    "uniform": {**SMALL, "family": "uniform", "depths": (1, 4), "levels": 3, "modules": 2},
    "compact": {**SMALL, "family": "compact", "depths": (1, 4), "groups": 7, "presence": True},
    "blazepose": {**SMALL, "family": "blazepose", "depths": (1, 4), "presence": True},
    "blazepose-lite": {**SMALL, "family": "blazepose-lite", "depths": (4,)},
    "compact-shallow": {**SMALL, "family": "compact", "depths": (4,), "groups": 3},
}
# Threads that wait for one another by spinning take minutes on a machine that is busy.
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
LOSS_OF = {"uniform": "gaussian", "compact": "integral"}


@dataclass(frozen=True, eq=False)
class Asked:
    """What PyTorch was given, what it answered, and what ours say to the same."""

    folder: Path
    answers: dict
    models: dict[str, keras.Model]
    images: np.ndarray
    losses: dict[str, float]


def trained(architecture) -> keras.Model:
    """A network whose statistics, scales and offsets are none of the values that they start with."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    model = VolumetricHourglass(**architecture, head_stddev=0.1)
    for variable in model.weights:
        if variable.name in ("gamma", "moving_variance"):
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
        elif variable.name in ("beta", "moving_mean"):
            variable.assign(rng.normal(0, 0.2, variable.shape))
    return model


def our_losses(model: keras.Model, path: Path) -> dict[str, float]:
    """The total of each loss on random outputs of the model, which go into the file."""
    rng = np.random.default_rng(2)
    targets, presence = random_targets(rng, 2, 3), np.array([[1.0], [0.0]], "float32")
    outputs = {name: rng.normal(size=(2, *tensor.shape[1:])).astype("float32") for name, tensor in model.output.items()}
    descriptions = {name: handover.describe_loss(name, list(model.depths)) for name in LOSSES}
    np.savez(path, targets=targets, known_presence=presence, descriptions=json.dumps(descriptions), **outputs)
    weighed = np.concatenate([presence, np.ones_like(presence)], axis=-1)
    values = {}
    for loss, config in LOSSES.items():
        _, built = outputs_and_losses(model, config)
        given = {name: weighed if name == "presence" else targets for name in outputs}
        values[loss] = sum(float(built[name](given[name], outputs[name])) for name in outputs)
    return values


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> Asked:
    folder = tmp_path_factory.mktemp("torch")
    for name in ("networks", "presets", "outputs"):
        (folder / name).mkdir()
    models = {name: trained(architecture) for name, architecture in NETWORKS.items()}
    for name, model in models.items():
        weights = handover.weights_of(model)
        handover.write_twin(folder / "networks" / f"{name}.npz", NETWORKS[name], weights, LOSS_OF.get(name))
    for name, preset in VOLUMETRIC.items():
        handover.fresh_twin(str(folder / "presets" / f"{name}.npz"), preset.architecture.arguments, None)
    images = np.random.default_rng(1).uniform(size=(2, 64, 64, 3)).astype("float32")
    np.save(folder / "images.npy", images)
    losses = our_losses(models["compact"], folder / "losses.npz")
    path = os.pathsep.join(filter(None, (str(TOOLS), os.environ.get("PYTHONPATH"))))
    script = Path(__file__).with_name("torch_side.py")
    done = subprocess.run(
        [sys.executable, str(script), str(folder)],
        env=os.environ | {"PYTHONPATH": path} | ONE_THREAD,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Asked(folder, json.loads((folder / "answers.json").read_text()), models, images, losses)


def test_its_process_imports_no_tensorflow(asked):
    assert asked.answers["foreign"] == []


@pytest.mark.parametrize("name", NETWORKS)
def test_copied_weights_give_the_same_output(name, asked):
    model = asked.models[name]
    assert asked.answers["parameters"][name] == trainable_parameters(model)
    assert asked.answers["channels_last"][name]
    ours, theirs = model(asked.images, training=False), np.load(asked.folder / "outputs" / f"{name}.npz")
    assert ours.keys() == set(theirs.files)
    for output, value in ours.items():
        assert np.abs(value).max() > 0.01
        np.testing.assert_allclose(value, theirs[output], atol=1e-4)


def test_every_preset_has_as_many_parameters_in_torch(asked):
    assert asked.answers["presets"] == {name: preset.card.parameters for name, preset in VOLUMETRIC.items()}


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_are_equal(loss, asked):
    assert asked.answers["losses"][loss] == pytest.approx(asked.losses[loss], rel=1e-4)


def test_torch_learns_what_it_is_shown(asked):
    assert asked.answers["learned"][-1] < 0.6 * asked.answers["learned"][0]


def test_cases_run(asked):
    assert len(asked.answers["cases"]) == 9 and min(asked.answers["cases"]) > 0


def test_the_twin_of_shipped_weights_runs_as_a_runtime(tmp_path, monkeypatch):
    monkeypatch.setenv(*next(iter(ONE_THREAD.items())))
    path = str(tmp_path / "twin.npz")
    handover.shipped_twin(path, "small")
    crops = np.random.default_rng(1).uniform(size=(2, 128, 128, 3)).astype("float32")
    ours = VolumetricHourglass.from_preset("small")(crops, training=False)
    theirs = TwinRuntime("torch", path, "float32")(crops)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_allclose(value, theirs[name], rtol=1e-3, atol=1e-3)


def test_the_dense_loss_is_measured_in_a_process_of_its_own():
    arguments = {"batch": 1, "joints": 2, "side": 4, "depth": 4, "repeats": 1, **handover.paper_sigmas(4)}
    assert call_apart("twins.cases:gaussian_loss", variant="torch", **arguments)["seconds"][0] > 0
