"""NanoDet-g: a one-stage detector without anchors, cut down to people.

Architecture: NanoDet by RangiLyu (Apache-2.0), size "g": a cross-stage partial backbone (Wang et al. 2020), a path
aggregation pyramid whose maps are added and resized without further convolutions (Liu et al. 2018), and one head per
stride that says for every cell whether a person's middle is there and how far the four sides of the box are, each as a
distribution over bins (generalised focal loss, Li et al. 2020). The published network is an inference graph with its
normalisation folded into the convolutions, so a layer here has a bias and no normalisation. Of the published head's 80
classes this one keeps the first, people; `tools/assets/import_nanodet.py` writes the weights.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError

STRIDES = (8, 16, 32)
# A picture's sides must be multiples of this, so that the pyramid's maps fit each other.
MULTIPLE = 32
# Each side of a box lies 0 to BINS - 1 strides from the cell's centre.
SIDES, BINS = 4, 11
CHANNELS = 1 + SIDES * BINS
# The first convolution makes (blue, green, red), normalised, of RGB in [0, 1]: see tools/assets/import_nanodet.py.
NORMALIZED = "normalized"

_STEM, _PYRAMID, _SLOPE = 32, 128, 0.1
# Width and residual blocks of the four stages, at strides 4, 8, 16 and 32.
_STAGES = ((32, 1), (64, 2), (128, 2), (256, 3))


@dataclass(frozen=True)
class Convolution:
    """One convolution; active: whether a leaky ReLU follows."""

    name: str
    inputs: int
    filters: int
    kernel: int = 3
    strides: int = 1
    active: bool = True


def convolutions() -> Iterator[Convolution]:
    """The normalisation of the picture, then the published ones: backbone, pyramid, two for the head of each stride."""
    yield Convolution(NORMALIZED, 3, 3, kernel=1, active=False)
    yield Convolution("stem", 3, _STEM, strides=2)
    channels, deep = _STEM, []
    for stage, (width, blocks) in enumerate(_STAGES, start=1):
        yield Convolution(f"stage{stage}_in", channels, width, strides=1 if stage == 1 else 2)
        for block in range(1, blocks + 1):
            yield Convolution(f"stage{stage}_block{block}_first", width, width // 2)
            yield Convolution(f"stage{stage}_block{block}_second", width // 2, width // 2)
        yield Convolution(f"stage{stage}_out", width, width)
        channels = 2 * width
        deep.append(channels)
    for stride, inputs in zip(STRIDES, deep[1:], strict=True):
        yield Convolution(f"lateral{stride}", inputs, _PYRAMID, kernel=1, active=False)
    for stride in STRIDES:
        yield Convolution(f"head{stride}_tower", _PYRAMID, _PYRAMID)
        yield Convolution(f"head{stride}_out", _PYRAMID, CHANNELS, kernel=1, active=False)


def build_nanodet():
    """The Keras model: image (B, H, W, 3) float32 RGB in [0, 1], H and W multiples of 32 -> a dict of maps.

    "stride_8", "stride_16" and "stride_32" are (B, H / s, W / s, 45): the logit that a person's middle is in the cell,
    then for left, top, right and bottom the logits of 11 distances, 0 to 10 strides from the cell's centre.
    """
    import tensorflow as tf
    from keras import Input, Model, layers, ops

    table = {item.name: item for item in convolutions()}

    def convolved(x, name: str):
        item, padding = table[name], "same"
        if item.strides > 1:  # "same" would pad more at the bottom and right than at the top and left
            x, padding = layers.ZeroPadding2D(item.kernel // 2, name=f"{name}_pad")(x), "valid"
        x = layers.Conv2D(item.filters, item.kernel, item.strides, padding, name=name)(x)
        return layers.LeakyReLU(negative_slope=_SLOPE, name=f"{name}_relu")(x) if item.active else x

    class Doubled(layers.Layer):
        """Bilinear, for maps whose size is known only when they come; Keras' own layer wants to know it before."""

        def call(self, x):
            return tf.image.resize(x, 2 * tf.shape(x)[1:3])

        def compute_output_shape(self, shape):
            batch, height, width, channels = shape
            return batch, height and 2 * height, width and 2 * width, channels

    def halved(x):
        """Bilinear, which at half the size is the mean of four."""
        return layers.AveragePooling2D(2)(x)

    image = Input((None, None, 3), name="image")
    # Padding stands for the mean colour, so the normalisation cannot go into the stem.
    x = convolved(convolved(image, NORMALIZED), "stem")
    x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=float(np.finfo(np.float32).min))
    x = layers.MaxPooling2D(3, 2, name="stem_pool")(x)
    maps = []
    for stage, (_, blocks) in enumerate(_STAGES, start=1):
        entry = x = convolved(x, f"stage{stage}_in")
        for block in range(1, blocks + 1):
            first = convolved(x, f"stage{stage}_block{block}_first")
            second = convolved(first, f"stage{stage}_block{block}_second")
            x = layers.Concatenate(name=f"stage{stage}_block{block}")([second, first])
        x = layers.Concatenate(name=f"stage{stage}")([convolved(x, f"stage{stage}_out"), entry])
        maps.append(x)
    fine, middle, coarse = (convolved(x, f"lateral{stride}") for stride, x in zip(STRIDES, maps[1:], strict=True))
    middle = layers.Add(name="middle_down")([middle, Doubled(name="doubled32")(coarse)])
    fine = layers.Add(name="fine")([fine, Doubled(name="doubled16")(middle)])
    middle = layers.Add(name="middle")([middle, halved(fine)])
    coarse = layers.Add(name="coarse")([coarse, halved(middle)])
    outputs = {
        f"stride_{stride}": convolved(convolved(x, f"head{stride}_tower"), f"head{stride}_out")
        for stride, x in zip(STRIDES, (fine, middle, coarse), strict=True)
    }
    return Model(image, outputs, name="nanodet")


def set_weights(model, weights: Mapping[str, np.ndarray], origin: str | os.PathLike = "the weights") -> None:
    """Give a model of `build_nanodet` arrays named "layer/kernel" and "layer/bias".

    Raises InputError, which names `origin`, if one is missing or has another shape.
    """
    for item in convolutions():
        layer = model.get_layer(item.name)
        for variable in layer.weights:
            name = f"{item.name}/{variable.name}"
            shape = weights[name].shape if name in weights else "nothing"
            if shape != tuple(variable.shape):
                raise InputError(f"Expected {name} of shape {tuple(variable.shape)} in {origin}. Received: {shape}.")
            variable.assign(weights[name])


def read_map(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One stride's map (..., 45) -> scores (...) in [0, 1], and how far from its cell's centre a box reaches (..., 4).

    Left, top, right, bottom in strides: the mean of each side's distribution (Li et al. 2020, eq. 5).
    """
    logits = np.asarray(values[..., 1:], np.float32).reshape(*values.shape[:-1], SIDES, BINS)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    reach = weights @ np.arange(BINS, dtype=np.float32) / weights.sum(axis=-1)
    return 1 / (1 + np.exp(-np.clip(values[..., 0], -80, 80))), reach
