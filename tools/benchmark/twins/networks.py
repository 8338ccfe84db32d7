"""The same networks as ordinary PyTorch code has them; see `networks.stages`.

Modules are named so that `weights` finds the Keras layer that belongs to each.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmark.twins.blazepose import BlazePoseStem
from benchmark.twins.compact import CompactStem


class Residual(nn.Module):
    """Pre-activated bottleneck, 1x1 - 3x3 - 1x1, plus the input or a 1x1 map of it."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        half = outputs // 2
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, half, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(half), nn.Conv2d(half, half, 3, padding=1)
        self.bn3, self.conv3 = nn.BatchNorm2d(half), nn.Conv2d(half, outputs, 1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(functional.relu(self.bn1(x), inplace=True))
        y = self.conv2(functional.relu(self.bn2(y), inplace=True))
        y = self.conv3(functional.relu(self.bn3(y), inplace=True))
        return y + self.skip(x)


class Linear(nn.Module):
    """1x1 convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(inputs, outputs, 1), nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.bn(self.conv(x)), inplace=True)


def residuals(*channels: int) -> nn.Sequential:
    """Residual modules in a row, through the given channel counts."""
    return nn.Sequential(*(Residual(a, b) for a, b in zip(channels, channels[1:], strict=False)))


class Hourglass(nn.Module):
    """See `networks.hourglass.hourglass`."""

    def __init__(self, levels: int, inputs: int, width: int, outputs: int, modules: int, inner: int):
        super().__init__()
        self.upper = residuals(inputs, *[width] * (modules - 1), outputs)
        self.down = residuals(inputs, *[width] * modules)
        if levels > 1:
            self.inner = Hourglass(levels - 1, width, width, outputs, modules, inner)
        else:
            self.bottom = residuals(width, *[outputs] * inner)
        self.up = residuals(outputs, *[outputs] * inner)

    def forward(self, x: Tensor) -> Tensor:
        lower = self.down(functional.max_pool2d(x, 2))
        lower = self.inner(lower) if hasattr(self, "inner") else self.bottom(lower)
        return self.upper(x) + functional.interpolate(self.up(lower), scale_factor=2, mode="nearest")


class Stem(nn.Module):
    """Strided 7x7 convolution, pooling, residual modules; returns the features and the early map."""

    def __init__(self, width: int, modules: int):
        super().__init__()
        self.conv, self.conv_bn = nn.Conv2d(3, width // 4, 7, stride=2, padding=3), nn.BatchNorm2d(width // 4)
        self.fine = Residual(width // 4, width // 2)
        self.coarse = residuals(*[width // 2] * (modules + 1))
        self.out = Residual(width // 2, width)
        self.early_channels = width // 2

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x = functional.relu(self.conv_bn(self.conv(image)), inplace=True)
        early = functional.max_pool2d(self.fine(x), 2)
        return self.out(self.coarse(early)), early


class PaperStage(nn.Module):
    """Hourglass and two 1x1 units."""

    def __init__(self, inputs: int, width: int, levels: int, modules: int, last: bool):
        super().__init__()
        self.hourglass = Hourglass(levels, inputs, width, 2 * width, modules, 1)
        self.linear1 = Linear(2 * width, 2 * width)
        self.linear2 = Linear(2 * width, 2 * width if last else width)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.linear1(self.hourglass(x)))


class UniformStage(nn.Module):
    """Hourglass, residual modules and one 1x1 unit, all of one width."""

    def __init__(self, width: int, levels: int, modules: int):
        super().__init__()
        self.hourglass = Hourglass(levels, width, width, width, modules, modules)
        self.residual = residuals(*[width] * (modules + 1))
        self.linear = Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.residual(self.hourglass(x)))


class Merge(nn.Module):
    """1x1 maps of features and volume, summed: what a further stage is given."""

    def __init__(self, features: int, volume: int, outputs: int):
        super().__init__()
        self.features, self.volume = nn.Conv2d(features, outputs, 1), nn.Conv2d(volume, outputs, 1)

    def forward(self, features: Tensor, volume: Tensor) -> Tensor:
        return self.features(features) + self.volume(volume)


class TorchHourglass(nn.Module):
    """`networks.volumetric.VolumetricHourglass` as `handover.describe` describes it; images (B, 3, S, S) in [0, 1].

    Returns {"volume_1": (B, J * depths[0], H, W), ...}, and with presence {"presence": (B, 1)}.
    """

    def __init__(
        self,
        joints: int,
        depths: Sequence[int],
        stem: Mapping[str, Any],
        paper: bool,
        width: int,
        levels: int,
        modules: int,
        presence: bool,
    ):
        super().__init__()
        self.paper = paper
        self.stem = _stem(width, **stem)
        self.stages, self.merges, self.heads = (nn.ModuleList() for _ in range(3))
        inputs, previous = width, self.stem.early_channels
        for index, depth in enumerate(depths):
            last = index == len(depths) - 1
            if self.paper:
                self.stages.append(PaperStage(inputs, width, levels, modules, last))
            else:
                self.stages.append(UniformStage(width, levels, modules))
            features = 2 * width if self.paper and last else width
            self.heads.append(nn.Conv2d(features, joints * depth, 1))
            if not last:
                inputs = width + previous if self.paper else width
                self.merges.append(Merge(inputs, joints * depth, inputs))
                previous = width
        self.presence = nn.Linear(features, 1) if presence else None

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        x, previous = self.stem(image)
        outputs = {}
        for index, (stage, head) in enumerate(zip(self.stages, self.heads, strict=True)):
            features = stage(x)
            volume = outputs[f"volume_{index + 1}"] = head(features)
            if index < len(self.merges):
                merge = self.merges[index]
                if self.paper:
                    x, previous = merge(torch.cat([features, previous], 1), volume), features
                else:
                    x = x + merge(features, volume)
        if self.presence is not None:
            outputs["presence"] = self.presence(features.mean((2, 3)))
        return outputs


_STEMS = {"hourglass": Stem, "lite0": CompactStem, "blazepose": BlazePoseStem}


def _stem(width: int, kind: str, **options) -> nn.Module:
    return _STEMS[kind](width, **options)
