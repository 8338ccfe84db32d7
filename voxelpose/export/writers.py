"""One function per kind of file: (frozen function, description, precision, calibration crops, path) -> files."""

import json
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.extras import require
from voxelpose.inference.runtime.runtimes import DESCRIPTION

FLOAT32, FLOAT16, INT8 = "float32", "float16", "int8"
# Smaller constants (shapes, biases, scales) are worth no rounding.
_SMALLEST_HALVED = 256


@dataclass(frozen=True, eq=False)
class FrozenNetwork:
    """What is exported. function: see `run.freeze`; description: see `loading.describe`; crops: (N, S, S, 3) float32
    in [0, 1], to calibrate integers by."""

    function: Callable
    description: Mapping[str, Any]
    crops: np.ndarray


def write_saved_model(network: FrozenNetwork, precision: str, path: Path) -> None:
    """A folder that `tf.saved_model.load` and TensorFlow Serving read; the description is in assets.extra."""
    import tensorflow as tf

    module = tf.Module()
    module.serve = network.function
    tf.saved_model.save(module, str(path), signatures={"serving_default": network.function.get_concrete_function()})
    extra = path / "assets.extra"
    extra.mkdir(exist_ok=True)
    (extra / f"{DESCRIPTION}.json").write_text(json.dumps(network.description), encoding="utf-8")


def write_onnx(network: FrozenNetwork, precision: str, path: Path) -> None:
    """An .onnx file; float16 halves the weights in the file, the computation stays in float32."""
    import tf2onnx
    from onnx import checker

    (signature,) = network.function.input_signature
    model, _ = tf2onnx.convert.from_function(network.function, input_signature=[signature], opset=17)
    if precision == FLOAT16:
        _halve_initializers(model)
    entry = model.metadata_props.add()
    entry.key, entry.value = DESCRIPTION, json.dumps(network.description)
    checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _halve_initializers(model) -> None:
    """Store an onnx.ModelProto's large float32 constants as float16, each followed by a cast back; in place.

    Runtimes fold the casts while loading, so that nothing but the file gets smaller.
    """
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for constant in model.graph.initializer:
        if constant.data_type != TensorProto.FLOAT:
            continue
        value = numpy_helper.to_array(constant)
        if value.size < _SMALLEST_HALVED or np.abs(value).max() > np.finfo(np.float16).max:
            continue
        name, stored = constant.name, f"{constant.name}_half"
        constant.CopyFrom(numpy_helper.from_array(value.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=f"{name}_cast", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def write_openvino(network: FrozenNetwork, precision: str, path: Path) -> None:
    """OpenVINO's .xml and .bin; float16 halves the weights in the file, the computation stays in float32."""
    import openvino

    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(network, FLOAT32, Path(folder) / "saved")
        # openvino.convert_model does the same, and tells OpenVINO's makers about it over the network.
        model = openvino.Core().read_model(str(Path(folder) / "saved"))
        # The key that metadata of .onnx files get in OpenVINO, so that one reader serves both.
        model.set_rt_info(json.dumps(network.description), ["framework", DESCRIPTION])
        openvino.save_model(model, str(path), compress_to_fp16=precision == FLOAT16)


def write_litert(network: FrozenNetwork, precision: str, path: Path) -> None:
    """A .tflite file: float32, float16 weights, or an integer network whose volumes come out in float.

    Decoding in integers would cost metres: the volume alone is quantised, soft-argmax stays outside in float32.
    """
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(network, FLOAT32, Path(folder) / "saved")
        converter = tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "saved"))
        if precision != FLOAT32:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == FLOAT16:
            converter.target_spec.supported_types = [tf.float16]
        if precision == INT8:
            builtin = tf.lite.OpsSet
            converter.target_spec.supported_ops = [builtin.TFLITE_BUILTINS_INT8, builtin.TFLITE_BUILTINS]
            converter.representative_dataset = lambda: ({"image": crop[None]} for crop in network.crops)
        with warnings.catch_warnings():
            # The converter's own interpreter is deprecated, which nobody can act on who only converts.
            warnings.simplefilter("ignore")
            path.write_bytes(converter.convert())
    with zipfile.ZipFile(path, "a") as files:
        files.writestr(zipfile.ZipInfo(f"{DESCRIPTION}.json"), json.dumps(network.description))


@dataclass(frozen=True)
class Target:
    """kind: what is asked for; ending: of its file; precisions: that it comes in; modules: packages that it needs,
    to write and to check; extra: of voxelpose, that brings them; runtime: that reads it."""

    kind: str
    ending: str
    precisions: tuple[str, ...]
    modules: tuple[str, ...]
    extra: str
    runtime: str
    write: Callable[[FrozenNetwork, str, Path], None]

    def file_name(self, stem: str, precision: str) -> str:
        """small.onnx, small.float16.onnx."""
        return stem + ("" if precision == FLOAT32 else f".{precision}") + self.ending


_ALL = (
    Target("savedmodel", ".savedmodel", (FLOAT32,), (), "", "tensorflow", write_saved_model),
    Target("onnx", ".onnx", (FLOAT32, FLOAT16), ("tf2onnx", "onnx", "onnxruntime"), "onnx", "onnx", write_onnx),
    Target("openvino", ".xml", (FLOAT32, FLOAT16), ("openvino",), "openvino", "openvino", write_openvino),
    Target("litert", ".tflite", (FLOAT32, FLOAT16, INT8), ("ai_edge_litert",), "litert", "litert", write_litert),
)
TARGETS: Mapping[str, Target] = {target.kind: target for target in _ALL}


def parse_target(text: str) -> tuple[Target, str]:
    """Read "onnx" or "onnx:float16"; InputError for a target that can't be, or whose package is missing."""
    kind, _, precision = text.partition(":")
    precision = precision or FLOAT32
    known = [f"{t.kind}:{p}" for t in _ALL for p in t.precisions]
    if f"{kind}:{precision}" not in known:
        raise InputError(f"Expected an export target among {', '.join(known)}. Received: '{text}'.")
    for module in TARGETS[kind].modules:
        require(module, TARGETS[kind].extra, f"the export target {kind}")
    return TARGETS[kind], precision
