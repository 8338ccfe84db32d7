"""Poses before a camera, without a picture: what the second half of the decoupled network learns from."""

from functools import lru_cache

import numpy as np

from voxelpose.data.example import Example
from voxelpose.data.labels import Labels
from voxelpose.data.source import ExampleSource
from voxelpose.skeleton import Skeleton
from voxelpose.synthetic.scene_sampling import SKELETON, label
from voxelpose.synthetic.settings import SyntheticSettings

NAME = "poses"
# So many are made within seconds, and their mean is that of all to a millimetre or two.
_SOON = 1000


class PosesOnly(ExampleSource):
    """`count` poses of a seed as examples by number, made when they are asked for; their pictures have no channels."""

    pictures = False

    def __init__(self, settings: SyntheticSettings, count: int, seed: int, skeleton: Skeleton):
        self.name = NAME
        self.skeleton = skeleton
        self._settings, self._count, self._seed = settings, count, seed
        self._example = lru_cache(maxsize=None)(self._label)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Example:
        return self._example(int(index))

    def labels(self, rows: np.ndarray | None = None) -> Labels:
        numbers = np.arange(self._count) if rows is None else np.arange(self._count)[rows]
        return Labels.of(self.skeleton, self._settings.picture, [self[number] for number in numbers])

    @property
    def ready(self) -> int:
        return min(self._count, _SOON)

    def _label(self, index: int) -> Example:
        labels = label(self._seed, index, self._settings)
        size = self._settings.picture
        nothing = np.zeros((size, size, 0), np.uint8)
        known = np.full(labels.joints.shape, labels.present)
        one = Example(nothing, labels.joints, labels.weights, labels.present, NAME, labels.camera, known)
        return Labels.of(SKELETON, size, [one]).in_skeleton(self.skeleton).example(0, nothing, NAME)
