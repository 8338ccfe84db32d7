"""Squared error against a 3D Gaussian per joint (paper, section 3.1), without building the Gaussian.

sum (p - g)^2 = sum p (p - 2 g) + sum g^2, and g is separable: a cell of it is a product of three numbers wherever it is
needed, and the last sum one of three numbers. The gradient, 2 (p - g), is written in one array of the volume's size.
"""

import math

import tensorflow as tf
from keras import ops

from voxelpose.losses.base import Targets
from voxelpose.losses.profiles import Profiles


def gaussian_loss(volume, targets: Targets, profiles: Profiles, without_depth: str = "coarse"):
    """Squared error over the cells of the annotated joints.

    A joint counts with the smallest of its weights (wx, wy, wz), at one depth cell of (wx, wy). What is done with a
    joint that has a place in the plane but no depth (wz = 0) in a volume of several depth cells is `without_depth`:
    "coarse" leaves it to the stage with one depth cell; "max" compares the maximum over z with the 2D heatmap, at the
    same weight per cell, so that a peak's gradient is what it is in an example with depth.

    Args:
        volume: (B, H, W, J, D) float32.
        targets: of that batch.
        profiles: the Gaussians of those targets.
        without_depth: "coarse" or "max".

    Returns:
        (weighted sum of the squared errors, number of cells they stand for: the sum of the joints' weights times
        H W D); the loss is their quotient, the mean over all elements that are annotated.
    """
    cells = volume.shape[1] * volume.shape[2] * volume.shape[4]
    in_plane, depth_weights = targets.plane_weights, targets.weights[..., 2]
    if volume.shape[4] == 1:
        return squared_error(volume, profiles, in_plane), cells * ops.sum(in_plane)
    weights = ops.minimum(in_plane, depth_weights)
    total, weight = squared_error(volume, profiles, weights), ops.sum(weights)
    if without_depth == "max":
        flat = ops.where(depth_weights > 0, 0.0, in_plane)
        errors = ops.square(ops.max(volume, axis=-1) - profiles.plane())
        total = total + ops.sum(flat * ops.sum(errors, axis=(1, 2)))
        weight = weight + ops.sum(flat)
    return total, cells * weight


def squared_error(volume, profiles: Profiles, weights):
    """Sum over joints of weight * sum over cells of (volume - Gaussian)^2, with the gradient 2 weight (p - g).

    Args:
        volume: (B, H, W, J, D) float32.
        profiles: of the same joints and sizes; no gradient flows to them.
        weights: (B, J); no gradient flows to them.

    Returns:
        A scalar.
    """
    factors = tuple(ops.stop_gradient(profile) for profile in profiles)
    energy, weights = ops.stop_gradient(profiles.energy()), ops.stop_gradient(weights)

    @ops.custom_gradient
    def error(volume):
        def gradient(*upstream):
            return _scaled_difference(volume, *factors, 2 * upstream[0] * weights)

        excess = ops.sum(_excess(volume, *factors), axis=(1, 2, 4))
        return ops.sum(weights * (excess + energy)), gradient

    return error(volume)


# XLA makes one pass over the volume of each of these, where TensorFlow's own kernels would write an array per operator.
# Its convolutions are what is slow on a CPU.
_LONGEST_SUM = 32  # XLA cuts longer ones into such pieces, and then stores what is to be summed


@tf.function(jit_compile=True, autograph=False)
def _excess(volume, x, y, z):
    """Sums of p (p - 2 g) over pieces of rows, (B, H, pieces, J, D).

    volume: (B, H, W, J, D) p; x (B, J, W), y (B, J, H) and z (B, J, D): the factors of g. The rest of the sum is left
    to the caller: XLA would make one sum of all, not vectorised and with an array of the volume's size between.
    """
    values = volume * (volume - 2.0 * _gaussian(x, y, z))
    _, height, width, *cells = volume.shape
    piece = math.gcd(width, _LONGEST_SUM)
    return tf.reduce_sum(tf.reshape(values, (-1, height, width // piece, piece, *cells)), axis=3)


@tf.function(jit_compile=True, autograph=False)
def _scaled_difference(volume, x, y, z, scale):
    """(B, H, W, J, D) of scale (p - g); arrays as in `_excess`, scale (B, J)."""
    return (volume - _gaussian(x, y, z)) * scale[:, None, None, :, None]


def _gaussian(x, y, z):
    """What XLA multiplies where it needs it: (B, H, W, J, D)."""
    x, y = tf.transpose(x, (0, 2, 1)), tf.transpose(y, (0, 2, 1))
    return y[:, :, None, :, None] * x[:, None, :, :, None] * z[:, None, None]
