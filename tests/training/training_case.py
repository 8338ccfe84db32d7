"""What the tests of training share: a small network, batches for it, and a configuration that a CPU runs in seconds."""

import keras
import numpy as np
import yaml

from voxelpose.networks.normalization import FusedBatchNormalization
from voxelpose.training.config.run import Optimizer
from voxelpose.training.losses.losses import build_losses
from voxelpose.training.optimizer.optimizers import build_optimizer
from voxelpose.training.run.step import TrainingStep

JOINTS, SIDE = 2, 8
TERMS = {"integral": 1.0, "likelihood": 0.1, "gaussian": 0.5, "presence": 0.3}
TINY = {
    "name": "tiny",
    "network": {
        "architecture": {
            "family": "uniform", "width": 8, "levels": 1, "modules": 1,
            "depths": [4], "input_size": 32, "presence": True,
        },
    },
    "loss": {"integral": 1.0, "likelihood": 0.05},
    "data": {
        "workers": 1,
        "train": [{"kind": "synthetic", "count": 8, "seed": 1, "folder": "train", "picture": 64, "processes": 1}],
        "heldout": [{"kind": "synthetic", "count": 4, "seed": 2, "folder": "heldout", "picture": 64, "processes": 1}],
    },
    "optimizer": {"kind": "adamw", "learning_rate": 1e-3, "schedule": "cosine", "warmup_steps": 2, "average": 0.9},
    "schedule": {"steps": 6, "steps_per_epoch": 3, "batch_size": 4},
    "tensorboard": "off",
}  # fmt: skip


def write_config(folder, **changes):
    """TINY as a file in a folder, with top-level keys changed; returns its path."""
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(TINY | changes, sort_keys=False))
    return path


def small_model(seed=0, joints=JOINTS, side=SIDE):
    """Image (side, side, 3) -> volumes of depth 1 and 3, and a presence logit.

    No bias stands before a normalisation: its gradient is nothing but rounding, which Adam makes steps of full size.
    """
    keras.utils.set_random_seed(seed)
    image = keras.Input((side, side, 3))
    x = keras.layers.Conv2D(6, 3, padding="same", use_bias=False, name="early")(image)
    x = keras.layers.Activation("relu")(FusedBatchNormalization(name="early_bn")(x))
    x = keras.layers.Conv2D(6, 3, padding="same", use_bias=False, name="late")(x)
    x = keras.layers.Activation("relu")(FusedBatchNormalization(name="late_bn")(x))
    pooled = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(
        image,
        {
            "volume_1": keras.layers.Conv2D(joints, 1, name="volume_1", dtype="float32")(x),
            "volume_2": keras.layers.Conv2D(joints * 3, 1, name="volume_2", dtype="float32")(x),
            "presence": keras.layers.Dense(1, name="presence", dtype="float32")(pooled),
        },
    )


def small_step(model, config=None, steps=100, joints=JOINTS, **options):
    losses = build_losses({name: output.shape for name, output in model.output.items()}, joints, TERMS)
    return TrainingStep(model, losses, build_optimizer(config or Optimizer(), steps), **options)


def batch(size=4, seed=0):
    """Images, targets with gaps of every kind, presence with weights."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (size, SIDE, SIDE, 3), dtype=np.uint8)
    targets = np.ones((size, JOINTS, 6), np.float32)
    targets[..., :3] = rng.uniform(0.1, 0.9, (size, JOINTS, 3))
    targets[0, 0, 3:] = 0
    targets[1, :, 5] = 0
    targets[2, :, 3:] *= 3
    presence = np.ones((size, 2), np.float32)
    presence[-1, 0], presence[2, 1] = 0, 3
    return images, targets, presence


def weights_of(model):
    return [np.array(weight.numpy()) for weight in model.weights]
