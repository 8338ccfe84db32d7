"""Reading BlazePose's published file: kernels and biases by name, and what is told of a file that is something else."""

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.networks.backbones.blazepose import convolutions
from voxelpose.networks.backbones.weights import read_backbone


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("import_blazepose")


def kernels_of(size):
    """A kernel and bias for each convolution, in TFLite's layouts, filled with their number."""
    for number, item in enumerate(convolutions(size)):
        ends = (1, item.filters) if item.depthwise else (item.filters, item.inputs)
        kernel = np.full((ends[0], item.kernel, item.kernel, ends[1]), number, np.float32)
        yield kernel, np.full(item.filters, number, np.float32)


def tflite(path, kernels, half=True):
    """A file with these convolutions in a row: float16 behind DEQUANTIZE, as BlazePose has them, or float32."""
    schema = pytest.importorskip("ai_edge_litert.schema_py_generated")
    flatbuffers = pytest.importorskip("flatbuffers")
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.subgraphs, model.buffers = 3, [graph], [schema.BufferT()]
    model.operatorCodes = [schema.OperatorCodeT(), schema.OperatorCodeT()]
    for code, name in zip(model.operatorCodes, ("CONV_2D", "DEQUANTIZE"), strict=True):
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
    graph.tensors, graph.operators, graph.inputs, graph.outputs = [], [], [0], [0]

    def tensor(values=None, dtype="FLOAT32"):
        item = schema.TensorT()
        item.name, item.type, item.shape, item.buffer = "t", getattr(schema.TensorType, dtype), [1], 0
        if values is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(values.tobytes(), np.uint8)
            item.shape, item.buffer = list(values.shape), len(model.buffers)
            model.buffers.append(buffer)
        graph.tensors.append(item)
        return len(graph.tensors) - 1

    def operation(code, inputs):
        item = schema.OperatorT()
        item.opcodeIndex, item.inputs, item.outputs = code, inputs, [tensor()]
        graph.operators.append(item)
        return item.outputs[0]

    tensor()
    for kernel, bias in kernels:
        if half:
            kernel = operation(1, [tensor(kernel.astype(np.float16), "FLOAT16")])
            operation(0, [0, kernel, operation(1, [tensor(bias.astype(np.float16), "FLOAT16")])])
        else:
            operation(0, [0, tensor(kernel), tensor(bias)])
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(bytes(builder.Output()))
    return path


def test_names_and_layouts(tool):
    weights = tool.blazepose_weights(kernels_of("full"), "full")
    order = [item.name for item in convolutions("full")]
    assert weights["blaze_stem/kernel"].shape == (3, 3, 3, 24)
    assert weights["blaze_block0_depthwise/kernel"].shape == (3, 3, 24, 1)
    assert weights["blaze_block14_project/kernel"].shape == (1, 1, 864, 144)
    for name in ("block3_expand", "lateral16", "top_depthwise"):
        assert (weights[f"blaze_{name}/bias"] == order.index(name)).all()
    assert not any("lateral2" in name for name in weights)


def test_a_file_of_another_size_is_refused(tool):
    with pytest.raises(InputError, match=r"block0_project of shape \(16, 1, 1, 24\). Received: \(8, 1, 1, 24\)"):
        tool.blazepose_weights(kernels_of("lite"), "full")
    with pytest.raises(InputError, match="BlazePose's block1_expand"):
        tool.blazepose_weights(iter(list(kernels_of("lite"))[:3]), "lite")


@pytest.mark.parametrize("half", [True, False])
def test_kernels_come_out_of_a_file_as_they_are(tool, tmp_path, half):
    kernels = [(np.arange(24.0, dtype=np.float32).reshape(2, 1, 3, 4), np.array([0.5, -2.0], np.float32))]
    (kernel, bias), *rest = tool.read_kernels(tflite(tmp_path / "net.tflite", kernels, half=half))
    np.testing.assert_array_equal(kernel, kernels[0][0])
    np.testing.assert_array_equal(bias, kernels[0][1])
    assert not rest


def test_the_command_writes_what_a_network_loads(tool, tmp_path, capsys):
    source = tflite(tmp_path / "lite.tflite", kernels_of("lite"))
    assert tool.main([str(source), "--size", "lite", "--out", str(tmp_path / "lite.npz")]) == 0
    assert "110 arrays" in capsys.readouterr().out
    assert read_backbone(tmp_path / "lite.npz")["blaze_top_expand/kernel"].shape == (1, 1, 96, 576)


def test_other_files_are_refused(tool, tmp_path):
    pytest.importorskip("ai_edge_litert")
    (tmp_path / "text.tflite").write_text("no network at all")
    for name in ("text", "gone"):
        with pytest.raises(InputError, match="Expected a .tflite file"):
            list(tool.read_kernels(tmp_path / f"{name}.tflite"))
