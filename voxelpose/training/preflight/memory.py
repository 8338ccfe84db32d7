"""What memory a training step needs, estimated from its network alone."""

import math
from dataclasses import dataclass

import keras
from keras import layers

from voxelpose.training.optimizer.layer_rules import named_layers

_MIB = 2**20
_FLOAT = 4
# A ReLU is fused with the normalisation before it, the others hold no array of their own.
_WITHOUT_ARRAY = (layers.InputLayer, layers.Activation, layers.Reshape, layers.Flatten)
# Beside what the forward pass leaves behind lie the gradients of a few layers and the kernels' scratch space.
_WORKSPACE = 1.15


@dataclass(frozen=True)
class StepMemory:
    """MiB. weights: with gradients, optimizer and average; activations: of a batch; total: with what comes on top."""

    weights: float
    activations: float

    @property
    def total(self) -> float:
        return self.weights + _WORKSPACE * self.activations


def estimate_step_memory(model: keras.Model, optimizer_variables: int, average: bool, batch: int) -> StepMemory:
    """What a step holds beyond the program and the data, for `batch` examples at a time.

    optimizer_variables: how many scalars the optimizer keeps.
    """
    held, trained = (sum(math.prod(v.shape) for v in some) for some in (model.weights, model.trainable_variables))
    weights = held * (2 if average else 1) + trained + optimizer_variables
    outputs = sum(_bytes(layer) for layer in named_layers(model).values() if _kept(layer))
    # The losses hold each volume once more as a gradient, and one array of its size on the way there.
    volumes = sum(2 * _FLOAT * math.prod(tensor.shape[1:]) for tensor in model.output.values())
    return StepMemory(weights * _FLOAT / _MIB, (outputs + volumes) * batch / _MIB)


def _kept(layer: keras.Layer) -> bool:
    """Whether its output waits for the gradient; nothing does in front of what is trained."""
    return not isinstance(layer, _WITHOUT_ARRAY) and (layer.trainable or not layer.weights)


def _bytes(layer: keras.Layer) -> int:
    half = keras.backend.standardize_dtype(layer.output.dtype) in ("float16", "bfloat16")
    return math.prod(layer.output.shape[1:]) * (2 if half else _FLOAT)
