"""What every loss has: targets with a weight per coordinate, and sums apart from the weights they are divided by."""

from typing import NamedTuple

import keras
from keras import KerasTensor, ops

PACKAGE = "voxelpose"


class Targets(NamedTuple):
    """Joints of a batch. Coordinate order (x, y, z).

    Attributes:
        fractions: (B, J, 3) positions in fractions of the grid's width, height and depth; 0 where the weight is 0.
        weights: (B, J, 3) weight per axis, at least 0; 0 = not annotated.
    """

    fractions: KerasTensor
    weights: KerasTensor

    @property
    def plane_weights(self):
        """(B, J) weight of a joint's place in the image: the smaller of its x and y weights."""
        return ops.minimum(self.weights[..., 0], self.weights[..., 1])


def unpack(y_true) -> Targets:
    """Reads packed targets.

    Args:
        y_true: (B, J, 6): x, y, z in fractions of the grid, then wx, wy, wz. A coordinate of weight 0 may hold
            anything, NaN included: it is replaced before any arithmetic, because 0 * NaN is NaN.

    Raises:
        ValueError: if the last axis does not have 6 entries.
    """
    if len(y_true.shape) != 3 or y_true.shape[-1] != 6:
        raise ValueError(
            "Targets must have shape (batch, joints, 6): x, y, z, then their weights. "
            f"Received: y_true.shape={tuple(y_true.shape)}"
        )
    y_true = ops.cast(y_true, "float32")
    weights = y_true[..., 3:]
    return Targets(ops.where(weights > 0, y_true[..., :3], 0.0), weights)


def weighted_mean(total, weight):
    """total / weight, and 0 where nothing is annotated (weight 0)."""
    return ops.where(weight > 0, total / ops.where(weight > 0, weight, 1.0), 0.0)


class SummedLoss(keras.losses.Loss):
    """A loss that knows its sum and its weight apart.

    Subclasses give `parts(y_true, y_pred)` -> {term: (sum, weight)} and `term_weights` -> {term: float}.
    """

    def __init__(self, name: str):
        super().__init__(name=name, reduction="sum", dtype="float32")

    def call(self, y_true, y_pred):
        """The weighted sum of the terms' means: a scalar."""
        parts = self.parts(y_true, y_pred)
        return sum(self.term_weights[name] * weighted_mean(*part) for name, part in parts.items())

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss of a batch, a float32 scalar.

        Raises:
            ValueError: with a sample_weight: weights are part of the targets, per joint and axis.
        """
        if sample_weight is not None:
            raise ValueError(f"{type(self).__name__} takes its weights from y_true. Received: a sample_weight")
        return super().__call__(y_true, y_pred)
