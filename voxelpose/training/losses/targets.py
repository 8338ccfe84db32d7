"""What a loss is told about an example: where its joints are, as fractions of the grid, and how far to believe that."""

from typing import NamedTuple

from keras import KerasTensor, ops


class Targets(NamedTuple):
    """Joints of a batch. Coordinate order (x, y, z).

    Attributes:
        fractions: (B, J, 3) positions in fractions of the grid's width, height and depth; 0.5 where the weight is 0.
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
    return Targets(ops.where(weights > 0, y_true[..., :3], 0.5), weights)


def weighted_mean(total, weight):
    """total / weight, and 0 where nothing is annotated (weight 0)."""
    return ops.where(weight > 0, total / ops.where(weight > 0, weight, 1.0), 0.0)
