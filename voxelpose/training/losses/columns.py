"""The softmax over all cells, read column by column (a column = the depth cells behind one image cell).

All that the losses need of that distribution follows from two numbers per column, its log-mass and its mean depth, so
only one array of the volume's size (the exponentials) is formed, and both losses share it.
"""

from typing import NamedTuple

from keras import KerasTensor, ops

from voxelpose.training.losses.kernels import cell_centres


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
