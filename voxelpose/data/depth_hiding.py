"""Examples whose depth is hidden, and examples that must not have any: the proof of training without 3D labels."""

from dataclasses import replace

import numpy as np

from voxelpose.data.batches import Examples
from voxelpose.data.example import Example, ExampleSet
from voxelpose.errors import InputError


class Depthless:
    """Examples as somebody has them who knows 2D labels alone: no depth, no camera."""

    def __init__(self, examples: Examples):
        self.name = examples.name
        self.skeleton = examples.skeleton
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> Example:
        return _depthless(self._examples[index])

    def head(self, count: int) -> ExampleSet:
        """The first `count` of them at once."""
        return ExampleSet.of(self.name, self.skeleton, [self[i] for i in range(count)])

    def load(self) -> ExampleSet:
        """All of them at once."""
        return self.head(len(self))


class DepthRefused:
    """The same examples; reading one that has a picture together with depth labels is an InputError."""

    def __init__(self, examples: Examples):
        self.name = examples.name
        self.skeleton = examples.skeleton
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> Example:
        example = self._examples[index]
        if example.image.shape[-1] and (example.weights[:, 2] > 0).any():
            raise InputError(
                f"Expected examples that have a picture or depth labels, not both (data.depth_labels: refused). "
                f"Received: example {index} of {self.name} with a picture and the depth of "
                f"{int((example.weights[:, 2] > 0).sum())} joints; labels: 2d hides them."
            )
        return example


def _depthless(example: Example) -> Example:
    joints, weights = example.joints.copy(), example.weights.copy()
    joints[:, 2] = weights[:, 2] = 0
    return replace(example, joints=joints, weights=weights, view=np.full_like(example.view, np.nan))
