"""Losses on the softmax over all cells, read column by column (a column = the depth cells behind one image cell).

All that they need of that distribution follows from two numbers per column, its log-mass and its mean depth, so
only one array of the volume's size (the exponentials) is formed, and both losses share it.
"""

from typing import NamedTuple

from keras import KerasTensor, ops

from voxelpose.losses.base import Targets
from voxelpose.losses.profiles import cell_centres, distribution_profiles, weigh


class Columns(NamedTuple):
    """Softmax over all cells of each joint.

    Attributes:
        log_mass: (B, H, W, J) log of the summed exponentials of each column, not normalised over columns.
        log_total: (B, J) the same over all cells.
        depth: (B, H, W, J) mean depth of each column, in fractions.
    """

    log_mass: KerasTensor
    log_total: KerasTensor
    depth: KerasTensor

    def expectation(self):
        """(B, J, 3) mean position in fractions, (x, y, z): the 3D soft-argmax."""
        plane = ops.exp(self.log_mass - self.log_total[:, None, None, :])
        height, width = plane.shape[1:3]
        x = ops.sum(ops.sum(plane, axis=1) * cell_centres(width)[:, None], axis=1)
        y = ops.sum(ops.sum(plane, axis=2) * cell_centres(height)[:, None], axis=1)
        z = ops.sum(plane * self.depth, axis=(1, 2))
        return ops.stack([x, y, z], axis=-1)


def columns(volume) -> Columns:
    """Reads the softmax of logits.

    Args:
        volume: (B, H, W, J, D) float32 logits, already multiplied by the temperature.
    """
    if volume.shape[-1] == 1:
        log_mass = volume[..., 0]
        depth = ops.full_like(log_mass, 0.5)
    else:
        # the maximum is taken per column, so that even a column far below the others keeps a finite log and a gradient
        top = ops.stop_gradient(ops.max(volume, axis=-1, keepdims=True))
        centres = cell_centres(volume.shape[-1])
        sums = ops.matmul(ops.exp(volume - top), ops.stack([ops.ones_like(centres), centres], axis=-1))
        log_mass = ops.log(sums[..., 0]) + top[..., 0]
        depth = sums[..., 1] / sums[..., 0]
    return Columns(log_mass, ops.logsumexp(log_mass, axis=(1, 2)), depth)


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


def likelihood_loss(volume, columns: Columns, targets: Targets, sigma: tuple[float, float, float]):
    """Cross-entropy in nats, split as p(x, y, z) = p(x, y) p(z | x, y).

    The first factor is read from the log-sum-exp over z and weighted with the joint's plane weight, min(wx, wy); the
    second is weighted with wz. Where both weights are 1 that is -sum g log softmax(volume) over all cells; where wz = 0
    it is the same for the volume's 2D marginal, so that 2D labels train the volume. A joint without a place in the
    plane contributes nothing.

    Args:
        volume: (B, H, W, J, D) float32 logits, already multiplied by the temperature.
        columns: of that volume.
        targets: of that batch.
        sigma: standard deviations of the target in cells, (x, y, z) order. At one depth cell z has no part.

    Returns:
        (weighted sum over the joints, sum of the plane weights); the loss is their quotient.
    """
    _, height, width, _, depth = volume.shape
    profiles = distribution_profiles(targets.fractions, (width, height, depth), sigma)
    marginal = ops.sum(profiles.plane() * columns.log_mass, axis=(1, 2))
    in_plane = targets.plane_weights
    total = in_plane * (columns.log_total - marginal)
    if depth > 1:
        in_depth = ops.where(in_plane > 0, targets.weights[..., 2], 0.0)
        total = total + in_depth * (marginal - weigh(volume, profiles))
    return ops.sum(total), ops.sum(in_plane)
