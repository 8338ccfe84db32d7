"""Losses of what is not a volume: regressed coordinates, and the logit that somebody is there."""

import keras
from keras import ops

from voxelpose.losses.base import PACKAGE, SummedLoss, unpack


@keras.saving.register_keras_serializable(package=PACKAGE)
class CoordinateLoss(SummedLoss):
    """Distance of regressed coordinates from the joints, per annotated coordinate.

    Args:
        power: 1 for the absolute error, 2 for the squared one; in fractions of the grid.
        weight: factor on the loss.
        name: of the loss.

    Call arguments:
        y_true: (B, J, 6) x, y, z in fractions of the grid, then their weights.
        y_pred: (B, J, 3) or (B, 3 * J), x, y, z of one joint after the other.
    """

    def __init__(self, power: int = 1, weight: float = 1.0, name: str = "coordinate_loss"):
        super().__init__(name=name)
        if power not in (1, 2):
            raise ValueError(f"power must be 1 or 2. Received: power={power!r}")
        self.power = power
        self.term_weights = {"coordinates": float(weight)}

    def parts(self, y_true, y_pred) -> dict:
        """{"coordinates": (sum, weight)}."""
        targets = unpack(y_true)
        predicted = ops.reshape(ops.cast(y_pred, "float32"), (-1, y_true.shape[1], 3))
        distance = ops.abs(predicted - targets.fractions) ** self.power
        return {"coordinates": (ops.sum(targets.weights * distance), ops.sum(targets.weights))}

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {"power": self.power, "weight": self.term_weights["coordinates"], "name": self.name}


@keras.saving.register_keras_serializable(package=PACKAGE)
class PresenceLoss(SummedLoss):
    """Binary cross-entropy, in nats, of the logit that somebody is there.

    Args:
        weight: factor on the loss.
        name: of the loss.

    Call arguments:
        y_true: (B, 2): 1 where a person is present, else 0; and the example's weight (0 = unknown).
        y_pred: (B, 1) logit.
    """

    def __init__(self, weight: float = 1.0, name: str = "presence_loss"):
        super().__init__(name=name)
        self.term_weights = {"presence": float(weight)}

    def parts(self, y_true, y_pred) -> dict:
        """{"presence": (sum, weight)}."""
        if len(y_true.shape) != 2 or y_true.shape[-1] != 2:
            raise ValueError(
                f"Presence targets must have shape (batch, 2): present, weight. Received: {tuple(y_true.shape)}"
            )
        logit, y_true = ops.cast(y_pred, "float32")[:, 0], ops.cast(y_true, "float32")
        present, weight = ops.where(y_true[:, 1] > 0, y_true[:, 0], 0.0), y_true[:, 1]
        entropy = ops.softplus(logit) - present * logit
        return {"presence": (ops.sum(weight * entropy), ops.sum(weight))}

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {"weight": self.term_weights["presence"], "name": self.name}
