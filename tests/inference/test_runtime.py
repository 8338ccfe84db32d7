"""Which runtime is taken, and what is said when one cannot be."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.inference.runtime import loading
from voxelpose.inference.runtime import runtimes as runtime
from voxelpose.inference.runtime.loading import describe, load_network
from voxelpose.networks import presets
from voxelpose.networks.presets import Architecture, Calibration, NetworkInput, Preset

ARCHITECTURE = Architecture(arguments={"joints": 2, "depths": (1, 4), "input_size": 8})
MINI = Preset("mini", ARCHITECTURE)
# What the file of weights says of itself.
STORED = replace(MINI, name="stored", input=NetworkInput(near_mm=-900.0), calibration=Calibration(3.0, (1.0, 2.0, 4.0)))


class Fake:
    """Stands for a runtime: its file is JSON."""

    def __init__(self, path):
        self.description = json.loads(path.read_text())

    def __call__(self, crops):
        return {}


@pytest.fixture
def fakes(monkeypatch):
    """Two runtimes, of which the first is faster, that read JSON; returns the set of installed ones."""
    installed = {"quick", "slow"}
    kinds = {
        "quick": runtime._Kind(Fake, (".xml", ".onnx"), "quick", "quick"),
        "slow": runtime._Kind(Fake, (".onnx",), "slow", "slow"),
    }
    for module in (runtime, loading):
        monkeypatch.setattr(module, "FILE_RUNTIMES", kinds)
    monkeypatch.setattr(runtime, "RUNTIMES", ("auto", "tensorflow", *kinds))
    monkeypatch.setattr("voxelpose.extras.find_spec", lambda name: name if name in installed else None)
    monkeypatch.setattr(runtime, "_has_gpu", lambda: False)
    monkeypatch.setattr(loading, "keras_model", lambda preset, path: None)
    monkeypatch.setattr(loading, "preset_in", lambda path: STORED)
    monkeypatch.setattr(loading, "KerasRuntime", lambda model: Fake.__call__)
    for module in (presets, loading):
        monkeypatch.setattr(module, "PRESETS", {"mini": MINI})
    return installed


@pytest.fixture
def weights(tmp_path):
    """A file that stands for weights, and a function that writes an exported file beside it."""
    path = tmp_path / "mini.weights.h5"
    path.write_bytes(b"weights")

    def export(name, fingerprint=None):
        (tmp_path / name).write_text(json.dumps(describe(STORED, fingerprint or loading.sha256(path))))

    return path, export


def test_auto_takes_the_fastest_that_has_a_file(fakes, weights):
    path, export = weights
    assert load_network("mini", str(path)).runtime == "tensorflow"
    export("mini.onnx")
    loaded = load_network(None, str(path))
    assert loaded.runtime == "quick" and loaded.preset == STORED and loaded.sha256 == loading.sha256(path)
    fakes.remove("quick")
    assert load_network(None, str(path)).runtime == "slow"
    fakes.clear()
    assert load_network("mini", str(path)).runtime == "tensorflow"


def test_calibration_and_input_are_those_of_the_file_under_the_name_that_was_asked_for(fakes, weights):
    path, export = weights
    expected = replace(STORED, name="mini")
    assert load_network("mini", str(path)).preset == expected
    export("mini.onnx")
    loaded = load_network("mini", str(path))
    assert (loaded.runtime, loaded.preset) == ("quick", expected)


def test_half_weights_serve_where_there_are_no_others(fakes, weights):
    path, export = weights
    export("mini.float16.onnx")
    assert load_network(None, str(path), "slow").runtime == "slow"
    assert loading.exported_beside(path, "slow")[0].name == "mini.onnx"


def test_with_a_gpu_auto_starts_with_tensorflow(fakes, weights, monkeypatch):
    path, export = weights
    export("mini.onnx")
    monkeypatch.setattr(runtime, "_has_gpu", lambda: True)
    assert load_network("mini", str(path)).runtime == "tensorflow"


def test_a_file_of_other_weights_is_not_run(fakes, weights):
    path, export = weights
    export("mini.onnx", "f" * 64)
    with pytest.warns(UserWarning, match="mini.onnx was not exported from .*mini.weights.h5"):
        assert load_network("mini", str(path)).runtime == "tensorflow"
    with pytest.raises(InputError, match="mini.onnx was not exported from .*: export it again"):
        load_network("mini", str(path), "slow")


def test_an_exported_file_says_what_it_is(fakes, weights, tmp_path):
    _, export = weights
    export("other.xml", "e" * 64)
    loaded = load_network(weights=str(tmp_path / "other.xml"))
    assert (loaded.runtime, loaded.preset, loaded.sha256) == ("quick", STORED, "e" * 64)
    with pytest.raises(InputError, match="to be run by quick. Received: the runtime slow"):
        load_network(weights=str(tmp_path / "other.xml"), runtime="slow")


@pytest.mark.parametrize(
    "name, told",
    [
        ("turbo", "Expected a runtime among auto, tensorflow, quick, slow. Received: 'turbo'"),
        ("slow", r"the package slow for the runtime slow.*voxelpose\[slow\]"),
        ("quick", "Expected .*mini.xml for the runtime quick. There is none: write it with voxelpose export quick"),
    ],
)
def test_what_cannot_run_is_told_in_a_sentence(fakes, weights, name, told):
    fakes.discard("slow")
    with pytest.raises(InputError, match=told):
        load_network("mini", str(weights[0]), name)


@pytest.mark.parametrize("name", ["onnx", "openvino", "litert"])
@pytest.mark.parametrize("content", [b"", b"rubbish" * 50, None])
def test_damaged_files_are_named(name, content, tmp_path):
    pytest.importorskip(runtime.FILE_RUNTIMES[name].module)
    path = tmp_path / ("net" + runtime.FILE_RUNTIMES[name].endings[0])
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"{path.name}"):
        runtime.open_file(name, path)


def test_a_network_that_does_not_say_what_it_is(tmp_path):
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    shape = [None, 2, 2, 3]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["image"], ["volume_1"])],
        "g",
        [helper.make_tensor_value_info("image", kind, shape)],
        [helper.make_tensor_value_info("volume_1", kind, shape)],
    )
    path = tmp_path / "plain.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    crops = np.random.default_rng(0).uniform(size=(2, 2, 2, 3)).astype(np.float32)
    np.testing.assert_array_equal(runtime.open_file("onnx", path)(crops)["volume_1"], crops)
    with pytest.raises(InputError, match="plain.onnx, which doesn't say what it is"):
        load_network(weights=str(path), runtime="onnx")


def test_runtimes_load_without_tensorflow():
    code = (
        "import sys, voxelpose.inference.runtime.loading, voxelpose.inference.estimator;"
        "heavy = {'tensorflow', 'keras', 'onnxruntime', 'openvino'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
