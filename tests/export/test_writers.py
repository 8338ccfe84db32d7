"""What every exported file computes, says about itself, and how it is refused."""

import json
from importlib.util import find_spec

import numpy as np
import pytest
from mini_network import MINI

from voxelpose import skeleton
from voxelpose.commands.export import main
from voxelpose.commands.shared.entry import run
from voxelpose.errors import InputError
from voxelpose.export import check
from voxelpose.export.check import SavedModelRuntime
from voxelpose.export.writers import TARGETS, parse_target
from voxelpose.inference.runtime import loading
from voxelpose.inference.runtime.loading import load_network
from voxelpose.inference.runtime.runtimes import open_file
from voxelpose.networks.outputs import Change, Volumes
from voxelpose.networks.presets import Architecture, NetworkInput, Preset

# Relative to the volume's deviation: what the arithmetic of the precision allows.
TOLERANCE = {"float32": 1e-3, "float16": 2e-2, "int8": 0.3}
CASES = [f"{target.kind}:{precision}" for target in TARGETS.values() for precision in target.precisions]


@pytest.mark.parametrize("case", CASES)
def test_an_exported_network_computes_the_same(case, exporter, model, crops, tmp_path):
    missing = [module for module in TARGETS[case.partition(":")[0]].modules if find_spec(module) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    target, precision = parse_target(case)
    path, found = exporter.write(target, precision, tmp_path, "mini", bound_mm=1000.0)
    assert path == tmp_path / target.file_name("mini", precision) and 0 < found.size == check.size_on_disk(path)
    network = SavedModelRuntime(path) if target.runtime == "tensorflow" else open_file(target.runtime, path)
    expected = model(crops, training=False)
    for count in (3, 1):
        outputs = network(crops[:count])
        assert set(outputs) == {"volume_1", "volume_2", "presence"}
        for name, value in outputs.items():
            theirs = np.asarray(expected[name])
            assert value.dtype == np.float32
            assert abs(value - theirs[:count]).max() < TOLERANCE[precision] * max(theirs.std(), 0.1)
    if target.runtime == "tensorflow":
        description = json.loads((path / "assets.extra" / "voxelpose.json").read_text())
        assert description["preset"]["name"] == "mini" and description["weights_sha256"] == "a" * 64
    else:
        loaded = load_network(weights=str(path), runtime=target.runtime)
        assert loaded.preset == MINI and loaded.sha256 == "a" * 64 and loaded.runtime == target.runtime
    assert [entry for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_a_file_that_differs_is_not_left_behind(exporter, tmp_path, monkeypatch):
    (tmp_path / "mini.savedmodel").mkdir()
    moved = Change("a joint", 3.5, 1.0, "mm", 0.5)
    monkeypatch.setattr(Volumes, "change", lambda *arguments: moved)
    with pytest.raises(InputError, match="savedmodel in float32 moves a joint by 3.5 mm. Expected at most 0.5 mm"):
        exporter.write(*parse_target("savedmodel"), tmp_path, "mini")
    assert [entry.name for entry in tmp_path.iterdir()] == ["mini.savedmodel"]
    assert list((tmp_path / "mini.savedmodel").iterdir()) == []


def test_the_command_prints_what_it_found(model, tmp_path, monkeypatch, capsys):
    (tmp_path / "mini.weights.h5").write_bytes(b"weights")
    monkeypatch.setattr(loading, "find_weights", lambda weights: (tmp_path / "mini.weights.h5", MINI))
    monkeypatch.setattr(loading, "keras_model", lambda preset, path: model)
    assert run(main, ["savedmodel", "--out", str(tmp_path / "out"), "--crops", "2"]) == 0
    shown = capsys.readouterr().out
    assert "mini.savedmodel" in shown and "largest mm" in shown and str(tmp_path / "out") in shown
    assert (tmp_path / "out" / "mini.savedmodel" / "saved_model.pb").is_file()


def test_distances_are_in_millimetres_of_a_cubic_box(monkeypatch):
    monkeypatch.setitem(skeleton.SKELETONS, "one", skeleton.Skeleton("one", ("base",), (0,)))

    class Peak:
        def __init__(self, x, y, z):
            self.cell = (y, x, 0, z)

        def __call__(self, crops):
            volume = np.zeros((8, 8, 1, 4), np.float32)
            volume[self.cell] = 100.0
            return {"volume_1": np.zeros((1, 8, 8, 1), np.float32), "volume_2": volume.reshape(1, 8, 8, 4)}

    preset = Preset("one", Architecture(), NetworkInput("one", -1000.0, 1000.0))
    found = check.compare(Peak(3, 4, 2), Peak(4, 4, 1), preset, np.zeros((2, 4, 4, 3), np.float32), 7, "float32")
    # one cell in x of 250 mm, one in z of 500 mm
    assert found.joints.largest == pytest.approx(np.hypot(250, 500), abs=0.01) and found.size == 7


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["onxx"], "onnx:float16"),
        (["onnx:int8"], "Expected an export target among"),
        (["savedmodel", "--weights", "gone.weights.h5"], "gone.weights.h5, which does not exist"),
        (["savedmodel", "--images", "gone.jpg"], "Cannot read the image gone.jpg"),
    ],
)
def test_mistakes_are_one_sentence(arguments, told, capsys):
    assert run(main, arguments) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


def test_a_missing_package_is_named_with_what_brings_it(monkeypatch):
    monkeypatch.setattr("voxelpose.extras.find_spec", lambda module: None)
    with pytest.raises(InputError, match=r"package tf2onnx for the export target onnx.*voxelpose\[onnx"):
        parse_target("onnx:float16")


@pytest.mark.parametrize("bound", ["0", "-1", "nan", "much"])
def test_bounds_are_above_0(bound, capsys):
    with pytest.raises(SystemExit):
        main(["onnx", f"--bound-mm={bound}"])
    assert "above 0" in capsys.readouterr().err
