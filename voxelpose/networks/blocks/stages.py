"""The families of volumetric networks: how an image becomes features, and what one stage does with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keras import layers

from voxelpose.networks.backbones.hourglass import (
    convolution,
    hourglass,
    linear_unit,
    normalized_relu,
    residual,
    residuals,
)


@dataclass(frozen=True)
class Stem:
    """What comes before the first stage; every member is a symbolic tensor (B, H, W, C).

    features: input of the first stage; early: the map that the paper's second stage sees again (P);
    finer: features at twice the resolution, for a last stage that upsamples.
    """

    features: Any
    early: Any
    finer: Any


def hourglass_stem(image, width: int, modules: int) -> Stem:
    """Strided 7x7 convolution, pooling and residual modules: resolution S / 4, `width` channels."""
    x = convolution(image, width // 4, 7, "stem_conv", strides=2)
    finer = residual(normalized_relu(x, "stem_conv"), width // 2, "stem_fine")
    early = layers.MaxPooling2D(2, name="stem_pool")(finer)
    x = residuals(early, width // 2, modules, "stem_coarse")
    return Stem(residual(x, width, "stem_out"), early, finer)


def fused_stem(pyramid: Mapping[int, Any], width: int) -> Stem:
    """A backbone's maps by stride, those from 8 on fused at stride 8: resolution S / 8, `width` channels."""
    x = convolution(pyramid[8], width, 1, "fuse8")
    for stride in sorted(stride for stride in pyramid if stride > 8):
        y = convolution(pyramid[stride], width, 1, f"fuse{stride}")
        y = layers.UpSampling2D(stride // 8, interpolation="bilinear", name=f"fuse{stride}_upsample")(y)
        x = layers.Add(name=f"fuse{stride}_sum")([x, y])
    return Stem(x, pyramid[8], pyramid[4])


def paper_stage(x, width: int, levels: int, modules: int, last: bool, name: str):
    """Hourglass and two 1x1 units; (B, H, W, width), or 2 * width channels in the last stage (Section 3.2)."""
    x = hourglass(x, levels, width, 2 * width, modules, 1, f"{name}_hourglass")
    x = linear_unit(x, 2 * width, f"{name}_linear1")
    return linear_unit(x, 2 * width if last else width, f"{name}_linear2")


def uniform_stage(x, width: int, levels: int, modules: int, name: str):
    """Hourglass, residual modules and one 1x1 unit, all of one width."""
    x = hourglass(x, levels, width, width, modules, modules, f"{name}_hourglass")
    x = residuals(x, width, modules, f"{name}_residual")
    return linear_unit(x, width, f"{name}_linear")


def paper_merge(features, previous, volume, width: int, name: str):
    """Input of the next stage from this stage's features, the features before them, and the volume if there is one."""
    channels = width + previous.shape[-1]
    x = layers.Concatenate(name=f"{name}_concatenate")([features, previous])
    terms = [convolution(x, channels, 1, f"{name}_features")]
    if volume is not None:
        terms.append(convolution(volume, channels, 1, f"{name}_volume"))
    return layers.Add(name=f"{name}_sum")(terms) if len(terms) > 1 else terms[0]


def uniform_merge(x, features, volume, width: int, name: str):
    """Input of the next stage: the old one plus 1x1 maps of the features, and of the volume if there is one."""
    terms = [x, convolution(features, width, 1, f"{name}_features")]
    if volume is not None:
        terms.append(convolution(volume, width, 1, f"{name}_volume"))
    return layers.Add(name=f"{name}_sum")(terms)


def upsampled(features, finer, name: str):
    """Features at twice the resolution in half the channels, sharpened by the stem's finer map: (B, 2 H, 2 W, C / 2).

    Channels are halved before the upsampling: at the fine resolution every one of them costs four times as much.
    """
    channels = features.shape[-1] // 2
    x = convolution(features, channels, 1, f"{name}_features")
    x = layers.UpSampling2D(2, interpolation="bilinear", name=f"{name}_upsample")(x)
    x = layers.Add(name=f"{name}_sum")([x, convolution(finer, channels, 1, f"{name}_lateral")])
    return normalized_relu(residual(x, channels, f"{name}_residual"), f"{name}_out")
