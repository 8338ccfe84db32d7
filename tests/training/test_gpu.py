"""What only a GPU can show: `pytest -m gpu`."""

import time

import keras
import numpy as np
import pytest
from training_case import batch, small_model, small_step, weights_of

from voxelpose.networks.outputs import NetworkOutputs
from voxelpose.networks.presets import get_preset
from voxelpose.networks.volumetric import VolumetricHourglass
from voxelpose.training.config.loss import LossPlan
from voxelpose.training.config.training_config import Optimizer
from voxelpose.training.optimizer.loss_scale import LossScale
from voxelpose.training.optimizer.optimizers import build_optimizer
from voxelpose.training.run.step import TrainingStep

pytestmark = pytest.mark.gpu
ADAM = Optimizer(kind="adamw", learning_rate=0.01)


@pytest.fixture
def policy():
    yield keras.mixed_precision.set_global_policy
    keras.mixed_precision.set_global_policy("float32")


def train(steps=5, **options):
    model = small_model()
    step = small_step(model, ADAM, **options)
    return [float(step(batch(seed=seed))["loss"]) for seed in range(steps)], weights_of(model)


def test_the_compiled_step_computes_what_the_other_does():
    plain, compiled = train(), train(xla=True)
    np.testing.assert_allclose(plain[0], compiled[0], rtol=2e-3)
    for a, b in zip(plain[1], compiled[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-2, atol=2e-3)


@pytest.mark.parametrize("name", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("xla", [False, True])
def test_half_precision_learns_what_single_precision_does(policy, name, xla):
    plain, _ = train()
    policy(name)
    half, weights = train(xla=xla, loss_scale=LossScale(1024.0) if name == "mixed_float16" else None)
    np.testing.assert_allclose(half, plain, rtol=0.05)
    assert all(weight.dtype == np.float32 for weight in weights)


def seconds_per_step(precision, policy, xla, size=16):
    """Median of ten steps of uniform-1-64."""
    policy(precision)
    preset = get_preset("uniform-1-64")
    model = VolumetricHourglass(**preset.architecture.arguments)
    outputs = NetworkOutputs.of_model(model, 17)
    losses = outputs.losses(LossPlan.parse({"gaussian": 1.0}))
    step = TrainingStep(model, outputs, losses, build_optimizer(Optimizer(), 100), xla=xla)
    rng = np.random.default_rng(0)
    examples = {
        "image": rng.integers(0, 256, (size, 256, 256, 3), dtype=np.uint8),
        "joints": rng.uniform(0.1, 0.9, (size, 17, 3)).astype(np.float32),
        "joint_weights": np.ones((size, 17, 3), np.float32),
    }
    times = []
    for _ in range(13):
        start = time.perf_counter()
        float(step(examples)["loss"])
        times.append(time.perf_counter() - start)
    return float(np.median(times[3:]))


def test_compilation_and_bfloat16_make_the_step_faster(policy):
    plain = seconds_per_step("float32", policy, xla=False)
    compiled = seconds_per_step("float32", policy, xla=True)
    half = seconds_per_step("mixed_bfloat16", policy, xla=True)
    print(f"float32 {plain:.3f} s, with XLA {compiled:.3f} s, bfloat16 with XLA {half:.3f} s per step of 16")
    assert compiled < 1.1 * plain
    assert half < 0.9 * compiled
