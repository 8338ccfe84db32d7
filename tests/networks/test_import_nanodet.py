"""Reading NanoDet's published graph, and what is told of a file that is something else."""

import json

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.networks.detectors import nanodet


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("import_nanodet")


def graph(path, wrong=None):
    """A file of TensorFlow.js with the published convolutions, each filled with its number; `wrong` is too wide."""
    nodes, weights, content = [], [], []

    def constant(name, values):
        nodes.append({"name": name, "op": "Const", "attr": {"dtype": {"type": "DT_FLOAT"}}})
        packed = {"dtype": "float16", "original_dtype": "float32"}
        weights.append({"name": name, "shape": list(values.shape), "dtype": "float32", "quantization": packed})
        content.append(values.astype(np.float16).tobytes())

    for number, item in enumerate(list(nanodet.convolutions())[1:]):
        name, out = f"convolution_{number}" if number else "convolution", item.filters
        out = out + 79 if out == nanodet.CHANNELS else out
        constant(f"{name}/kernel", np.full((item.kernel, item.kernel, item.inputs, out + (item.name == wrong)), number))
        constant(f"{name}/bias", np.arange(out))
        nodes.append({"name": name, "op": "Conv2D", "input": ["x", f"{name}/kernel"], "attr": {}})
        nodes.append({"name": f"{name}/add", "op": "Add", "input": [name, f"{name}/bias"], "attr": {}})
    # The order of nodes is that of execution, not of numbers.
    nodes.reverse()
    path.write_text(
        json.dumps({"modelTopology": {"node": nodes}, "weightsManifest": [{"paths": [], "weights": weights}]})
    )
    path.with_suffix(".bin").write_bytes(b"".join(content))
    return path


def test_names_and_the_person_among_the_classes(tool, tmp_path):
    weights = tool.nanodet_weights(*tool.read_graph(graph(tmp_path / "a.json")))
    names = [item.name for item in nanodet.convolutions()][1:]
    assert weights["stem/kernel"].shape == (3, 3, 3, 32) and (weights["stem/kernel"] == 0).all()
    for name in ("stage2_block2_second", "stage4_out", "lateral16", "head32_tower"):
        assert (weights[f"{name}/kernel"] == names.index(name)).all()
    assert weights["head8_out/kernel"].shape == (1, 1, 128, 45)
    assert weights["head8_out/bias"].tolist() == [0, *range(80, 124)]


def test_the_first_convolution_normalises_and_turns_the_colours(tool, tmp_path):
    weights = tool.nanodet_weights(*tool.read_graph(graph(tmp_path / "a.json")))
    red = np.array([1.0, 0, 0]) @ weights["normalized/kernel"][0, 0] + weights["normalized/bias"]
    # Blue, green, red: (0 - 103.53) / 57.375, (0 - 116.28) / 57.12, (255 - 123.675) / 58.395.
    np.testing.assert_allclose(red, [-1.80444, -2.03571, 2.24891], atol=1e-4)


def test_other_graphs_are_refused(tool, tmp_path):
    with pytest.raises(InputError, match=r"NanoDet's stage3_in of shape .3, 3, 128, 128.\. Received: .3, 3, 128, 129"):
        tool.nanodet_weights(*tool.read_graph(graph(tmp_path / "a.json", wrong="stage3_in")))
    with pytest.raises(InputError, match="Cannot read the network .*gone.json"):
        tool.read_graph(tmp_path / "gone.json")
    (tmp_path / "b.json").write_text('{"weightsManifest": 3}')
    (tmp_path / "b.bin").write_bytes(b"")
    with pytest.raises(InputError, match="Expected a network of TensorFlow.js in .*b.json"):
        tool.read_graph(tmp_path / "b.json")


def test_kernels_are_stored_as_bytes_and_come_back(tmp_path):
    onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    from voxelpose.export.byte import store_bytes

    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    whole = np.random.default_rng(0).integers(-126, 127, (4, 3, 3, 3)).astype(np.float32)
    whole[:, 0, 0, 0] = 127
    kernel = whole * np.array([1, 0.5, 3, 0.01], np.float32)[:, None, None, None]
    bias = np.linspace(0, 1, 4, dtype=np.float32)
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node("Conv", ["x", "k", "b"], ["y"])],
            "one",
            [helper.make_tensor_value_info("x", kind, (1, 3, 5, 5))],
            [helper.make_tensor_value_info("y", kind, (1, 4, 3, 3))],
            [onnx.numpy_helper.from_array(kernel, "k"), onnx.numpy_helper.from_array(bias, "b")],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    picture = np.random.default_rng(1).random((1, 3, 5, 5), np.float32)
    before = runtime.InferenceSession(model.SerializeToString()).run(None, {"x": picture})[0]
    store_bytes(model)
    onnx.checker.check_model(model)
    after = runtime.InferenceSession(model.SerializeToString()).run(None, {"x": picture})[0]
    np.testing.assert_allclose(after, before, rtol=1e-5)
    stored = {item.name: item.data_type for item in model.graph.initializer}
    assert stored["k_byte"] == onnx.TensorProto.INT8 and "k" not in stored and stored["b"] == kind
