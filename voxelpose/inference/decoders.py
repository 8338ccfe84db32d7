"""The ways to read joints from a volume: its highest cell, its mean, or the most likely skeleton."""

from collections.abc import Sequence

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import VoxelGrid
from voxelpose.inference.lift import directions
from voxelpose.inference.limbs import Limbs
from voxelpose.inference.reader import Decoder, Place
from voxelpose.inference.root_depth import solve_root_depth
from voxelpose.inference.skeleton_search import find_skeleton
from voxelpose.networks import decode
from voxelpose.skeleton import Skeleton

ARGMAX, SOFT_ARGMAX, LIMB_AWARE = "argmax", "soft-argmax", "limb-aware"
DECODERS = (ARGMAX, SOFT_ARGMAX, LIMB_AWARE)


def make_decoder(name: str, skeleton: Skeleton, limbs: Limbs, temperature: float) -> Decoder:
    """The decoder of that name; InputError for one that there is not."""
    if name not in DECODERS:
        raise InputError(f"Expected a way to decode among {', '.join(DECODERS)}. Received: '{name}'.")
    if name == LIMB_AWARE:
        return LimbAware(skeleton, limbs, temperature)
    if name == ARGMAX:
        return lambda volume, places, grid: decode.moments(volume, temperature, points=decode.argmax(volume))
    return lambda volume, places, grid: decode.moments(volume, temperature)


class LimbAware:
    """Picks for all joints together the places that are likely in the volume and a limb's length apart.

    How long a limb is in the grid depends on how far away the person is: the root depth is the one that the place was
    given (a View's root_depth), or the one that the means of the volume lead to.
    """

    def __init__(self, skeleton: Skeleton, limbs: Limbs, temperature: float):
        self._skeleton = skeleton
        self._limbs = limbs
        self._temperature = temperature

    def __call__(self, volume: np.ndarray, places: Sequence[Place] | None, grid: VoxelGrid) -> decode.Moments:
        if places is None:
            raise ValueError("The limb-aware decode needs to know where the crops were cut. Received: no places.")
        means = decode.soft_argmax(volume, self._temperature).astype(np.float64)
        means[:, self._skeleton.root, 2] = grid.depth_to_fraction(0.0)
        depths = self._root_depths(means, places, grid)
        points = [
            find_skeleton(
                decode.likelihood(volume[n : n + 1], self._temperature)[0],
                means[n],
                lambda fractions, place=place, depth=depth: grid.reconstruct(
                    fractions, depth, place.camera, place.crop
                ),
                grid,
                self._skeleton,
                self._limbs,
            )
            for n, (place, depth) in enumerate(zip(places, depths, strict=True))
        ]
        return decode.moments(volume, self._temperature, points=np.stack(points))

    def _root_depths(self, means: np.ndarray, places: Sequence[Place], grid: VoxelGrid) -> np.ndarray:
        rays = np.stack([directions(mean, its.camera, its.crop) for mean, its in zip(means, places, strict=True)])
        found = solve_root_depth(rays, grid.fraction_to_depth(means[..., 2]), self._skeleton, self._limbs.lengths)
        given = (getattr(place, "root_depth", None) for place in places)
        return np.array([depth if its is None else its for depth, its in zip(found.depth, given, strict=True)])
