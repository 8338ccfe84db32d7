"""Integral loss (Sun et al. 2018): the distance between the volume's mean position and the joint."""

from keras import ops

from voxelpose.training.losses.columns import Columns
from voxelpose.training.losses.targets import Targets


def integral_loss(columns: Columns, targets: Targets):
    """Weighted L1 distance between the soft-argmax and the joints.

    The unit is the fraction of the grid: 0.01 is 1% of its width, height or depth (20 mm of a 2 m depth range).
    An axis of weight 0 does not count, so a 2D-only example (wz = 0) is scored in x and y alone.

    Returns:
        (sum over joints and axes of weight * distance, sum of the weights); the loss is their quotient, the mean
        distance per annotated coordinate. They come apart so that replicas can divide by the weight of all.
    """
    distance = ops.abs(columns.expectation() - targets.fractions)
    return ops.sum(targets.weights * distance), ops.sum(targets.weights)
