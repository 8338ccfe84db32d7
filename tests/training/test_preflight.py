"""A rehearsal finds what a run costs, touches nothing of it, and its estimate of memory is what a step takes."""

import re

import keras
import numpy as np
import pytest
from training_case import TINY, write_config

from voxelpose import cli
from voxelpose.commands.train import main
from voxelpose.networks.volumetric import VolumetricHourglass
from voxelpose.training.preflight.memory import estimate_step_memory


def test_a_rehearsal_tells_everything_and_leaves_only_a_sheet(workplace, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    run = workplace / "runs" / "tiny"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("name: tiny")
    changes = ["schedule.accumulate=2", "optimizer.learning_rate=3"]
    assert cli.run(main, [str(write_config(workplace)), "--dry-run", *changes]) == 0
    text = capsys.readouterr().out
    assert {path.name for path in workplace.iterdir()} == {"runs", "tiny.yaml", "train", "heldout"}
    assert {path.name for path in (workplace / "runs").iterdir()} == {"tiny", "tiny-preflight.png"}
    assert [path.name for path in run.iterdir()] == ["config.yaml"]
    assert re.search(r"│ train +│ 8 +│ 4 +│", text)
    for line in ("trained parameters", "GMAC", "examples/s", "memory of a step", "measured", "disk", "epoch"):
        assert line in text
    assert "warning: there is already a run in runs/tiny" in text
    assert "warning: optimizer.learning_rate 3 is high for adamw with batches of 4" in text
    assert text.rstrip().endswith("2 to look at before the run begins")


@pytest.mark.parametrize("kind", ["coordinate", "decoupled"])
def test_networks_of_other_kinds_are_rehearsed_too(workplace, kind, capsys):
    one = TINY["network"]["architecture"]
    whole = {"image_network": one | {"depths": [1]}, "lifter": {"depths": [2], "width": 8, "levels": 1}}
    plain = {key: value for key, value in one.items() if key not in ("depths", "presence")}
    network = {"kind": kind, "architecture": plain if kind == "coordinate" else whole}
    assert cli.run(main, [str(write_config(workplace, network=network)), "--dry-run"]) == 0
    assert "memory of a step" in capsys.readouterr().out


def test_what_would_stop_the_run_stops_the_rehearsal(workplace, capsys):
    sources = {"train": [{"kind": "lspet", "path": "nowhere.npz"}]}
    path = write_config(workplace, data=TINY["data"] | sources)
    assert cli.run(main, ["--dry-run", str(path)]) == 2
    assert "nowhere.npz" in capsys.readouterr().err


def test_memory_is_counted_array_by_array():
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 1, name="early")(image)
    x = keras.layers.Activation("relu")(x)
    model = keras.Model(image, {"volume_1": keras.layers.Conv2D(2, 1)(x)})
    scalars = 3 * 4 + 4 + 4 * 2 + 2
    memory = estimate_step_memory(model, optimizer_variables=scalars, average=True, batch=5)
    assert memory.weights * 2**20 == pytest.approx(4 * 4 * scalars)
    assert memory.activations * 2**20 == pytest.approx(4 * 5 * 64 * (4 + 2 + 2 * 2))
    model.get_layer("early").trainable = False
    frozen = estimate_step_memory(model, optimizer_variables=10, average=False, batch=5)
    assert frozen.activations * 2**20 == pytest.approx(4 * 5 * 64 * (2 + 2 * 2))
    assert frozen.weights * 2**20 == pytest.approx(4 * (scalars + 10 + 10))


def test_half_precision_halves_the_activations():
    options = TINY["network"]["architecture"] | {"joints": 17}
    single = estimate_step_memory(VolumetricHourglass(**options), 0, False, 1)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = estimate_step_memory(VolumetricHourglass(**options), 0, False, 1)
    finally:
        keras.config.set_dtype_policy("float32")
    assert half.weights == single.weights
    assert 0.5 < half.activations / single.activations < 0.95  # the volumes stay float32


def test_the_sheet_shows_a_batch():
    from voxelpose.skeleton import H36M17
    from voxelpose.visualization.sheets.example_sheet import example_sheet

    rng = np.random.default_rng(0)
    batch = {
        "image": rng.integers(0, 256, (9, 32, 32, 3), dtype=np.uint8),
        "joints": rng.uniform(size=(9, 17, 3)),
        "joint_weights": np.ones((9, 17, 3)),
        "present": np.ones(9),
    }
    batch["joint_weights"][0, :5] = 0
    batch["joint_weights"][1, :, 2] = 0
    batch["present"][2] = 0
    figure = example_sheet(batch, ["a"] * 9, H36M17)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles[:4] == ["a, 12 joints, 12 depths", "a, 17 joints, no depths", "a, nobody", "a, 17 joints, 17 depths"]
    assert titles[9:] == [""] * 7
    bones = [sum(len(s) == 2 for s in axis.collections[0].get_segments()) for axis in figure.axes[:2]]
    assert bones[1] == len(H36M17.bones) and bones[0] < bones[1]  # none leads to a joint that isn't annotated
