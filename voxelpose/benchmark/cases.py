"""The measured cases. Each is called in its own process and returns what `process.measure` returns."""

import numpy as np

from voxelpose.benchmark.process import measure

VARIANTS = ("separable", "dense")


def gaussian_loss(variant: str, sigma: str, batch: int, joints: int, side: int, depth: int, repeats: int) -> dict:
    """Value and gradient of the Gaussian loss on a volume; the extra memory includes the gradient's."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    targets = tf.constant(random_targets(rng, batch, joints))
    volume = tf.constant(rng.normal(size=(batch, side, side, joints * depth)).astype("float32"))
    loss = loss_variant(variant, sigma, depth, joints)

    @tf.function
    def value_and_gradient(y_true, y_pred):
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            value = loss(y_true, y_pred)
        return value, tape.gradient(value, y_pred)

    return measure(lambda: float(value_and_gradient(targets, volume)[0]), repeats)


def training_step(variant: str, sigma: str, preset: str, batch: int, repeats: int) -> dict:
    """Forward, loss, backward and update of a preset; the extra memory is that of activations and gradients."""
    from voxelpose.networks.presets import get_preset
    from voxelpose.networks.volumetric import VolumetricHourglass
    from voxelpose.training.config import Optimizer
    from voxelpose.training.optimizers import build_optimizer
    from voxelpose.training.step import TrainingStep

    model = VolumetricHourglass.from_preset(preset, load_weights=False)
    joints = get_preset(preset).architecture["joints"]
    losses = {
        name: loss_variant(variant, sigma, output.shape[-1] // joints, joints)
        for name, output in model.output.items()
        if name.startswith("volume")
    }
    step = TrainingStep(model, losses, build_optimizer(Optimizer(), repeats))
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch, *model.input_shape[1:]), dtype=np.uint8)
    targets, presence = random_targets(rng, batch, joints), np.ones((batch, 1), "float32")
    return measure(lambda: float(step(images, targets, presence)["loss"]), repeats)


def loss_variant(variant: str, sigma: str, depth: int, joints: int):
    """The Gaussian loss of one volume, "separable" or "dense"."""
    from voxelpose.benchmark.dense_loss import DenseGaussianLoss
    from voxelpose.training.losses import VoxelLoss

    if variant == "dense":
        return DenseGaussianLoss(depth, joints, sigma)
    return VoxelLoss(depth, joints, {"gaussian": {"sigma": sigma}})


def random_targets(rng: np.random.Generator, batch: int, joints: int) -> np.ndarray:
    """(B, J, 6) float32 packed targets: joints anywhere in the grid, all annotated."""
    targets = np.ones((batch, joints, 6), "float32")
    targets[..., :3] = rng.uniform(size=(batch, joints, 3))
    return targets
