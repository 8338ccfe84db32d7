"""Loss, training step and inference, ours beside others'. Each case is called in its own process.

A case takes its variant and plain arguments and returns what `process.measure` returns. The variants of PyTorch have
their own in `twins.cases`, which imports nothing of Keras.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmark.inputs import random_batch, random_crops, random_targets
from benchmark.process import measure

# What a step is trained by: the published loss, or that of the narrow networks.
LOSSES: Mapping[str, Mapping[str, Any]] = {
    "gaussian": {"gaussian": {"sigma": "paper"}, "presence": 0.05},
    "integral": {"integral": 1.0, "likelihood": {"weight": 0.05, "sigma": 1.0}, "presence": 0.05},
}


def gaussian_loss(variant: str, sigma: str, batch: int, joints: int, side: int, depth: int, repeats: int) -> dict:
    """Value and gradient of the Gaussian loss on a volume; the extra memory includes the gradient's."""
    rng = np.random.default_rng(0)
    targets = random_targets(rng, batch, joints)
    volume = rng.normal(size=(batch, side, side, joints * depth)).astype("float32")
    import tensorflow as tf

    targets, volume = tf.constant(targets), tf.constant(volume)
    loss = loss_variant(variant, sigma, depth, joints)

    @tf.function
    def value_and_gradient(y_true, y_pred):
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            value = loss(y_true, y_pred)
        return value, tape.gradient(value, y_pred)

    return measure(lambda: float(value_and_gradient(targets, volume)[0]), repeats)


def training_step(
    variant: str, architecture: Mapping[str, Any], loss: str, precision: str, batch: int, repeats: int
) -> dict:
    """Forward, loss, backward and update by RMSprop; the extra memory is that of activations and gradients.

    architecture: arguments of VolumetricHourglass; loss: a name of LOSSES; precision: "float32" or "bfloat16".
    """
    examples = random_batch(np.random.default_rng(0), batch, architecture["input_size"], architecture["joints"])
    from voxelpose.training.config.training_config import Optimizer
    from voxelpose.training.optimizer.optimizers import build_optimizer
    from voxelpose.training.run.step import TrainingStep

    model = keras_network(architecture, precision)
    outputs, losses = outputs_and_losses(model, LOSSES[loss], dense=variant == "ours dense")
    step = TrainingStep(model, outputs, losses, build_optimizer(Optimizer(), steps=1))
    return measure(lambda: float(step(examples)["loss"]), repeats)


def inference(variant: str, architecture: Mapping[str, Any], precision: str, batch: int, repeats: int) -> dict:
    """Crops to volumes, as arrays of NumPy; arguments as for `training_step`."""
    from voxelpose.inference.runtime.runtimes import KerasRuntime

    network = KerasRuntime(keras_network(architecture, precision))
    crops = random_crops(np.random.default_rng(0), batch, architecture["input_size"])
    return measure(lambda: network(crops), repeats)


def keras_network(architecture: Mapping[str, Any], precision: str, kind: str = "volumetric"):
    """A new network under the policy that the precision means."""
    import keras

    from voxelpose.networks.build import build_network

    keras.mixed_precision.set_global_policy("float32" if precision == "float32" else f"mixed_{precision}")
    return build_network(kind, architecture)


def outputs_and_losses(model, config: Mapping[str, Any], dense: bool = False) -> tuple:
    """A network's outputs and the losses that a configuration means; dense: volumes with the loss that builds them."""
    from voxelpose.networks.outputs import NetworkOutputs
    from voxelpose.training.config.loss import LossPlan

    outputs = NetworkOutputs.of_model(model, model.joints)
    losses = outputs.losses(LossPlan.parse(config))
    if dense:
        depths = {name: shape[-1] // model.joints for name, shape in outputs.volumes.shapes.items()}
        losses |= {name: loss_variant("dense", "paper", depth, model.joints) for name, depth in depths.items()}
    return outputs, losses


def loss_variant(variant: str, sigma: str, depth: int, joints: int):
    """The Gaussian loss of one volume, "separable" or "dense"."""
    from benchmark.dense_loss import DenseGaussianLoss
    from voxelpose.losses.volume import VoxelLoss

    if variant == "dense":
        return DenseGaussianLoss(depth, joints, sigma)
    return VoxelLoss(depth, joints, {"gaussian": {"sigma": sigma}})
