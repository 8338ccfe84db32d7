"""Reading PyTorch's legacy files without PyTorch, and refusing everything in them that is no tensor."""

import os
import pickle
import sys
import types
from collections import OrderedDict

import numpy as np
import pytest

from voxelpose.errors import InputError


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("import_backbone")


@pytest.fixture
def torch(monkeypatch):
    """Just enough of a module called torch for its pickles to be written."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2(*_):
        raise AssertionError("never called when written")

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return torch


class Storage:
    def __init__(self, key, values):
        self.key, self.values = key, np.asarray(values, "<f4")


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.arguments = storage, offset, shape, strides, False, OrderedDict()

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.arguments


class Writer(pickle.Pickler):
    def persistent_id(self, obj):
        if isinstance(obj, Storage):
            return "storage", sys.modules["torch"].FloatStorage, obj.key, "cpu", len(obj.values), None
        return None


def write(tool, path, state, storages):
    """The legacy layout: magic number, version, type sizes, state, storage keys, then count and numbers of each."""
    with open(path, "wb") as stream:
        for value in (tool.MAGIC, 1001, {"little_endian": True}, state, [s.key for s in storages]):
            Writer(stream, 2).dump(value)
        for storage in storages:
            stream.write(len(storage.values).to_bytes(8, "little") + storage.values.tobytes())


def test_strided_views_of_shared_storages_are_read(tool, torch, tmp_path):
    one, two = Storage("11", np.arange(10)), Storage("7", [0.5])
    state = OrderedDict(a=Tensor(one, 1, (2, 3), (3, 1)), b=Tensor(one, 0, (2, 2), (1, 5)), c=Tensor(two, 0, (), ()))
    write(tool, tmp_path / "state.pth", state, [two, one])
    read = tool.read_torch(tmp_path / "state.pth")
    np.testing.assert_array_equal(read["a"], [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(read["b"], [[0, 5], [1, 6]])
    np.testing.assert_array_equal(read["c"], 0.5)


def test_nothing_else_is_executed(tool, torch, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    write(tool, tmp_path / "evil.pth", OrderedDict(a=Evil()), [])
    with pytest.raises(InputError, match="mkdir, which is no tensor"):
        tool.read_torch(tmp_path / "evil.pth")
    assert not (tmp_path / "executed").exists()


def test_a_tensor_beyond_its_storage_is_refused(tool, torch, tmp_path):
    storage = Storage("0", np.arange(4))
    write(tool, tmp_path / "state.pth", OrderedDict(a=Tensor(storage, 2, (3,), (1,))), [storage])
    with pytest.raises(InputError, match="within its storage of 4 numbers"):
        tool.read_torch(tmp_path / "state.pth")


def test_a_truncated_or_foreign_file_is_one_sentence(tool, torch, tmp_path):
    storage = Storage("0", np.arange(4))
    write(tool, tmp_path / "state.pth", OrderedDict(a=Tensor(storage, 0, (4,), (1,))), [storage])
    content = (tmp_path / "state.pth").read_bytes()
    for broken in (content[:-3], content[:40], b"", b"\x80\x02K\x01."):
        (tmp_path / "broken.pth").write_bytes(broken)
        with pytest.raises(InputError, match="PyTorch's legacy format in .*broken.pth"):
            tool.read_torch(tmp_path / "broken.pth")


def test_layouts_and_names_are_keras(tool):
    rng = np.random.default_rng(0)
    parts = {"weight": 0, "bias": 1, "running_mean": 2, "running_var": 3}
    state = {"_conv_stem.weight": rng.normal(size=(32, 3, 3, 3))}
    state |= {f"_bn0.{part}": np.full(32, value) for part, value in parts.items()}
    state["_blocks.0._depthwise_conv.weight"] = rng.normal(size=(32, 1, 3, 3))
    state["_blocks.0._project_conv.weight"] = rng.normal(size=(16, 32, 1, 1))
    for n, channels in ((1, 32), (2, 16)):
        state |= {f"_blocks.0._bn{n}.{part}": np.full(channels, value) for part, value in parts.items()}
    weights = tool.lite0_weights(state, 1)
    assert weights["lite0_stem/kernel"][1, 2, 0, 5] == state["_conv_stem.weight"][5, 0, 1, 2]
    depthwise = state["_blocks.0._depthwise_conv.weight"]
    assert weights["lite0_block0_depthwise/kernel"].shape == (3, 3, 32, 1)
    assert weights["lite0_block0_depthwise/kernel"][1, 2, 7, 0] == depthwise[7, 0, 1, 2]
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    assert [weights[f"lite0_block0_project_bn/{name}"][0] for name in names] == [0, 1, 2, 3]
    with pytest.raises(InputError, match="EfficientNet-Lite0, with _blocks.1._depthwise_conv.weight"):
        tool.lite0_weights(state, 2)
