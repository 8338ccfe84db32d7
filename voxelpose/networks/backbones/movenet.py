"""MoveNet as a backbone: a MobileNetV2, the pyramid over it, and the four heads that it was published with.

Architecture: Sandler et al. 2018 (MobileNetV2, width 1.75 in "thunder" and 1 in "lightning"), a feature pyramid and the
heads of Zhou et al. 2019 (CenterNet), as MoveNet's published networks have them (single pose, version 4, Apache-2.0).
They are inference graphs with the normalisation folded into the convolutions, so no layer here normalises.
`tools/import_movenet.py` turns such a graph into weights for it; those of both sizes ship.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from voxelpose.networks.backbones.lite0 import BlockGroup

PREFIX = "move_"
HEADS = {"center": 1, "keypoints": 17, "regression": 34, "offsets": 34}
DEEP_CHANNELS = 1280
PYRAMID_CHANNELS = {16: 32, 8: 24, 4: 24}
# The published graphs multiply integers by 1 / 127.5 as float16 has it.
_SCALE = 255 * 0.007843017578125
_EXPANSION = 6
_HEAD_CHANNELS = 96


@dataclass(frozen=True)
class MoveNetSize:
    """One published size. stem: channels of the first convolution; groups: inverted bottlenecks; side: its input."""

    stem: int
    groups: tuple[BlockGroup, ...]
    side: int


def _size(stem: int, widths: tuple[int, ...], side: int) -> MoveNetSize:
    strides, repeats, expansions = (1, 2, 2, 2, 1, 2, 1), (1, 2, 3, 4, 3, 3, 1), (1, *(_EXPANSION,) * 6)
    return MoveNetSize(stem, tuple(map(BlockGroup, (3,) * 7, strides, expansions, widths, repeats)), side)


SIZES = {
    "thunder": _size(56, (32, 40, 56, 112, 168, 280, 560), 256),
    "lightning": _size(32, (16, 24, 32, 64, 96, 160, 320), 192),
}


@dataclass(frozen=True)
class Convolution:
    """One convolution. inputs, filters: channels in and out; a depthwise one keeps them. activation: None is linear."""

    name: str
    inputs: int
    filters: int
    kernel: int = 1
    strides: int = 1
    depthwise: bool = False
    bias: bool = True
    activation: str | None = None


@dataclass(frozen=True)
class MoveNetFeatures:
    """Symbolic tensors (B, H, W, C) over an image of side S.

    pyramid: the fused maps by stride, 16 (32 channels), 8 (24) and 4 (24); deep: (B, S/32, S/32, 1280);
    heads: empty, or by name the maps at stride 4: "center" (1) and "keypoints" (17, in the order of COCO) as logits,
    "regression" (34: y, x of each keypoint from the centre, in cells), "offsets" (34: y, x within a keypoint's cell).
    """

    pyramid: dict[int, Any]
    deep: Any
    heads: dict[str, Any]


def blocks(size: str) -> Iterator[tuple[Convolution, ...]]:
    """The two or three convolutions of each inverted bottleneck in order."""
    channels, index = SIZES[size].stem, 0
    for group in SIZES[size].groups:
        for repeat in range(group.repeats):
            strides, inside, name = group.strides if repeat == 0 else 1, channels * group.expansion, f"block{index}"
            parts = [Convolution(f"{name}_expand", channels, inside, activation="relu6")] if index else []
            parts.append(Convolution(f"{name}_depthwise", inside, inside, 3, strides, True, activation="relu6"))
            parts.append(Convolution(f"{name}_project", inside, group.filters))
            channels, index = group.filters, index + 1
            yield tuple(parts)


def convolutions(size: str) -> Iterator[Convolution]:
    """All convolutions: stem, bottlenecks, top, pyramid from coarse to fine, heads."""
    yield _stem(size)
    for index, parts in enumerate(blocks(size)):
        yield from parts
        if index in _BRANCHES:
            yield _lateral(_BRANCHES[index], parts[-1].filters)
    yield _top(size)
    yield _lateral(32, DEEP_CHANNELS)
    for stride in (16, 8, 4):
        yield from _fusion(stride)
    for head in HEADS:
        yield from _head(head)


def movenet(image, size: str, heads: tuple[str, ...] = ()) -> MoveNetFeatures:
    """MoveNet's features over an RGB image in [0, 1], (B, S, S, 3), S a multiple of 32; heads: which to add."""
    x = layers.Rescaling(_SCALE, -1.0, name=f"{PREFIX}rescaling")(image)
    x = _convolved(x, _stem(size))
    laterals = {}
    for index, parts in enumerate(blocks(size)):
        y = x
        for part in parts:
            y = _convolved(y, part)
        if y.shape[1:] == x.shape[1:]:
            y = layers.Add(name=f"{PREFIX}block{index}_sum")([x, y])
        x = y
        if index in _BRANCHES:
            laterals[_BRANCHES[index]] = _convolved(x, _lateral(_BRANCHES[index], x.shape[-1]))
    deep = _convolved(x, _top(size))
    fused = _convolved(deep, _lateral(32, DEEP_CHANNELS))
    pyramid = {}
    for stride in (16, 8, 4):
        fused = layers.UpSampling2D(2, interpolation="bilinear", name=f"{PREFIX}upsample{stride}")(fused)
        fused = layers.Add(name=f"{PREFIX}sum{stride}")([fused, laterals[stride]])
        for part in _fusion(stride):
            fused = _convolved(fused, part)
        pyramid[stride] = fused
    return MoveNetFeatures(pyramid, deep, {name: read_head(fused, name)[1] for name in heads})


def read_head(features, name: str):
    """What a head computes from the pyramid's finest map: its hidden features (96 channels), and its maps."""
    *before, last = _head(name)
    for part in before:
        features = _convolved(features, part)
    return features, _convolved(features, last)


def movenet_network(size: str, input_size: int | None = None) -> keras.Model:
    """MoveNet as it was published, up to its decoding (`movenet_decode`): an image in [0, 1] to a dict of all heads."""
    side = SIZES[size].side if input_size is None else input_size
    image = keras.Input((side, side, 3), name="image")
    return keras.Model(image, movenet(image, size, tuple(HEADS)).heads, name=f"movenet_{size}")


# After which bottleneck a lateral leaves for the pyramid's level of that stride, and the channels of each level's sum.
_BRANCHES = {2: 4, 5: 8, 9: 16}
_LATERALS = {4: 24, 8: 32, 16: 64, 32: 64}


def _stem(size: str) -> Convolution:
    return Convolution("stem", 3, SIZES[size].stem, 3, 2, activation="relu6")


def _top(size: str) -> Convolution:
    return Convolution("top", SIZES[size].groups[-1].filters, DEEP_CHANNELS, activation="relu6")


def _lateral(stride: int, channels: int) -> Convolution:
    return Convolution(f"lateral{stride}", channels, _LATERALS[stride])


def _fusion(stride: int) -> tuple[Convolution, Convolution]:
    """What follows the sum of a level: its lateral and the coarser level, doubled."""
    channels = _LATERALS[stride]
    return (
        Convolution(f"fusion{stride}_depthwise", channels, channels, 3, depthwise=True, bias=False),
        Convolution(f"fusion{stride}", channels, PYRAMID_CHANNELS[stride], activation="relu"),
    )


def _head(name: str) -> tuple[Convolution, ...]:
    channels = PYRAMID_CHANNELS[4]
    return (
        Convolution(f"{name}_depthwise", channels, channels, 3, depthwise=True, bias=False),
        Convolution(f"{name}_hidden", channels, _HEAD_CHANNELS, activation="relu"),
        Convolution(name, _HEAD_CHANNELS, HEADS[name]),
    )


def _convolved(x, item: Convolution):
    # MoveNet pads as TensorFlow's "same" does, also where it strides: no layer but the convolution is needed.
    options = {"activation": item.activation, "use_bias": item.bias, "name": PREFIX + item.name}
    if item.depthwise:
        return layers.DepthwiseConv2D(item.kernel, item.strides, "same", **options)(x)
    return layers.Conv2D(item.filters, item.kernel, item.strides, "same", **options)(x)
