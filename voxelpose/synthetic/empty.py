"""Photographs in which nobody is, as examples: what teaches a network that a photograph alone is no person."""

import numpy as np

from voxelpose.data.example import Example
from voxelpose.skeleton import Skeleton
from voxelpose.synthetic.scenery.photographs import photographic_background, photographs

NAME = "empty"


class EmptyPhotographs:
    """`count` random parts of a folder's photographs, each a function of seed and number.

    picture: side in pixels. Raises InputError for a folder without photographs.
    """

    def __init__(self, folder: str, count: int, seed: int, picture: int, skeleton: Skeleton):
        photographs(folder)
        self.name = NAME
        self.skeleton = skeleton
        self._folder, self._count, self._seed, self._picture = folder, count, seed, picture

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Example:
        rng = np.random.default_rng([self._seed, int(index)])
        nothing = np.zeros((len(self.skeleton), 3), np.float32)
        picture = photographic_background(self._folder, self._picture, rng)
        return Example(picture, nothing, nothing.copy(), False, NAME)
