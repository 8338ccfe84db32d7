"""Trunk: what a family of networks is made of, between the image and the heads."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from voxelpose.networks.backbones.blazepose import blazepose
from voxelpose.networks.backbones.lite0 import lite0, lite0_stride
from voxelpose.networks.blocks.stages import (
    Stem,
    fused_stem,
    hourglass_stem,
    paper_merge,
    paper_stage,
    uniform_merge,
    uniform_stage,
)


@dataclass(frozen=True)
class Family:
    """What tells a family from the others, and what its options are where they are left open.

    stride: before the hourglasses; backbone: whose features it begins with: Lite0's, or a BlazePose's by its size.
    """

    stride: int
    width: int
    levels: int
    modules: int
    backbone: Literal["lite0", "full", "lite"] | None = None


FAMILIES = {
    "paper": Family(stride=4, width=256, levels=4, modules=3),
    "uniform": Family(stride=4, width=256, levels=4, modules=3),
    "compact": Family(stride=8, width=96, levels=2, modules=1, backbone="lite0"),
    "blazepose": Family(stride=8, width=128, levels=2, modules=1, backbone="full"),
    "blazepose-lite": Family(stride=8, width=96, levels=2, modules=1, backbone="lite"),
}
# The deepest stride of a BlazePose.
_BLAZEPOSE_STRIDE = 32


@dataclass(frozen=True)
class Trunk:
    """Stem, stages and what joins them.

    family: "paper" (the released hg-stacked networks), "uniform" (one width, the released "hg") or one with features
    of a backbone at stride 8 and narrow uniform stages after it: "compact" (EfficientNet-Lite0), "blazepose" and
    "blazepose-lite" (the published BlazePose of that size). width, levels, modules: channels, poolings
    per hourglass, residual modules per branch. groups: block groups of Lite0 in the compact family, 3 to 7.
    Raises ValueError for an option that cannot be.
    """

    input_size: int
    family: str
    width: int
    levels: int
    modules: int
    groups: int

    @classmethod
    def of(cls, input_size: int, family: str, width: int | None, levels: int | None, modules: int | None, groups: int):
        """A trunk with the family's own number wherever None is given."""
        if family not in FAMILIES:
            raise ValueError(f"Expected a family among {', '.join(FAMILIES)}. Received: family='{family}'")
        own = FAMILIES[family]
        width = own.width if width is None else width
        levels = own.levels if levels is None else levels
        return cls(input_size, family, width, levels, own.modules if modules is None else modules, groups)

    def __post_init__(self):
        if min(self.levels, self.modules) < 1:
            raise ValueError(f"Expected at least one level and module. Received: {self.levels} and {self.modules}")
        if self.width < 8 or self.width % 8:
            raise ValueError(f"Expected a width that is a multiple of 8. Received: width={self.width}")
        if not 3 <= self.groups <= 7:
            raise ValueError(f"Expected 3 to 7 block groups of Lite0. Received: groups={self.groups}")
        if self.input_size < self.multiple or self.input_size % self.multiple:
            raise ValueError(
                f"Expected an input_size that is a multiple of {self.multiple}, so that every pooling halves the "
                f"resolution. Received: input_size={self.input_size}"
            )

    @property
    def multiple(self) -> int:
        """What the input size must be a multiple of."""
        finest = FAMILIES[self.family].stride * 2**self.levels
        if self.backbone is None:
            return finest
        return max(finest, lite0_stride(self.groups) if self.backbone == "lite0" else _BLAZEPOSE_STRIDE)

    @property
    def backbone(self) -> str | None:
        """Whose features it begins with, which can be loaded and frozen; see `Family`."""
        return FAMILIES[self.family].backbone

    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return asdict(self)

    def stem(self, image) -> Stem:
        """Features of an image (B, S, S, 3): resolution S / 4, with a backbone S / 8."""
        if self.backbone is None:
            return hourglass_stem(image, self.width, 2 if self.family == "paper" else 1)
        lite = self.backbone == "lite0"
        return fused_stem(lite0(image, self.groups) if lite else blazepose(image, self.backbone), self.width)

    def stage(self, x, last: bool, name: str):
        """Features from which a head reads: `width` channels, twice that in the last stage of the paper's family."""
        if self.family == "paper":
            return paper_stage(x, self.width, self.levels, self.modules, last, name)
        return uniform_stage(x, self.width, self.levels, self.modules, name)

    def merge(self, x, features, previous, volume, name: str):
        """Input of the next stage.

        x, features: what the stage received and gave; previous: the features before it (the stem's early map at
        first); volume: what its head gave, or None where no head reads this stage.
        """
        if self.family == "paper":
            return paper_merge(features, previous, volume, self.width, name)
        return uniform_merge(x, features, volume, self.width, name)
