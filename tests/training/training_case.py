"""What the tests of training share: a small network, batches for it, and a configuration that a CPU runs in seconds."""

import keras
import numpy as np
import yaml

from voxelpose.networks.blocks.normalization import FusedBatchNormalization
from voxelpose.networks.outputs import NetworkOutputs
from voxelpose.training.config.loss import LossPlan
from voxelpose.training.config.training_config import Optimizer
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
    image = keras.Input((side, side, 3), name="image")
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


def build_losses(shapes, joints, config):
    """One loss per array of a network, as a configuration says."""
    return NetworkOutputs.of(shapes, joints).losses(LossPlan.parse(config))


def small_step(model, config=None, steps=100, joints=JOINTS, **options):
    outputs = NetworkOutputs.of_model(model, joints)
    losses = outputs.losses(LossPlan.parse(TERMS))
    return TrainingStep(model, outputs, losses, build_optimizer(config or Optimizer(), steps), **options)


def packed(batch):
    """What the losses of volumes and of presence compare with: (B, J, 6) and (B, 2)."""
    joints = np.concatenate([batch["joints"], batch["joint_weights"]], axis=-1)
    return joints, np.stack([batch["present"], batch["present_weight"]], axis=-1)


def batch(size=4, seed=0):
    """A batch with joints that have gaps of every kind, and a weight for presence."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (size, SIDE, SIDE, 3), dtype=np.uint8)
    targets = np.ones((size, JOINTS, 6), np.float32)
    targets[..., :3] = rng.uniform(0.1, 0.9, (size, JOINTS, 3))
    targets[0, 0, 3:] = 0
    targets[1, :, 5] = 0
    targets[2, :, 3:] *= 3
    presence = np.ones((size, 2), np.float32)
    presence[-1, 0], presence[2, 1] = 0, 3
    return {
        "image": images,
        "joints": targets[..., :3],
        "joint_weights": targets[..., 3:],
        "present": presence[:, 0],
        "present_weight": presence[:, 1],
    }


def weights_of(model):
    return [np.array(weight.numpy()) for weight in model.weights]
