"""Photographs in which nobody is, as examples: what teaches a network that a photograph alone is no person."""

import numpy as np

from voxelpose.data.example import Example
from voxelpose.data.labels import Labels
from voxelpose.data.source import ExampleSource
from voxelpose.skeleton import Skeleton
from voxelpose.synthetic.scenery.photographs import photographic_background, photographs

NAME = "empty"


class EmptyPhotographs(ExampleSource):
    """`count` random parts of a folder's photographs, each a function of seed and number.

    picture: side in pixels. Raises InputError for a folder without photographs.
    """

    people = depth = False

    def __init__(self, folder: str, count: int, seed: int, picture: int, skeleton: Skeleton):
        photographs(folder)
        self.name = NAME
        self.skeleton = skeleton
        self._folder, self._count, self._seed, self._picture = folder, count, seed, picture

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Example:
        rng = np.random.default_rng([self._seed, int(index)])
        picture = photographic_background(self._folder, self._picture, rng)
        return Labels.nobody(self.skeleton, self._picture, 1).example(0, picture, NAME)

    def labels(self, rows: np.ndarray | None = None) -> Labels:
        count = self._count if rows is None else len(np.arange(self._count)[rows])
        return Labels.nobody(self.skeleton, self._picture, count)
