#!/usr/bin/env python
"""Turn BlazePose's published landmark network into weights for the backbone of that name.

The networks are in the npm package @mediapipe/pose (Apache-2.0):
    npm pack @mediapipe/pose && tar xzf mediapipe-pose-*.tgz
    python tools/assets/import_blazepose.py package/pose_landmark_full.tflite --out blazepose-full.npz
A configuration then starts from it with `network.backbone=blazepose-full.npz`. Needs the extra `litert`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from voxelpose.commands.shared.entry import run
from voxelpose.errors import InputError
from voxelpose.extras import optional
from voxelpose.networks.backbones.blazepose import PREFIX, SIZES, convolutions
from voxelpose.networks.backbones.weights import save_backbone


def read_kernels(path: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Kernel and bias of each convolution of a TFLite file, in its order; kernels (out or 1, height, width, in)."""
    schema = optional("ai_edge_litert.schema_py_generated", "litert", "reading a .tflite file")
    try:
        model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
        graph = model.subgraphs[0]
    except FileNotFoundError:
        raise InputError(f"Expected a .tflite file. Received: {path}, which does not exist.") from None
    except Exception:  # flatbuffers raises whatever the bytes lead it to
        raise InputError(f"Expected a .tflite file. Received: {path}, which is damaged or something else.") from None
    wanted = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D)
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    dequantized = {
        operator.outputs[0]: operator.inputs[0]
        for operator in graph.operators
        if codes[operator.opcodeIndex] == schema.BuiltinOperator.DEQUANTIZE
    }
    for operator in graph.operators:
        if codes[operator.opcodeIndex] in wanted:
            yield tuple(
                _constant(model, graph, dequantized.get(index, index), schema) for index in operator.inputs[1:3]
            )


def _constant(model, graph, index: int, schema) -> np.ndarray:
    tensor = graph.tensors[index]
    dtypes = {schema.TensorType.FLOAT16: np.float16, schema.TensorType.FLOAT32: np.float32}
    content = model.buffers[tensor.buffer].data
    if tensor.type not in dtypes or content is None:
        raise InputError(f"Expected weights as float16 or float32. Received: tensor {tensor.name} without them.")
    return np.frombuffer(bytes(content), dtypes[tensor.type]).reshape(tensor.shape).astype(np.float32)


def blazepose_weights(kernels: Iterator[tuple[np.ndarray, np.ndarray]], size: str) -> dict[str, np.ndarray]:
    """Keras' layouts and this package's layer names; InputError where a convolution has another shape than expected."""
    weights: dict[str, np.ndarray] = {}
    for item in convolutions(size):
        kernel, bias = next(kernels, (np.zeros((0, 0, 0, 0)), np.zeros(0)))
        channels = kernel.transpose(3, 1, 2, 0) if item.depthwise else kernel
        expected = (item.filters, item.kernel, item.kernel, 1 if item.depthwise else item.inputs)
        received = channels.shape
        if expected != received:
            raise InputError(f"Expected BlazePose's {item.name} of shape {expected}. Received: {received}.")
        weights[f"{PREFIX}{item.name}/kernel"] = kernel.transpose(1, 2, 3, 0)
        weights[f"{PREFIX}{item.name}/bias"] = bias
    return {name: value for name, value in weights.items() if not name.startswith(f"{PREFIX}lateral2")}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tflite", type=Path, help="pose_landmark_lite.tflite or pose_landmark_full.tflite")
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    parser.add_argument("--size", choices=tuple(SIZES), default="full", help="which of them it is (default: full)")
    options = parser.parse_args(argv)
    weights = blazepose_weights(read_kernels(options.tflite), options.size)
    save_backbone(options.out, weights, quantize=False)
    print(f"{options.out}: {len(weights)} arrays, {options.out.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
