"""Weights of an ONNX model in half precision, computed with in single precision."""

import numpy as np

# Smaller constants (shapes, biases, scales) are worth no rounding.
_SMALLEST = 256


def halve_initializers(model) -> None:
    """Store an onnx.ModelProto's large float32 constants as float16, each followed by a cast back; in place.

    Runtimes fold the casts while loading, so that nothing but the file gets smaller.
    """
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for constant in model.graph.initializer:
        if constant.data_type != TensorProto.FLOAT:
            continue
        value = numpy_helper.to_array(constant)
        if value.size < _SMALLEST or np.abs(value).max() > np.finfo(np.float16).max:
            continue
        name, stored = constant.name, f"{constant.name}_half"
        constant.CopyFrom(numpy_helper.from_array(value.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=f"{name}_cast", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
