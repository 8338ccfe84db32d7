"""The sum over all cells of a volume times a separable Gaussian, without forming the Gaussian."""

from keras import ops

from voxelpose.training.losses.kernels import Profiles


def weigh(volume, profiles: Profiles):
    """Sum of volume(x, y, z) gx(x) gy(y) gz(z) over the cells of each joint.

    The gradient flows to the volume only: targets are data.

    Args:
        volume: (B, H, W, J, D) float32.
        profiles: of the same joints and sizes.

    Returns:
        (B, J).
    """
    plane, z = ops.stop_gradient(profiles.plane()), ops.stop_gradient(profiles.z)

    @ops.custom_gradient
    def contract(volume):
        def gradient(*upstream):
            return plane[..., None] * (z * upstream[0][..., None])[:, None, None]

        return ops.sum(_plane_products(volume, plane) * z, axis=-1), gradient

    return contract(volume)


def _plane_products(volume, plane):
    """Sum over the image plane of volume times heatmap, per depth cell.

    One matrix product contracts every pair of a heatmap and a joint's maps, of which only the matching pairs are kept.
    That reads the volume once, as it lies in memory, and costs J / features of the 1x1 convolution that made the
    volume; a contraction batched over joints would first copy the volume into another order.

    Args:
        volume: (B, H, W, J, D) float32.
        plane: (B, H, W, J).

    Returns:
        (B, J, D).
    """
    _, height, width, joints, depth = volume.shape
    maps = ops.reshape(volume, (-1, height * width, joints * depth))
    heatmaps = ops.reshape(plane, (-1, height * width, joints))
    pairs = ops.reshape(ops.matmul(ops.transpose(heatmaps, (0, 2, 1)), maps), (-1, joints, joints, depth))
    return ops.sum(pairs * ops.eye(joints)[:, :, None], axis=2)
