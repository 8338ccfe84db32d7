"""Loss, training step and inference, ours beside others'. Each case is called in its own process.

A case takes its variant and plain arguments and returns what `process.measure` returns. The variants whose name begins
with "torch" are plain PyTorch, in `torch_cases`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from voxelpose.benchmark.inputs import random_images, random_targets
from voxelpose.benchmark.process import measure

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
    if variant == "torch":
        from voxelpose.benchmark.torch_cases import gaussian_loss

        return measure(gaussian_loss(targets, volume, joints), repeats)
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
    rng = np.random.default_rng(0)
    images = random_images(rng, batch, architecture["input_size"])
    targets, presence = random_targets(rng, batch, architecture["joints"]), np.ones((batch, 1), "float32")
    if variant.startswith("torch"):
        from voxelpose.benchmark.torch_cases import training_step

        step = training_step(architecture, loss, precision, contiguous=variant == "torch contiguous")
        return measure(lambda: step(images, targets, presence), repeats)
    from voxelpose.training.config.run import Optimizer
    from voxelpose.training.optimizer.optimizers import build_optimizer
    from voxelpose.training.run.step import TrainingStep

    model = keras_network(architecture, precision)
    losses = _losses(model, LOSSES[loss], dense=variant == "ours dense")
    step = TrainingStep(model, losses, build_optimizer(Optimizer(), steps=1))
    return measure(lambda: float(step(images, targets, presence)["loss"]), repeats)


def inference(variant: str, architecture: Mapping[str, Any], precision: str, batch: int, repeats: int) -> dict:
    """Images to volumes, as arrays of NumPy; arguments as for `training_step`."""
    images = random_images(np.random.default_rng(0), batch, architecture["input_size"])
    if variant.startswith("torch"):
        from voxelpose.benchmark.torch_cases import inference

        forward = inference(architecture, precision, contiguous=variant == "torch contiguous")
        return measure(lambda: forward(images), repeats)
    import tensorflow as tf

    model = keras_network(architecture, precision)
    compiled = tf.function(lambda pixels: model(tf.cast(pixels, tf.float32) / 255.0, training=False))
    return measure(lambda: {name: value.numpy() for name, value in compiled(images).items()}, repeats)


def keras_network(architecture: Mapping[str, Any], precision: str, kind: str = "volumetric"):
    """A new network under the policy that the precision means."""
    import keras

    from voxelpose.networks.build import build_network

    keras.mixed_precision.set_global_policy("float32" if precision == "float32" else f"mixed_{precision}")
    return build_network(kind, architecture)


def _losses(model, config: Mapping[str, Any], dense: bool) -> dict:
    from voxelpose.training.losses.losses import build_losses

    outputs = {name: tensor.shape for name, tensor in model.output.items()}
    losses = build_losses(outputs, model.joints, config)
    if dense:
        volumes = {name: shape for name, shape in outputs.items() if name.startswith("volume")}
        losses |= {
            name: loss_variant("dense", "paper", s[-1] // model.joints, model.joints) for name, s in volumes.items()
        }
    return losses


def loss_variant(variant: str, sigma: str, depth: int, joints: int):
    """The Gaussian loss of one volume, "separable" or "dense"."""
    from voxelpose.benchmark.dense_loss import DenseGaussianLoss
    from voxelpose.losses.volume import VoxelLoss

    if variant == "dense":
        return DenseGaussianLoss(depth, joints, sigma)
    return VoxelLoss(depth, joints, {"gaussian": {"sigma": sigma}})
