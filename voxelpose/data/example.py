"""What one training example is, whatever its source."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Example:
    """A square picture with margin around a person, and what is known of the joints.

    image: (S, S, 3) uint8 RGB. joints: (J, 3) float32: x, y in pixels of `image` (integers at pixel centres),
    z in mm relative to the root along the ray through the crop's centre. weights: (J, 3) float32 in [0, 1] per axis:
    0 where not annotated; 2D labels have weight 0 in z; a joint outside the picture has weight 0.
    present: whether there is a person at all. source: where it came from, for messages and reports.
    """

    image: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    present: bool
    source: str
