"""Squared error against a 3D Gaussian per joint (paper, section 3.1), without building the Gaussian.

sum (p - g)^2 = sum p (p - 2 g) + sum g^2, and g is separable: a cell of it is a product of two numbers wherever it is
needed, and the last sum one of three numbers. The gradient, 2 (p - g), is written in one array of the volume's size.
"""

import tensorflow as tf
from keras import ops

from voxelpose.training.kernels import Profiles
from voxelpose.training.targets import Targets


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
    plane, z = ops.stop_gradient(profiles.plane()), ops.stop_gradient(profiles.z)
    energy, weights = ops.stop_gradient(profiles.energy()), ops.stop_gradient(weights)

    @ops.custom_gradient
    def error(volume):
        _, height, width, joints, depth = volume.shape
        rows = ops.reshape(volume, (-1, height * width, joints, depth))
        heatmaps = ops.reshape(plane, (-1, height * width, joints))

        def gradient(*upstream):
            scaled = _scaled_difference(rows, heatmaps, z, 2 * upstream[0] * weights)
            return ops.reshape(scaled, (-1, height, width, joints, depth))

        excess = ops.sum(_excess(rows, heatmaps, z), axis=-1)
        return ops.sum(weights * (excess + energy)), gradient

    return error(volume)


# XLA makes one pass over the volume of each of these, where TensorFlow's own kernels would write an array per operator:
# 12 ms for both instead of 25 at (4, 64, 64, 17, 64) on two cores. Its convolutions are what is slow on a CPU.


@tf.function(jit_compile=True, autograph=False)
def _excess(rows, plane, z):
    """(B, J, D) sum over the plane of p^2 - 2 p g. rows: (B, H W, J, D) p; plane: (B, H W, J), z: (B, J, D), make g.

    The depth is left to the caller to sum over: XLA would make one sum of both, which it cannot vectorise.
    """
    return tf.reduce_sum(rows * (rows - 2.0 * plane[..., None] * z[:, None]), axis=1)


@tf.function(jit_compile=True, autograph=False)
def _scaled_difference(rows, plane, z, scale):
    """(B, H W, J, D) of scale (p - g); arrays as in `_excess`, scale (B, J)."""
    return (rows - plane[..., None] * z[:, None]) * scale[:, None, :, None]
