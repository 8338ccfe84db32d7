"""Kernels of an ONNX model as 8-bit integers in the file, computed with in single precision."""

import numpy as np


def store_bytes(model) -> None:
    """Store an onnx.ModelProto's float32 convolution kernels as int8 with one scale per output channel; in place.

    Each is followed by a cast and a product, which runtimes do once, while loading: nothing but the file gets smaller.
    Kernels that are such integers times a scale already keep their values to the last bits of float32.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes = []
    for constant in [c for c in model.graph.initializer if c.data_type == TensorProto.FLOAT and len(c.dims) == 4]:
        name, kernel = constant.name, numpy_helper.to_array(constant)
        scale = np.maximum(np.abs(kernel).max(axis=(1, 2, 3), keepdims=True), 1e-12) / np.float32(127)
        constant.CopyFrom(numpy_helper.from_array(np.round(kernel / scale).astype(np.int8), f"{name}_byte"))
        model.graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), f"{name}_scale"))
        nodes += [
            helper.make_node("Cast", [f"{name}_byte"], [f"{name}_cast"], name=f"{name}_cast", to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}_cast", f"{name}_scale"], [name], name=f"{name}_mul"),
        ]
    nodes += model.graph.node
    del model.graph.node[:]
    model.graph.node.extend(nodes)
