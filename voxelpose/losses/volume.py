"""VoxelLoss: a weighted sum of terms on the volume of one stage, in float32 whatever the precision policy."""

from collections.abc import Mapping

import keras
from keras import ops

from voxelpose.losses.base import PACKAGE, SummedLoss, unpack
from voxelpose.losses.gaussian import gaussian_loss
from voxelpose.losses.profiles import GAUSSIANS
from voxelpose.losses.softmax_losses import columns, integral_loss, likelihood_loss
from voxelpose.losses.terms import parse_terms


@keras.saving.register_keras_serializable(package=PACKAGE)
class VoxelLoss(SummedLoss):
    """Weighted sum of terms on the volume of one stage.

    Args:
        depth: depth cells D of the volume.
        joints: number of joints J.
        terms: name -> weight, or a mapping of weight and parameters: "gaussian" (`terms.GaussianTerm`), "integral",
            "likelihood" (`terms.LikelihoodTerm`). Terms of weight 0 are not computed.
        temperature: factor on the volume before the softmax of the integral and the likelihood term.
        name: of the loss.

    Call arguments:
        y_true: (B, J, 6) x, y, z in fractions of the grid, then their weights.
        y_pred: (B, H, W, J * D), joint-major, any float type.

    Raises:
        InputError: a wrong term or parameter.
        ValueError: arrays whose shapes don't fit together.
    """

    def __init__(self, depth: int, joints: int, terms: Mapping, temperature: float = 1.0, name: str = "voxel_loss"):
        super().__init__(name=name)
        self.depth, self.joints, self.temperature = depth, joints, float(temperature)
        self.terms = parse_terms(terms)

    @property
    def term_weights(self) -> dict[str, float]:
        """Weight per term that is computed."""
        return {name: term.weight for name, term in self.terms.items() if term.weight > 0}

    def parts(self, y_true, y_pred) -> dict:
        """Per term (sum, weight), scalars; the term's value is their quotient."""
        targets, volume = unpack(y_true), self._volume(y_true, y_pred)
        parts = {}
        if "gaussian" in self.term_weights:
            term = self.terms["gaussian"]
            profiles = GAUSSIANS[term.sigma](targets.fractions, _size(volume))
            parts["gaussian"] = gaussian_loss(volume, targets, profiles, term.without_depth)
        if self.term_weights.keys() & {"integral", "likelihood"}:
            logits = volume if self.temperature == 1 else self.temperature * volume
            of_logits = columns(logits)
            if "integral" in self.term_weights:
                parts["integral"] = integral_loss(of_logits, targets)
            if "likelihood" in self.term_weights:
                sigma = self.terms["likelihood"].sigma
                parts["likelihood"] = likelihood_loss(logits, of_logits, targets, sigma)
        return parts

    def _volume(self, y_true, y_pred):
        shape = tuple(y_pred.shape)
        if len(shape) != 4 or shape[-1] != self.joints * self.depth or y_true.shape[1] != self.joints:
            raise ValueError(
                f"A loss for {self.joints} joints and depth {self.depth} takes "
                f"y_true of shape (batch, {self.joints}, 6) and y_pred of shape "
                f"(batch, height, width, {self.joints * self.depth}). "
                f"Received: y_true.shape={tuple(y_true.shape)}, y_pred.shape={shape}"
            )
        return ops.reshape(ops.cast(y_pred, "float32"), (-1, *shape[1:3], self.joints, self.depth))

    def get_config(self) -> dict:
        """The constructor's arguments, as plain values."""
        return {
            "depth": self.depth,
            "joints": self.joints,
            "terms": {name: term.model_dump() for name, term in self.terms.items()},
            "temperature": self.temperature,
            "name": self.name,
        }


def _size(volume) -> tuple[int, int, int]:
    _, height, width, _, depth = volume.shape
    return width, height, depth
