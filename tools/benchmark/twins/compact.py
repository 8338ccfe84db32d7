"""The compact family's stem in PyTorch: EfficientNet-Lite0 features fused at stride 8; see `networks.backbone`."""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torch.nn import functional

BlockGroup = Mapping[str, int]  # a `networks.backbone.BlockGroup`, field by field


class SamePadded(nn.Conv2d):
    """Strided convolution padded as TensorFlow pads: one more at the bottom and right where the sum is odd."""

    def forward(self, x: Tensor) -> Tensor:
        total = [max(k - s, 0) for k, s in zip(self.kernel_size, self.stride, strict=True)]
        top, left = (t // 2 for t in total)
        return super().forward(functional.pad(x, (left, total[1] - left, top, total[0] - top)))


def _convolution(inputs: int, outputs: int, size: int, strides: int, groups: int = 1) -> nn.Conv2d:
    if strides > 1:
        return SamePadded(inputs, outputs, size, strides, groups=groups, bias=False)
    return nn.Conv2d(inputs, outputs, size, padding=size // 2, groups=groups, bias=False)


def _normalization(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class InvertedBottleneck(nn.Module):
    """Expansion, depthwise convolution, projection, with ReLU6 and a sum where the shape stays."""

    def __init__(self, inputs: int, group: BlockGroup, strides: int):
        super().__init__()
        inside, filters = inputs * group["expansion"], group["filters"]
        self.expands = group["expansion"] != 1
        if self.expands:
            self.expand, self.expand_bn = _convolution(inputs, inside, 1, 1), _normalization(inside)
        self.depthwise = _convolution(inside, inside, group["kernel"], strides, groups=inside)
        self.depthwise_bn = _normalization(inside)
        self.project, self.project_bn = _convolution(inside, filters, 1, 1), _normalization(filters)
        self.keeps = strides == 1 and inputs == filters

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu6(self.expand_bn(self.expand(x)), inplace=True) if self.expands else x
        y = functional.relu6(self.depthwise_bn(self.depthwise(y)), inplace=True)
        y = self.project_bn(self.project(y))
        return x + y if self.keeps else y


class CompactStem(nn.Module):
    """Images (B, 3, S, S) in [0, 1] to features (B, width, S / 8, S / 8) and the early map."""

    def __init__(self, width: int, filters: int, groups: Sequence[BlockGroup]):
        super().__init__()
        self.lite0_stem, self.lite0_stem_bn = _convolution(3, filters, 3, 2), _normalization(filters)
        self.blocks, self.strides = nn.ModuleList(), []
        channels, stride, at_stride = filters, 2, {}
        for group in groups:
            for repeat in range(group["repeats"]):
                strides = group["strides"] if repeat == 0 else 1
                stride *= strides
                self.blocks.append(InvertedBottleneck(channels, group, strides))
                self.strides.append(stride)
                channels = at_stride[stride] = group["filters"]
        coarse = [stride for stride in at_stride if stride >= 8]
        self.fuse = nn.ModuleDict({str(stride): nn.Conv2d(at_stride[stride], width, 1) for stride in coarse})
        self.early_channels = at_stride[8]

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x = image * (255.0 / 128.0) - 127.0 / 128.0
        x = functional.relu6(self.lite0_stem_bn(self.lite0_stem(x)), inplace=True)
        pyramid = {}
        for block, stride in zip(self.blocks, self.strides, strict=True):
            x = pyramid[stride] = block(x)
        return fused(pyramid, self.fuse), pyramid[8]


def fused(pyramid: Mapping[int, Tensor], fuse: nn.ModuleDict) -> Tensor:
    """Maps by stride, each through its 1x1 convolution, summed at stride 8; `fuse` has them finest first."""
    y = fuse["8"](pyramid[8])
    for stride in list(fuse)[1:]:
        z = fuse[stride](pyramid[int(stride)])
        y = y + functional.interpolate(z, scale_factor=int(stride) // 8, mode="bilinear", align_corners=False)
    return y
