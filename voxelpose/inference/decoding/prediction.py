"""What a network predicts about one crop, and what a decoder is told about where the crop was cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.networks.decode import Moments


@dataclass(frozen=True, eq=False)
class Prediction:
    """One crop's result.

    fractions: (J, 3) x, y, z in [0, 1], the root's z at 0 mm; covariance: (J, 3, 3) in fractions; confidence: (J,);
    outside: (J,) bool, whether a joint lies in the crop's outermost cells or beyond; grid: the finest stage's; volumes:
    likelihoods (H, W, J, D_s) of all stages where asked for, else empty. others: what the network says beside joints,
    by output, such as "presence", the probability that somebody is there.
    """

    fractions: np.ndarray
    covariance: np.ndarray
    confidence: np.ndarray
    outside: np.ndarray
    grid: VoxelGrid
    volumes: tuple[np.ndarray, ...] = ()
    others: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def presence(self) -> float | None:
        """Probability that somebody is there; None for a network that does not tell."""
        return float(self.others["presence"]) if "presence" in self.others else None


class Place(Protocol):
    """Where a crop was cut, and the camera that it was seen by, None if nobody knows it."""

    camera: Camera | None
    crop: Crop


class PlacedImage(Place, Protocol):
    """A place with the picture (H, W, 3) uint8 RGB that it lies in."""

    image: np.ndarray


class Decoder(Protocol):
    """How joints are read from the finest volume (B, H, W, J, D), over cells as `grid` says.

    places: of the B crops, or None where nobody knows them.
    """

    def __call__(self, volume: np.ndarray, places: Sequence[Place] | None, grid: VoxelGrid) -> Moments: ...
