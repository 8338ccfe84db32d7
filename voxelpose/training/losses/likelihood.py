"""Voxel likelihood: cross-entropy of the softmax over all cells against a small Gaussian around the joint."""

from keras import ops

from voxelpose.training.losses.columns import Columns
from voxelpose.training.losses.contraction import weigh
from voxelpose.training.losses.kernels import distribution_profiles
from voxelpose.training.losses.targets import Targets


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
