"""A rehearsal finds what a run costs, touches nothing of it, and its estimate of memory is what a step takes."""

import re
import shutil
import sys
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from training_case import TINY, write_config

from voxelpose import cli
from voxelpose.commands.train import main
from voxelpose.data.store.preparation import Settings, origin_of, prepare
from voxelpose.networks.volumetric import VolumetricHourglass
from voxelpose.synthetic.dataset import read as read_drawn
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


sys.path.append(str(Path(__file__).parents[1] / "data"))

from lspet_case import packed_store  # noqa: E402

SYNTHETIC = TINY["data"]["train"][0]
STORE = {"kind": "store", "path": "store"}
KINDS = {
    "growing": [SYNTHETIC | {"first": 4}],
    "2d": [SYNTHETIC | {"labels": "2d"}],
    "store": [STORE],
    "store, 2d": [STORE | {"labels": "2d", "limit": 5}],
    "empty": [SYNTHETIC, {"kind": "empty", "folder": "photographs", "count": 50, "picture": 64}],
    "packed": [{"kind": "store", "path": "packed"}, SYNTHETIC],
}


@pytest.fixture(scope="module")
def more_sources(tmp_path_factory):
    """A folder with a store that drawn people make, a packed one of photographs, and a photograph without anybody."""
    folder = tmp_path_factory.mktemp("more")
    settings, drawn = Settings(picture=64), read_drawn(folder, "all", count=8, seed=7)
    prepare(folder / "store", origin_of("synthetic", folder, "all", {}, drawn, settings), drawn, settings)
    shutil.move(packed_store(folder / "own", image_ids=(1, 2, 3, 4)), folder / "packed")
    (folder / "photographs").mkdir()
    cv2.imwrite(str(folder / "photographs" / "a.png"), np.random.default_rng(0).integers(0, 256, (80, 80, 3)))
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_source_is_rehearsed(workplace, more_sources, kind, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("store", "packed", "photographs"):
        (workplace / name).symlink_to(more_sources / name)
    hidden = all("2d" in source.values() for source in KINDS[kind])
    data = TINY["data"] | {"train": KINDS[kind], "depth_labels": "refused" if hidden else "allowed"}
    assert cli.run(main, [str(write_config(workplace, data=data)), "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert text.rstrip().splitlines()[-1].endswith(("nothing looks wrong", "to look at before the run begins"))
    if kind == "empty":
        assert re.search(r"│ empty +│ 50 +│ 2 +│ 0% +│ 0% +│", text) and "shows a person" not in text
    if hidden:
        assert re.search(r"│ \d+% +│ 0% +│", text)


def test_poses_are_rehearsed_for_a_lifter(workplace, capsys):
    network = {"kind": "lifter", "architecture": {"depths": [2, 4], "side": 12, "width": 8, "levels": 1}}
    data = {
        "workers": 1,
        "depth_labels": "refused",
        "train": [{"kind": "poses", "count": 30, "seed": 2}],
        "heldout": [{"kind": "poses", "count": 4, "seed": 3}],
    }
    assert cli.run(main, [str(write_config(workplace, network=network, data=data)), "--dry-run"]) == 0
    assert re.search(r"│ poses +│ 30 +│ 4 +│ 100% +│ 100% +│", capsys.readouterr().out)


def test_what_would_stop_the_run_stops_the_rehearsal(workplace, capsys):
    sources = {"train": [{"kind": "store", "path": "nowhere"}]}
    path = write_config(workplace, data=TINY["data"] | sources)
    assert cli.run(main, ["--dry-run", str(path)]) == 2
    assert "nowhere" in capsys.readouterr().err


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
