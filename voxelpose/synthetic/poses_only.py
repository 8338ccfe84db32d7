"""Poses before a camera, without a picture: what the second half of the decoupled network learns from."""

from functools import lru_cache

import numpy as np

from voxelpose.data.example import Example, ExampleSet
from voxelpose.skeleton import Skeleton, convert
from voxelpose.synthetic.scene_sampling import SKELETON, label
from voxelpose.synthetic.settings import SyntheticSettings

NAME = "poses"


class PosesOnly:
    """`count` poses of a seed as examples by number, made when they are asked for; their pictures have no channels."""

    def __init__(self, settings: SyntheticSettings, count: int, seed: int, skeleton: Skeleton):
        self.name = NAME
        self.skeleton = skeleton
        self._settings, self._count, self._seed = settings, count, seed
        self._example = lru_cache(maxsize=None)(self._label)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Example:
        return self._example(int(index))

    def head(self, count: int) -> ExampleSet:
        """The first `count` of them at once."""
        return ExampleSet.of(self.name, self.skeleton, [self[i] for i in range(count)])

    def load(self) -> ExampleSet:
        """All of them at once."""
        return self.head(len(self))

    def _label(self, index: int) -> Example:
        labels = label(self._seed, index, self._settings)
        joints, weights = convert(labels.joints, labels.weights, SKELETON, self.skeleton)
        nothing = np.zeros((self._settings.picture, self._settings.picture, 0), np.uint8)
        joints = np.nan_to_num(joints).astype(np.float32)
        return Example(nothing, joints, weights.astype(np.float32), labels.present, NAME, labels.view)
