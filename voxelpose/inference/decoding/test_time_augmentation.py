"""Several crops of one person, larger, smaller and turned, whose volumes are averaged (`networks.resampling`)."""

from dataclasses import dataclass, replace

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import Crop


@dataclass(frozen=True)
class Variation:
    """zoom: factor on the person's size in the crop; degrees: the content turned clockwise about the crop's centre.

    The centre stays, and with it the ray along which depth is measured: depths of all variations mean the same.
    """

    zoom: float
    degrees: float

    @property
    def linear(self) -> np.ndarray:
        """(2, 2): offsets from the centre in the plain crop -> in this one."""
        angle = np.radians(self.degrees)
        return self.zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def of(self, crop: Crop) -> Crop:
        """The varied crop."""
        middle = np.full(2, (crop.size - 1) / 2)
        matrix = self.linear @ (crop.matrix - np.column_stack([np.zeros((2, 2)), middle]))
        return replace(crop, matrix=matrix + np.column_stack([np.zeros((2, 2)), middle]))


# The plain crop first. All lie well inside what training draws; smaller ones lose resolution, larger ones cut hands.
VARIATIONS = (
    Variation(1.0, 0.0),
    Variation(1.0, 12.0),
    Variation(1.0, -12.0),
    Variation(0.88, 0.0),
    Variation(1.12, 0.0),
)


def chosen_variations(count: int) -> tuple[Variation, ...]:
    """The first `count` of them; InputError for a number that there are not."""
    if not 1 <= count <= len(VARIATIONS):
        raise InputError(f"Expected 1 to {len(VARIATIONS)} crops per person. Received: {count}.")
    return VARIATIONS[:count]
