"""Squared error against a 3D Gaussian per joint (paper, section 3.1), without building the Gaussian.

sum (p - g)^2 = sum p^2 - 2 sum p g + sum g^2, and g is separable: the middle sum is a contraction with three profiles,
the last one a product of three numbers. The gradient, 2 (p - g), is written in one array of the volume's size.
"""

from keras import ops

from voxelpose.training.contraction import plane_products
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
        squares = ops.sum(row_energy(volume), axis=(1, 2))
        products = ops.sum(plane_products(volume, plane) * z, axis=-1)

        def gradient(*upstream):
            # rows and columns as one axis: broadcasting is cheaper there; every step can reuse the product's memory
            rows = ops.reshape(volume, (-1, volume.shape[1] * volume.shape[2], *volume.shape[3:]))
            difference = ops.reshape(plane, (-1, *rows.shape[1:3], 1)) * z[:, None] - rows
            scaled = difference * (-2 * upstream[0] * weights)[:, None, :, None]
            return ops.reshape(scaled, (-1, *volume.shape[1:]))

        return ops.sum(weights * (squares - 2 * products + energy)), gradient

    return error(volume)


def row_energy(volume):
    """(..., D) -> (...) sum of squares over the depth cells.

    On a CPU the product of each row with itself, which forms no array of squares, took four times as long.
    """
    return ops.sum(ops.square(volume), axis=-1)
