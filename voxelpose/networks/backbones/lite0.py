"""The first blocks of EfficientNet-Lite0, the backbone of the compact family, and their ImageNet weights.

Architecture: Tan and Le 2019 (EfficientNet), Lite variant: inverted bottlenecks with ReLU6, no squeeze-and-excitation.
"""

import math
from dataclasses import dataclass
from typing import Any

from keras import layers

from voxelpose.networks.blocks.normalization import FusedBatchNormalization


@dataclass(frozen=True)
class BlockGroup:
    """Consecutive inverted bottlenecks of one width; the first of them strides."""

    kernel: int
    strides: int
    expansion: int
    filters: int
    repeats: int


PREFIX = "lite0_"
STEM_FILTERS = 32
GROUPS = (
    BlockGroup(3, 1, 1, 16, 1),
    BlockGroup(3, 2, 6, 24, 2),
    BlockGroup(5, 2, 6, 40, 2),
    BlockGroup(3, 2, 6, 80, 3),
    BlockGroup(5, 1, 6, 112, 3),
    BlockGroup(5, 2, 6, 192, 4),
    BlockGroup(3, 1, 6, 320, 1),
)


def lite0(image, groups: int) -> dict[int, Any]:
    """The first `groups` block groups over an RGB image in [0, 1], (B, S, S, 3).

    Returns the last tensor at each stride: 2 (16 channels), 4 (24), 8 (40), 16 (112), 32 (320), as far as they exist.
    """
    x = layers.Rescaling(255.0 / 128.0, -127.0 / 128.0, name="lite0_rescaling")(image)
    x = layers.Conv2D(STEM_FILTERS, 3, 2, "same", use_bias=False, name="lite0_stem")(x)
    x = _normalized(x, "lite0_stem", relu=True)
    features, stride, index = {}, 2, 0
    for group in GROUPS[:groups]:
        stride *= group.strides
        for repeat in range(group.repeats):
            x = _inverted_bottleneck(x, group, group.strides if repeat == 0 else 1, f"lite0_block{index}")
            index += 1
        features[stride] = x
    return features


def lite0_stride(groups: int) -> int:
    """The deepest stride of the first `groups` block groups."""
    return 2 * math.prod(group.strides for group in GROUPS[:groups])


def _inverted_bottleneck(x, group: BlockGroup, strides: int, name: str):
    y, channels = x, x.shape[-1]
    if group.expansion != 1:
        y = layers.Conv2D(channels * group.expansion, 1, use_bias=False, name=f"{name}_expand")(y)
        y = _normalized(y, f"{name}_expand", relu=True)
    y = layers.DepthwiseConv2D(group.kernel, strides, "same", use_bias=False, name=f"{name}_depthwise")(y)
    y = _normalized(y, f"{name}_depthwise", relu=True)
    y = layers.Conv2D(group.filters, 1, use_bias=False, name=f"{name}_project")(y)
    y = _normalized(y, f"{name}_project", relu=False)
    if strides == 1 and channels == group.filters:
        y = layers.Add(name=f"{name}_sum")([y, x])
    return y


def _normalized(x, name: str, relu: bool):
    x = FusedBatchNormalization(momentum=0.99, epsilon=1e-3, name=f"{name}_bn")(x)
    return layers.Activation("relu6", name=f"{name}_relu")(x) if relu else x


def freeze_backbone(model, groups: int) -> None:
    """Exclude the rescaling, the stem and the first `groups` block groups from training, statistics included.

    The early features of ImageNet serve people as they are, and half of a training step is spent on learning them.
    """
    blocks = sum(group.repeats for group in GROUPS[:groups])
    frozen = ("lite0_stem", *(f"lite0_block{i}_" for i in range(blocks)))
    for layer in model.layers:
        if layer.name.startswith(frozen):
            layer.trainable = False
