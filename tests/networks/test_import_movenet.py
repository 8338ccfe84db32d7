"""Reading MoveNet's published graphs: every convolution by its node's name, and what is told of another file."""

import json

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.networks.backbones.movenet import convolutions
from voxelpose.networks.backbones.weights import read_backbone


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("import_movenet")


def graph(tool, path, size="lightning"):
    """A graph with all convolutions of a size, each filled with its number, in TensorFlow.js' two files."""
    nodes, items, content = [], [], b""
    for number, item in enumerate(convolutions(size)):
        ends = (item.inputs, 1) if item.depthwise else (item.inputs, item.filters)
        shapes = [(item.kernel, item.kernel, *ends), (item.filters,)][: 1 + item.bias]
        names = [f"net/{item.name}/{part}" for part in ("w", "b")[: len(shapes)]]
        nodes.append({"name": f"net/{tool.node_of(item)}", "op": "_FusedConv2D", "input": ["x", *names]})
        for name, shape in zip(names, shapes, strict=True):
            packing = {"dtype": "float16"}
            items.append({"name": name, "shape": list(shape), "dtype": "float32", "quantization": packing})
            content += np.full(shape, number + (len(shape) == 1) / 4, np.float16).tobytes()
    described = {"modelTopology": {"node": nodes}, "weightsManifest": [{"weights": items}]}
    path.write_text(json.dumps(described))
    path.with_suffix(".bin").write_bytes(content)
    return path


def test_the_command_writes_every_convolution_under_its_name(tool, tmp_path, capsys):
    source = graph(tool, tmp_path / "net.json")
    assert tool.main([str(source), "lightning", "--out", str(tmp_path / "net.npz")]) == 0
    assert "141 arrays" in capsys.readouterr().out
    weights, order = read_backbone(tmp_path / "net.npz"), [item.name for item in convolutions("lightning")]
    assert weights["move_block0_depthwise/kernel"].shape == (3, 3, 32, 1)
    for name in ("stem", "block16_project", "lateral16", "fusion4", "offsets_hidden", "keypoints"):
        assert (weights[f"move_{name}/kernel"] == order.index(name)).all()
        assert (weights[f"move_{name}/bias"] == order.index(name) + 0.25).all()
    assert "move_fusion8_depthwise/bias" not in weights


def test_other_files_are_refused(tool, tmp_path):
    source = graph(tool, tmp_path / "net.json")
    with pytest.raises(InputError, match=r"MoveNet's stem of shapes \[\(3, 3, 3, 56\), \(56,\)\]. Received: \[\(3, 3"):
        tool.movenet_weights(*tool.read_graph(source), "thunder")
    with pytest.raises(InputError, match="MoveNet's stem .* Received: none"):
        tool.movenet_weights({}, {}, "thunder")
    content = source.with_suffix(".bin").read_bytes()
    source.with_suffix(".bin").write_bytes(content[:-2])
    with pytest.raises(InputError, match="too few"):
        tool.read_graph(source)
    source.with_suffix(".bin").unlink()
    with pytest.raises(InputError, match="Missing: .*net.bin"):
        tool.read_graph(source)
    source.write_text("no graph")
    with pytest.raises(InputError, match="which is something else"):
        tool.read_graph(source)
