"""The losses of a network: one weighted sum of terms per volume, and those of the other heads.

Every loss computes in float32, whatever the precision policy, and has `parts`: per term a sum and the weight it is to
be divided by, so that replicas can divide by the weight of all of them.
"""

from collections.abc import Mapping

import keras
from keras import ops

from voxelpose.errors import InputError
from voxelpose.networks.decode_ops import volume_view
from voxelpose.training.config.loss import LossPlan, parse_terms
from voxelpose.training.losses.columns import columns
from voxelpose.training.losses.gaussian import gaussian_loss
from voxelpose.training.losses.integral import integral_loss
from voxelpose.training.losses.kernels import GAUSSIANS
from voxelpose.training.losses.likelihood import likelihood_loss
from voxelpose.training.losses.targets import unpack, weighted_mean

PACKAGE = "voxelpose"


class SummedLoss(keras.losses.Loss):
    """A loss that knows its sum and its weight apart.

    Subclasses give `parts(y_true, y_pred)` -> {term: (sum, weight)} and `term_weights` -> {term: float}.
    """

    def __init__(self, name: str):
        super().__init__(name=name, reduction="sum", dtype="float32")

    def call(self, y_true, y_pred):
        """The weighted sum of the terms' means: a scalar."""
        parts = self.parts(y_true, y_pred)
        return sum(self.term_weights[name] * weighted_mean(*part) for name, part in parts.items())

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss of a batch, a float32 scalar.

        Raises:
            ValueError: with a sample_weight: weights are part of the targets, per joint and axis.
        """
        if sample_weight is not None:
            raise ValueError(f"{type(self).__name__} takes its weights from y_true. Received: a sample_weight")
        return super().__call__(y_true, y_pred)


@keras.saving.register_keras_serializable(package=PACKAGE)
class VoxelLoss(SummedLoss):
    """Weighted sum of terms on the volume of one stage.

    Args:
        depth: depth cells D of the volume.
        joints: number of joints J.
        terms: name -> weight, or a mapping of weight and parameters: "gaussian" (`GaussianTerm`), "integral",
            "likelihood" (`LikelihoodTerm`). Terms of weight 0 are not computed.
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
        return volume_view(ops.cast(y_pred, "float32"), self.joints)

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


def build_losses(outputs: Mapping[str, tuple], joints: int, plan: LossPlan | Mapping) -> dict[str, SummedLoss]:
    """One loss per output of a network; the training loss is their plain sum.

    Args:
        outputs: shape per output name. Names that begin with "volume" are stages, (batch, height, width, J * D), from
            coarse to fine; "coordinates" is a regression head and "presence" a logit.
        joints: number of joints J.
        plan: of the losses, or the plain values of one; see `LossPlan.parse`.

    Raises:
        InputError: an unknown key, stage, output or parameter, or a stage without terms.
    """
    plan = LossPlan.parse(plan)
    volumes = [name for name in outputs if name.startswith("volume")]
    others = [name for name in outputs if name not in (*volumes, "coordinates", "presence")]
    for key, names, known in (("stages", plan.stages, volumes), ("outputs", plan.outputs, others)):
        for name in names:
            if name not in known:
                there = ", ".join(known) or "the network has none"
                raise InputError(f"Expected under loss.{key} names of outputs: {there}. Received: {name}.")
    return {name: _output_loss(name, shape, joints, plan) for name, shape in outputs.items()}


def _output_loss(name: str, shape: tuple, joints: int, plan: LossPlan) -> SummedLoss:
    if name == "coordinates":
        return CoordinateLoss(plan.power, plan.coordinates)
    if name == "presence":
        return PresenceLoss(plan.presence)
    if name.startswith("volume"):
        terms = plan.stages.get(name, plan.terms)
        return VoxelLoss(shape[-1] // joints, joints, terms, plan.temperature, name=f"{name}_loss")
    raise InputError(f"Expected outputs volume..., coordinates or presence. Received: an output {name!r}")
