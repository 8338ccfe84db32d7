"""What a network costs: trainable parameters and multiply-accumulates, counted layer by layer."""

import math

import keras
from keras import layers


def trainable_parameters(model: keras.Model) -> int:
    """Number of trainable scalars: weights and biases, gamma and beta."""
    return sum(math.prod(variable.shape) for variable in model.trainable_variables)


def multiply_accumulates(model: keras.Model) -> int:
    """Multiply-accumulates of the convolutions and dense layers for one image; the rest is an order less."""
    return sum(_of_layer(layer) for layer in model.layers)


def _of_layer(layer: keras.Layer) -> int:
    if isinstance(layer, keras.Model):  # a network inside another one
        return multiply_accumulates(layer)
    if isinstance(layer, layers.DepthwiseConv2D | layers.Conv2D):
        _, height, width, _ = layer.output.shape
        return height * width * math.prod(layer.kernel.shape)
    if isinstance(layer, layers.Dense):
        return math.prod(layer.kernel.shape)
    return 0
