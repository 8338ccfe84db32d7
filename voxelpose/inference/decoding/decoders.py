"""The ways to read joints from a volume: its highest cell, its mean, or the most likely skeleton."""

from collections.abc import Sequence

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.decoding.back_projection import directions
from voxelpose.inference.decoding.limb_lengths import Limbs
from voxelpose.inference.decoding.prediction import Decoder, Place
from voxelpose.inference.decoding.root_depth import solve_root_depth
from voxelpose.inference.decoding.skeleton_search import find_skeleton
from voxelpose.inference.inputs.requests import FIELD_OF_VIEW
from voxelpose.networks import decode
from voxelpose.skeleton import Skeleton

ARGMAX, SOFT_ARGMAX, LIMB_AWARE = "argmax", "soft-argmax", "limb-aware"
# By name, in words.
DECODERS = {
    ARGMAX: "highest cell",
    SOFT_ARGMAX: "mean of the likelihood",
    LIMB_AWARE: "most likely skeleton",
}


def check_decoder(name: str) -> str:
    """`name` if there is such a decoder, otherwise an InputError."""
    if name not in DECODERS:
        raise InputError(f"Expected a way to decode among {', '.join(DECODERS)}. Received: '{name}'.")
    return name


def make_decoder(name: str, skeleton: Skeleton, limbs: Limbs, temperature: float) -> Decoder:
    """The decoder of that name; InputError for one that there is not."""
    check_decoder(name)
    if name == LIMB_AWARE:
        return LimbAware(skeleton, limbs, temperature)
    if name == ARGMAX:
        return lambda volume, places, grid: decode.moments(volume, temperature, points=decode.argmax(volume))
    return lambda volume, places, grid: decode.moments(volume, temperature)


class LimbAware:
    """Picks for all joints together the places that are likely in the volume and a limb's length apart.

    How long a limb is in the grid depends on how far away the person is: the root depth is the one that the place was
    given (a PersonCrop's root_depth), or the one that the means of the volume lead to.
    """

    def __init__(self, skeleton: Skeleton, limbs: Limbs, temperature: float):
        self._skeleton = skeleton
        self._limbs = limbs
        self._temperature = temperature

    def __call__(self, volume: np.ndarray, places: Sequence[Place] | None, grid: VoxelGrid) -> decode.Moments:
        if places is None:
            raise ValueError("The limb-aware decode needs to know where the crops were cut. Received: no places.")
        cameras = [assumed_camera(place.crop) if place.camera is None else place.camera for place in places]
        means = decode.soft_argmax(volume, self._temperature).astype(np.float64)
        means[:, self._skeleton.root, 2] = grid.depth_to_fraction(0.0)
        depths = self._root_depths(means, places, cameras, grid)
        points = [
            find_skeleton(
                decode.likelihood(volume[n : n + 1], self._temperature)[0],
                means[n],
                lambda fractions, camera=camera, crop=place.crop, depth=depth: grid.reconstruct(
                    fractions, depth, camera, crop
                ),
                grid,
                self._skeleton,
                self._limbs,
            )
            for n, (place, camera, depth) in enumerate(zip(places, cameras, depths, strict=True))
        ]
        return decode.moments(volume, self._temperature, points=np.stack(points))

    def _root_depths(self, means: np.ndarray, places: Sequence[Place], cameras: Sequence[Camera], grid: VoxelGrid):
        """(N,) mm."""
        seen = zip(means, cameras, places, strict=True)
        rays = np.stack([directions(mean, camera, place.crop) for mean, camera, place in seen])
        found = solve_root_depth(rays, grid.fraction_to_depth(means[..., 2]), self._skeleton, self._limbs.lengths)
        given = (getattr(place, "root_depth", None) for place in places)
        return np.array([depth if its is None else its for depth, its in zip(found.depth, given, strict=True)])


def assumed_camera(crop: Crop) -> Camera:
    """A camera that looks at the crop's centre, for crops of pictures that nobody knows the camera of.

    Where such a crop's depth axis is the optical axis, the two agree.
    """
    side = crop.size / crop.scale
    middle = crop.to_image(np.full(2, (crop.size - 1) / 2))
    focal = side / 2 / np.tan(np.radians(FIELD_OF_VIEW) / 2)
    return Camera(focal, focal, float(middle[0]), float(middle[1]), max(1, round(side)), max(1, round(side)))
