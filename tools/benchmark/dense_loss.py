"""The Gaussian loss as it is usually written, with its target volume built: to compare the separable form with."""

import keras
from keras import ops

from voxelpose.losses.base import SummedLoss, unpack
from voxelpose.losses.profiles import GAUSSIANS
from voxelpose.networks.decode_ops import volume_view


def dense_target(y_true, size: tuple[int, int, int], sigma: str):
    """(B, H, W, J, D) target of a batch; size is (width, height, depth).

    It is the outer product of the profiles, which is faster than an exponential per cell.
    """
    profiles = GAUSSIANS[sigma](unpack(y_true).fractions, size)
    return profiles.plane()[..., None] * profiles.z[:, None, None]


@keras.saving.register_keras_serializable(package="voxelpose")
class DenseGaussianLoss(SummedLoss):
    """Mean squared error against a target volume, all joints annotated; same arrays as `VoxelLoss`."""

    term_weights = {"gaussian": 1.0}

    def __init__(self, depth: int, joints: int, sigma: str = "paper", name: str = "dense_gaussian_loss"):
        super().__init__(name=name)
        self.depth, self.joints, self.sigma = depth, joints, sigma

    def parts(self, y_true, y_pred) -> dict:
        """{"gaussian": (sum of squared errors, number of cells)}."""
        volume = volume_view(ops.cast(y_pred, "float32"), self.joints)
        size = (y_pred.shape[2], y_pred.shape[1], self.depth)
        error = ops.square(volume - dense_target(y_true, size, self.sigma))
        return {"gaussian": (ops.sum(error), ops.cast(ops.size(error), "float32"))}

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {"depth": self.depth, "joints": self.joints, "sigma": self.sigma, "name": self.name}
