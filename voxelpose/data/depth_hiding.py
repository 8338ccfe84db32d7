"""Examples whose depth is hidden, and examples that must not have any: the proof of training without 3D labels."""

import numpy as np

from voxelpose.data.example import Example
from voxelpose.data.labels import Labels
from voxelpose.data.source import ExampleSource, WrappedSource
from voxelpose.errors import InputError
from voxelpose.geometry import Camera


class DepthHidden(WrappedSource):
    """Examples as somebody has them who knows 2D labels alone: no depth, no camera."""

    def __init__(self, source: ExampleSource):
        super().__init__(source)
        self.depth = False

    def __getitem__(self, index: int) -> Example:
        return self.source[index].without_depth()

    def labels(self, rows: np.ndarray | None = None) -> Labels:
        return self.source.labels(rows).without_depth()

    def original_camera(self, index: int) -> Camera | None:
        return None


class DepthRefused(WrappedSource):
    """The same examples; reading one that has a picture together with depth labels is an InputError."""

    def __getitem__(self, index: int) -> Example:
        example = self.source[index]
        if example.image.shape[-1]:
            self._refuse(example.weights[None], np.array([index]))
        return example

    def labels(self, rows: np.ndarray | None = None) -> Labels:
        labels = self.source.labels(rows)
        if self.pictures:
            numbers = np.arange(len(self)) if rows is None else np.arange(len(self))[rows]
            self._refuse(labels.weights, numbers)
        return labels

    def _refuse(self, weights: np.ndarray, numbers: np.ndarray) -> None:
        deep = (weights[..., 2] > 0).sum(1)
        if deep.any():
            row = int(np.flatnonzero(deep)[0])
            raise InputError(
                f"Expected examples that have a picture or depth labels, not both (data.depth_labels: refused). "
                f"Received: example {numbers[row]} of {self.name} with a picture and the depth of {deep[row]} "
                "joints; labels: 2d hides them."
            )
