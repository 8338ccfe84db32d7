"""Named networks as a table of facts: what each is built of, how it sees a person, how its volume is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from voxelpose.errors import InputError
from voxelpose.geometry.grid import PAPER_FAR_MM, PAPER_NEAR_MM
from voxelpose.networks.kinds import KINDS

# A volume trained towards peaks of height 1 is no distribution at temperature 1: 64^3 cells outweigh e = 2.7.
PEAK_TEMPERATURE = 40.0


@dataclass(frozen=True)
class Architecture:
    """What a network is built of. kind: see `kinds.KINDS`; arguments: of that kind's class."""

    kind: str = "volumetric"
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def joints(self) -> int:
        """How many joints the network has."""
        return KINDS[self.kind].joints(self.arguments)

    @property
    def input_size(self) -> int:
        """Side of the crop in pixels; of a lifter, which sees no crop, side of the heatmaps in cells."""
        return KINDS[self.kind].input_size(self.arguments)

    @property
    def reads(self) -> str:
        """Name of what the network reads: "image", or of a lifter "heatmaps"."""
        return KINDS[self.kind].reads


@dataclass(frozen=True)
class NetworkInput:
    """How a person is put before a network; the size of the crop follows from the architecture.

    skeleton: name of the joints' skeleton, in the volumes' order; near_mm, far_mm: depth range of the volume relative
    to the root; crop_margin: side of the crop over the longer side of the person's box.
    """

    skeleton: str = "h36m17"
    near_mm: float = -1000.0
    far_mm: float = 1000.0
    crop_margin: float = 1.25


@dataclass(frozen=True)
class Calibration:
    """How the numbers of one file of weights are read: fitted on validation data, stored in that file.

    temperature: factor on the volume before the softmax that makes it a likelihood; covariance_scale: factor on the
    covariance per axis x, y, z.
    """

    temperature: float = 1.0
    covariance_scale: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Card:
    """What is known about a network beside how to run it.

    parameters: trainable ones; gmac: multiply-accumulates of one image in 1e9; weights: the shipped file, or None;
    published: whether it is a network of the released code, which is trained as the paper trains.
    """

    parameters: int = 0
    gmac: float = 0.0
    weights: str | None = None
    published: bool = False


@dataclass(frozen=True)
class Preset:
    """One network.

    calibration: of its weights. The table below knows no weights: there it is what freshly initialised ones begin
    training with, which depends on what the volumes are trained towards and on nothing that was fitted.
    """

    name: str
    architecture: Architecture
    input: NetworkInput = NetworkInput()
    calibration: Calibration = Calibration()
    card: Card = Card()


_TALL = NetworkInput(near_mm=-1100.0, far_mm=1100.0)


def _compact(depths: tuple[int, ...], width: int, groups: int) -> dict[str, Any]:
    """The architecture of a network that a processor trains: 128 px, Lite0's features, a presence output."""
    options = {"family": "compact", "width": width, "groups": groups, "presence": True}
    return {"joints": 17, "depths": depths, "input_size": 128, **options}


def _published(name: str, family: str, depths: tuple[int, ...], parameters: int, gmac: float) -> Preset:
    """A network of the released code: 256 px, the released depth range, volumes trained as peaks of height 1."""
    arguments = {"joints": 17, "depths": depths, "input_size": 256, "family": family}
    return Preset(
        name,
        Architecture(arguments=arguments),
        NetworkInput(near_mm=PAPER_NEAR_MM, far_mm=PAPER_FAR_MM),
        Calibration(temperature=PEAK_TEMPERATURE),
        Card(parameters, gmac, published=True),
    )


_BLAZEPOSE = {
    "joints": 17,
    "depths": (1, 24),
    "input_size": 192,
    "family": "blazepose",
    "width": 128,
    "presence": True,
}
_DECOUPLED = {
    "image_network": _compact((1,), width=96, groups=6),
    "lifter": {"depths": (4, 16), "width": 96, "levels": 2},
}

_ALL = (
    Preset(
        "tiny",
        Architecture(arguments=_compact((1, 16), width=64, groups=3)),
        card=Card(parameters=310_002, gmac=0.066),
    ),
    Preset(
        "small",
        Architecture(arguments=_compact((1, 16), width=96, groups=6)),
        _TALL,
        card=Card(parameters=2_933_346, gmac=0.171, weights="weights/small.weights.h5"),
    ),
    Preset(
        "base",
        Architecture(arguments=_BLAZEPOSE),
        _TALL,
        card=Card(parameters=2_693_234, gmac=0.425, weights="weights/base.weights.h5"),
    ),
    Preset(
        "decoupled",
        Architecture("decoupled", _DECOUPLED),
        _TALL,
        card=Card(parameters=3_243_878, gmac=0.21, weights="weights/decoupled.weights.h5"),
    ),
    _published("uniform-1-64", "uniform", (1, 64), 18_859_985, 19.9),
    _published("paper-64", "paper", (64,), 13_805_760, 16.2),
    _published("paper-1-64", "paper", (1, 64), 26_904_401, 28.4),
    _published("paper-64-64", "paper", (64, 64), 27_590_912, 31.3),
    _published("paper-1-2-64", "paper", (1, 2, 64), 40_232_051, 41.4),
    _published("paper-1-2-4-64", "paper", (1, 2, 4, 64), 53_585_847, 54.5),
)
PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _ALL}
DEFAULT_PRESET = "small"


def get_preset(name: str) -> Preset:
    """The preset of that name; an unknown name is answered with the nearest ones (InputError)."""
    if name not in PRESETS:
        near = get_close_matches(name, PRESETS, n=3, cutoff=0.3) or list(PRESETS)
        raise InputError(f"There is no preset '{name}'. Nearest names: {', '.join(near)}.")
    return PRESETS[name]
