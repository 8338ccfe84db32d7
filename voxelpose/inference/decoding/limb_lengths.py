"""How long the person's limbs are: the subject's own, a population's mean, or that mean scaled to a height."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.skeleton import MEAN_BONE_LENGTHS_MM, SKELETONS, Skeleton

# From the ankle joint down to the sole, which no limb of the skeleton spans.
ANKLE_HEIGHT_MM = 85.0
_UPRIGHT = ("right_ankle", "right_knee", "spine", "thorax", "jaw", "head")
# The standing height of somebody with Human3.6M's mean limbs.
MEAN_HEIGHT_MM = sum(MEAN_BONE_LENGTHS_MM[name] for name in _UPRIGHT) + ANKLE_HEIGHT_MM
# Relative deviations. Of adults' height (9 to 10 cm over women and men together), which all of one person's limbs share
# and no averaging over bones removes; of proportions among people of one height; of a measuring tape.
HEIGHT_SPREAD, PROPORTION_SPREAD, MEASURED_SPREAD = 0.055, 0.06, 0.01
SHORTEST_MM, TALLEST_MM = 300.0, 2800.0


@dataclass(frozen=True, eq=False)
class Limbs:
    """lengths: (bones,) mm of `skeleton.bones`, NaN where unknown; std: (bones,) mm, each bone's own; common: relative
    deviation that all bones share; source: where they come from, in words."""

    lengths: np.ndarray
    std: np.ndarray
    common: float
    source: str

    @classmethod
    def of(cls, skeleton: Skeleton, own: Mapping[str, float] | None = None, height: float | None = None) -> "Limbs":
        """own: the subject's lengths in mm by child joint; height: the subject's in mm; at most one of them.

        Raises InputError for both, or for lengths or a height that cannot be.
        """
        if own is not None and height is not None:
            raise InputError("Expected limb lengths or a height. Received: both.")
        if height is not None and not (np.isfinite(height) and SHORTEST_MM <= height <= TALLEST_MM):
            raise InputError(f"Expected a height of {SHORTEST_MM:.0f} to {TALLEST_MM:.0f} mm. Received: {height}.")
        if own is not None:
            lengths = bone_lengths_mm(skeleton, own)
            return cls(lengths, MEASURED_SPREAD * lengths, 0.0, "own limb lengths")
        lengths = bone_lengths_mm(skeleton)
        if height is None:
            return cls(lengths, PROPORTION_SPREAD * lengths, HEIGHT_SPREAD, "mean limb lengths")
        lengths = lengths * (height / MEAN_HEIGHT_MM)
        return cls(lengths, PROPORTION_SPREAD * lengths, 0.0, f"mean limb lengths at a height of {height:g} mm")


def bone_lengths_mm(skeleton: Skeleton, own: Mapping[str, float] | None = None) -> np.ndarray:
    """Lengths in mm of `skeleton.bones`, (bones,), NaN where unknown.

    own: the subject's lengths by child joint, e.g. {"right_knee": 450.0}; bones it lacks stay unknown. Without it, the
    mean lengths of Human3.6M's training subjects, for bones that this skeleton shares with h36m17.
    """
    if own is not None:
        for name, length in own.items():
            skeleton.index(name)
            if not (np.isfinite(length) and length > 0):
                raise InputError(f"Expected limb lengths above 0 mm. Received: {name} = {length}.")
    reference = SKELETONS["h36m17"]
    lengths = []
    for parent, child in skeleton.bones:
        name = skeleton.joints[child]
        if own is not None:
            lengths.append(own.get(name, np.nan))
        else:
            known = name in reference.joints
            same = known and reference.joints[reference.parents[reference.index(name)]] == skeleton.joints[parent]
            lengths.append(MEAN_BONE_LENGTHS_MM[name] if same else np.nan)
    return np.array(lengths)
