"""What watches a run sees its present predictions, draws them once, and never stops it."""

import sys
from contextlib import contextmanager
from types import ModuleType

import keras
import numpy as np
import pytest

from voxelpose.data.labels import Labels, PictureCameras
from voxelpose.data.source import ExampleSet
from voxelpose.errors import InputError
from voxelpose.evaluation.people.validation import ValidationPeople
from voxelpose.geometry import VoxelGrid
from voxelpose.networks.presets import Architecture, Preset
from voxelpose.skeleton import H36M17
from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.run.observers import RunView
from voxelpose.training.run.run_folder import RunFolder
from voxelpose.training.setup.trained_network import TrainedNetwork
from voxelpose.visualization.runs import run_observers as module
from voxelpose.visualization.sheets.predictions import predicted_people

SIZE = 16


def configuration(folder, **changes) -> TrainingConfig:
    heldout = {"kind": "store", "path": "b"}
    return TrainingConfig.model_validate(
        {
            "name": "walk.1",
            "output": str(folder),
            "network": {"preset": "tiny"},
            "loss": {"integral": 1.0},
            "data": {"train": [{"kind": "store", "path": "a"}], "heldout": [heldout]},
            "schedule": {"steps": 400, "steps_per_epoch": 100},
            **changes,
        }
    )


def people() -> ValidationPeople:
    rng = np.random.default_rng(0)
    joints = rng.uniform(8, 24, (5, 17, 3)).astype("float32")
    images = rng.integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    labels = Labels(H36M17, 32, joints, np.ones_like(joints), np.ones(5, bool), PictureCameras.of([None] * 5))
    return ValidationPeople.of(ExampleSet("set", images, labels), SIZE, 1.25, VoxelGrid(4, 4, 3))


@pytest.fixture
def view(tmp_path):
    """A run of an untrained network; `view.seen` counts how often its averaged weights were asked for."""
    config = configuration(tmp_path)
    image = keras.Input((SIZE, SIZE, 3))
    volume = keras.layers.Conv2D(17 * 3, 4, 4, name="volume_1")(image)
    preset = Preset("test", Architecture(arguments={"joints": 17, "depths": (3,), "input_size": SIZE}))
    network = TrainedNetwork(keras.Model(image, {"volume_1": volume}), preset, H36M17)
    folder, said, entered, sets = RunFolder(config), [], [], {"set": people()}
    folder.path.mkdir()

    @contextmanager
    def averaged():
        entered.append(1)
        yield

    made = RunView(config, folder, network, lambda: sets, averaged, said.append)
    object.__setattr__(made, "seen", entered)
    object.__setattr__(made, "said", said)
    return made


def test_people_are_drawn_with_prediction_truth_and_volume(view):
    figure = predicted_people(view.network, people(), "set", count=2)
    assert len(figure.axes) == 8
    crop = figure.axes[0]
    volume = view.network.model(people().images[:1] / np.float32(255))["volume_1"].numpy()
    mass = np.exp(volume.reshape(4, 4, 17, 3) - volume.max())
    x = (mass * ((np.arange(4) + 0.5) / 4)[:, None, None]).sum((0, 1, 3)) / mass.sum((0, 1, 3))
    offsets = crop.collections[-1].get_offsets()
    np.testing.assert_allclose(offsets[:, 0], x * SIZE - 0.5, atol=1e-3)
    truth = people().crops[0].to_fractions(people().labels.joints[0, :, :2]) * SIZE - 0.5
    np.testing.assert_allclose(crop.lines[0].get_xydata(), truth[list(H36M17.bones[0])], atol=1e-5)


def test_report_and_tensorboard_share_one_drawing_per_step(view):
    log = module.run_observers(view.config)(view, 0)
    for step in (100, 200):
        log.write(step, {"train/loss": 1.0})
    assert len(view.seen) == 2 and view.said == []
    assert "step 200 of 400" in (view.folder.path / module.REPORT).read_text()
    [events] = view.folder.tensorboard.glob("*.pictures.0.v2")
    assert b"predictions/set" in events.read_bytes()


def test_without_tensorboard_only_the_report_is_written(view, tmp_path):
    module.run_observers(configuration(tmp_path, tensorboard="off"))(view, 0).write(100, {})
    assert [path.name for path in view.folder.path.iterdir()] == [module.REPORT]


def test_a_failing_picture_is_told_and_the_run_goes_on(view, monkeypatch):
    def fail(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(module, "write_text", fail)
    log = module.run_observers(view.config)(view, 0)
    log.write(100, {})
    assert view.said == ["ReportLog failed at step 100, training goes on: No space left on device"]
    assert list(view.folder.tensorboard.glob("*.pictures.0.v2"))
    assert not (view.folder.path / module.REPORT).exists()


def test_wandb_is_told_values_and_pictures(view, tmp_path, monkeypatch):
    calls = []

    class Run:
        def log(self, values, step):
            calls.append((step, values))

    fake = ModuleType("wandb")
    fake.init = lambda **settings: calls.append(settings) or Run()
    fake.Image = lambda array: array.shape
    fake.__spec__ = object()
    monkeypatch.setitem(sys.modules, "wandb", fake)
    config = configuration(tmp_path, wandb={"project": "poses", "mode": "offline"}, tensorboard="off")
    view = RunView(config, view.folder, view.network, view.heldout, view.averaged, view.log)
    module.run_observers(config)(view, 0).write(100, {"train/loss": 1.0})
    settings, (step, values) = calls
    assert (settings["project"], settings["mode"], settings["id"]) == ("poses", "offline", "walk-1")
    assert settings["config"]["schedule"]["steps"] == 400
    assert step == 100 and values["train/loss"] == 1.0 and values["predictions/set"][-1] == 3


def test_wandb_that_is_missing_is_told_before_anything_is_built(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'voxelpose\[wandb\]'"):
        module.run_observers(configuration(tmp_path, wandb={"project": "poses"}))
