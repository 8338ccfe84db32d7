"""The BlazePose families' stem in PyTorch: its features fused at stride 8; see `networks.blazepose`."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from benchmark.twins.compact import fused

Convolution = Mapping[str, Any]  # a `networks.blazepose.Convolution`, field by field

# Without an upsampled last stage nothing reads the finer maps, and the Keras network lacks what makes them.
_UNREAD = ("lateral2", "lateral4")


class BlazePoseStem(nn.Module):
    """Images (B, 3, S, S) in [0, 1] to features (B, width, S / 8, S / 8) and the early map."""

    def __init__(self, width: int, pyramid: int, convolutions: Sequence[Convolution]):
        super().__init__()
        self.items = [item for item in convolutions if not item["name"].startswith(_UNREAD)]
        self.blaze = nn.ModuleDict({item["name"]: _convolution(item) for item in self.items})
        channels = {8: pyramid, 16: pyramid, 32: self.items[-1]["inputs"]}
        self.fuse = nn.ModuleDict({str(stride): nn.Conv2d(count, width, 1) for stride, count in channels.items()})
        self.early_channels = channels[8]

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x, skip, laterals = image, None, {}
        for item in self.items:
            name = item["name"]
            if name.startswith("lateral"):
                stride = name[len("lateral") :].partition("_")[0]
                before = x if stride == "32" else skip
                laterals[stride] = self._convolved(laterals.get(stride, before), item)
                continue
            if name.endswith("_expand"):
                skip = x
            x = self._convolved(x, item)
            if name.endswith("_project"):
                x = x + skip if skip is not None and skip.shape == x.shape else x
                skip = None
        pyramid, y = {32: x}, laterals["32"]
        for stride in (16, 8):
            up = functional.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)
            y = pyramid[stride] = up + laterals[str(stride)]
        return fused(pyramid, self.fuse), pyramid[8]

    def _convolved(self, x: Tensor, item: Convolution) -> Tensor:
        y = self.blaze[item["name"]](x)
        return functional.relu6(y, inplace=True) if item["relu"] else y


def _convolution(item: Convolution) -> nn.Conv2d:
    groups, padding = item["inputs"] if item["depthwise"] else 1, (item["kernel"] - 1) // 2
    return nn.Conv2d(item["inputs"], item["filters"], item["kernel"], item["strides"], padding, groups=groups)
