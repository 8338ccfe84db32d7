"""BlazePose's features as a backbone: a scaled EfficientNet-Lite and the pyramid over it, up to its heatmaps.

Architecture: Bazarevsky et al. 2020 (BlazePose), as its published landmark networks "lite" and "full" have it
(`pose_landmark_*.tflite`, Apache-2.0). They are inference graphs with the normalisation folded into the convolutions,
so a layer here has a bias and no normalisation. `tools/assets/import_blazepose.py` makes weights for it of such a file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keras import layers

from voxelpose.networks.backbones.lite0 import BlockGroup

PREFIX = "blaze_"
_STEM_FILTERS = 24
_EXPANSION = 6


@dataclass(frozen=True)
class BlazePoseSize:
    """Widths of one published size. groups: its inverted bottlenecks; pyramid: channels of its fused maps."""

    groups: tuple[BlockGroup, ...]
    pyramid: int


def _size(widths: tuple[int, ...], pyramid: int) -> BlazePoseSize:
    kernels, strides, expansions = (3, 3, 5, 3, 5, 5), (1, 2, 2, 2, 1, 2), (1, 4, *(_EXPANSION,) * 4)
    repeats = (1, 2, 2, 3, 3, 4)
    return BlazePoseSize(tuple(map(BlockGroup, kernels, strides, expansions, widths, repeats)), pyramid)


SIZES = {"lite": _size((8, 16, 24, 40, 56, 96), 32), "full": _size((16, 24, 32, 64, 88, 144), 48)}


@dataclass(frozen=True)
class Convolution:
    """One convolution of the backbone. inputs, filters: channels in and out; a depthwise one keeps them."""

    name: str
    inputs: int
    filters: int
    kernel: int = 1
    strides: int = 1
    depthwise: bool = False
    relu: bool = True

    @property
    def lateral(self) -> bool:
        """Whether it leads into the pyramid instead of on to the next block."""
        return self.name.startswith("lateral")


def convolutions(size: str) -> Iterator[Convolution]:
    """The backbone's convolutions in the order in which the published file computes them."""
    stride, channels, index = 2, _STEM_FILTERS, 0
    yield Convolution("stem", 3, _STEM_FILTERS, 3, 2)
    for group in SIZES[size].groups:
        for repeat in range(group.repeats):
            first, name = repeat == 0, f"block{index}"
            strides, expansion = (group.strides, group.expansion) if first else (1, _EXPANSION)
            inside = channels * expansion
            if expansion != 1:
                yield Convolution(f"{name}_expand", channels, inside)
            if strides == 2:
                yield from _lateral(size, stride, channels)
            yield Convolution(f"{name}_depthwise", inside, inside, group.kernel, strides, depthwise=True)
            yield Convolution(f"{name}_project", inside, group.filters, relu=False)
            stride, channels, index = stride * strides, group.filters, index + 1
    inside = _EXPANSION * channels
    yield Convolution("top_expand", channels, inside)
    yield Convolution("top_depthwise", inside, inside, 3, depthwise=True)
    yield from _lateral(size, stride, inside)


def _lateral(size: str, stride: int, channels: int) -> Iterator[Convolution]:
    yield Convolution(f"lateral{stride}_depthwise", channels, channels, 3, depthwise=True)
    yield Convolution(f"lateral{stride}", channels, 8 if stride == 2 else SIZES[size].pyramid)


def blazepose(image, size: str) -> dict[int, Any]:
    """BlazePose's features over an RGB image in [0, 1], (B, S, S, 3), S a multiple of 32.

    Returns the map at each stride: 4, 8 and 16 of the pyramid (48 channels, lite 32), and 32 the widest of the
    backbone (864, lite 576), which BlazePose reads depth from.
    """
    x, skip, laterals, stride = image, None, {}, 1
    for item in convolutions(size):
        if item.lateral:
            if stride > 2:  # the finest serves its segmentation alone
                before = skip if stride < 32 else x
                laterals[stride] = _convolved(laterals.get(stride, before), item)
            continue
        if item.name.endswith("_expand"):
            skip = x
        x = _convolved(x, item)
        stride *= item.strides
        if item.name.endswith("_project"):
            if skip is not None and skip.shape[1:] == x.shape[1:]:
                x = layers.Add(name=f"{PREFIX}{item.name[:-8]}_sum")([x, skip])
            skip = None
    pyramid, fused = {32: x}, laterals[32]
    for level in (16, 8, 4):
        up = layers.UpSampling2D(2, interpolation="bilinear", name=f"{PREFIX}pyramid{level}_upsample")(fused)
        fused = layers.Add(name=f"{PREFIX}pyramid{level}")([up, laterals[level]])
        pyramid[level] = fused
    return pyramid


def _convolved(x, item: Convolution):
    name, padding = PREFIX + item.name, "same"
    if item.strides > 1:  # "same" would pad more at the bottom and right than at the top and left
        x, padding = layers.ZeroPadding2D((item.kernel - 1) // 2, name=f"{name}_pad")(x), "valid"
    activation = "relu6" if item.relu else None
    if item.depthwise:
        layer = layers.DepthwiseConv2D(item.kernel, item.strides, padding, activation=activation, name=name)
    else:
        layer = layers.Conv2D(item.filters, item.kernel, item.strides, padding, activation=activation, name=name)
    return layer(x)
