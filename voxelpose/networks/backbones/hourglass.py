"""Residual modules and hourglasses, the parts of every network here, in functional style.

Each function takes and returns a symbolic tensor (B, H, W, C) and names its layers after the given prefix, so that a
weight file can say which part of a network does not fit.
"""

import math

import keras
from keras import layers

from voxelpose.networks.blocks.normalization import FusedBatchNormalization


def convolution(x, filters: int, size: int, name: str, strides: int = 1, stddev: float | None = None, dtype=None):
    """Convolution with bias, padded to keep the resolution (symmetrically, also when it strides).

    Weights and biases start as Torch's do, U(-a, a) with a = 1/sqrt(size * size * channels in); with `stddev` the
    weights start normal with that deviation and the biases at zero.
    """
    bound = 1.0 / math.sqrt(size * size * x.shape[-1])
    if stddev is None:
        kernel = keras.initializers.RandomUniform(-bound, bound)
        bias = keras.initializers.RandomUniform(-bound, bound)
    else:
        kernel, bias = keras.initializers.RandomNormal(stddev=stddev), "zeros"
    padding = "same"
    if strides > 1:  # "same" would pad more at the bottom and right than at the top and left
        x = layers.ZeroPadding2D((size - 1) // 2, name=f"{name}_pad")(x)
        padding = "valid"
    return layers.Conv2D(
        filters, size, strides, padding, kernel_initializer=kernel, bias_initializer=bias, dtype=dtype, name=name
    )(x)


def normalized_relu(x, name: str):
    """Batch normalisation (epsilon 1e-5, momentum 0.9), then ReLU."""
    return layers.Activation("relu", name=f"{name}_relu")(FusedBatchNormalization(name=f"{name}_bn")(x))


def linear_unit(x, filters: int, name: str):
    """1x1 convolution, batch normalisation, ReLU: `lin` of the released code."""
    return normalized_relu(convolution(x, filters, 1, name), name)


def residual(x, filters: int, name: str):
    """Pre-activated bottleneck, 1x1 - 3x3 - 1x1 through filters / 2 channels, plus the input.

    The skip is the input itself where the channel count stays, else a bare 1x1 convolution. Nothing follows the sum.
    """
    y = x
    for step, (channels, size) in enumerate(((filters // 2, 1), (filters // 2, 3), (filters, 1)), start=1):
        y = convolution(normalized_relu(y, f"{name}_{step}"), channels, size, f"{name}_{step}")
    skip = x if x.shape[-1] == filters else convolution(x, filters, 1, f"{name}_skip")
    return layers.Add(name=f"{name}_sum")([y, skip])


def residuals(x, filters: int, count: int, name: str):
    """`count` residual modules in a row."""
    for i in range(1, count + 1):
        x = residual(x, filters, f"{name}{i}")
    return x


def hourglass(x, levels: int, width: int, channels: int, modules: int, inner: int, name: str):
    """Down `levels` times by max-pooling and up again by nearest neighbours, with a branch at every resolution.

    width: channels inside; channels: channels out; modules: residual modules per branch and before each descent;
    inner: residual modules at the bottom and on the way up. The paper's network has width 256, channels 512,
    modules 3, inner 1; the uniform family has one width throughout and inner = modules.
    """
    upper = residual(residuals(x, width, modules - 1, f"{name}_upper"), channels, f"{name}_upper{modules}")
    lower = layers.MaxPooling2D(2, name=f"{name}_pool")(x)
    lower = residuals(lower, width, modules, f"{name}_down")
    if levels > 1:
        lower = hourglass(lower, levels - 1, width, channels, modules, inner, f"{name}{levels - 1}")
    else:
        lower = residuals(lower, channels, inner, f"{name}_bottom")
    lower = residuals(lower, channels, inner, f"{name}_up")
    lower = layers.UpSampling2D(2, name=f"{name}_upsample")(lower)
    return layers.Add(name=f"{name}_sum")([upper, lower])
