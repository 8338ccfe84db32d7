"""Updates against Keras' optimizers, which step variable by variable, and against formulas written out."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from voxelpose.training.config.training_config import Optimizer
from voxelpose.training.optimizer.optimizers import LearningRate, build_optimizer


def variables():
    rng = np.random.default_rng(0)
    kernel = keras.Variable(rng.normal(size=(3, 4)).astype("float32"), name="kernel")
    bias = keras.Variable(rng.normal(size=4).astype("float32"), name="bias")
    scalar = keras.Variable(2.0, name="temperature")
    return [kernel, bias, scalar]


def gradients(step):
    rng = np.random.default_rng([1, step])
    return [tf.constant(rng.normal(size=shape), tf.float32) for shape in ((3, 4), (4,), ())]


def run(optimizer, steps):
    trained = variables()
    optimizer.build(trained)
    for step in range(steps):
        optimizer.apply(optimizer.layout.join(gradients(step)))
    return [variable.numpy() for variable in trained]


def run_keras(optimizer, steps):
    trained = variables()
    for step in range(steps):
        optimizer.apply(gradients(step), trained)
    return [variable.numpy() for variable in trained]


def test_rmsprop_is_that_of_the_released_code():
    received = run(build_optimizer(Optimizer(learning_rate=0.1), 10), 5)
    # torch.optim.RMSprop and optim.rmsprop of Torch: v = a v + (1 - a) g^2; x -= lr g / (sqrt(v) + epsilon)
    for i, value in enumerate(variables()):
        value, square = value.numpy().astype(float), 0.0
        for step in range(5):
            g = gradients(step)[i].numpy().astype(float)
            square = 0.99 * square + 0.01 * g**2
            value = value - 0.1 * g / (np.sqrt(square) + 1e-8)
        np.testing.assert_allclose(received[i], value, rtol=1e-5)


def test_rmsprop_equals_keras():
    theirs = keras.optimizers.RMSprop(0.1, rho=0.99, epsilon=1e-16)
    for a, b in zip(run(build_optimizer(Optimizer(learning_rate=0.1), 10), 7), run_keras(theirs, 7), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5)


def test_adamw_equals_keras_and_decays_kernels_alone():
    config = Optimizer(kind="adamw", learning_rate=0.05, weight_decay=0.1)
    theirs = keras.optimizers.AdamW(0.05, weight_decay=0.1)
    theirs.exclude_from_weight_decay(var_names=["bias"])
    for a, b in zip(run(build_optimizer(config, 10), 6), run_keras(theirs, 6), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


def test_a_layer_can_learn_slower():
    config = Optimizer(learning_rate=0.1)
    plain = run(build_optimizer(config, 10), 1)
    start = [variable.numpy() for variable in variables()]
    slow = run(build_optimizer(config, 10, {"kernel": 0.25}), 1)
    np.testing.assert_allclose(slow[0] - start[0], 0.25 * (plain[0] - start[0]), rtol=1e-4)
    np.testing.assert_array_equal(slow[1], plain[1])


@pytest.mark.parametrize(
    ("config", "step", "rate"),
    [
        ({}, 0, 1.0),
        ({}, 10**6, 1.0),
        ({"warmup_steps": 4}, 0, 0.25),
        ({"warmup_steps": 4}, 3, 1.0),
        ({"warmup_steps": 4}, 50, 1.0),
        ({"schedule": "cosine"}, 0, 1.0),
        ({"schedule": "cosine"}, 50, 0.01 + 0.99 * 0.5),
        ({"schedule": "cosine"}, 100, 0.01),
        ({"schedule": "cosine"}, 200, 0.01),
        ({"schedule": "cosine", "warmup_steps": 20, "final_fraction": 0.1}, 9, 0.5),
        (
            {"schedule": "cosine", "warmup_steps": 20, "final_fraction": 0.1},
            40,
            0.1 + 0.9 * (1 + math.cos(math.pi / 4)) / 2,
        ),
    ],
)
def test_learning_rates(config, step, rate):
    optimizer = build_optimizer(Optimizer(learning_rate=2.0, **config), 100)
    assert float(optimizer.rate(tf.constant(float(step)))) == pytest.approx(2.0 * rate, rel=1e-5)


def test_the_rate_follows_the_number_of_updates():
    optimizer = build_optimizer(Optimizer(kind="adamw", learning_rate=0.1, warmup_steps=2), 10)
    start = [variable.numpy() for variable in variables()]
    # Adam's first step has the size of the rate: 0.1 / 2
    np.testing.assert_allclose(np.abs(run(optimizer, 1)[1] - start[1]), 0.05, rtol=1e-4)
    assert int(optimizer.iterations) == 1 and isinstance(optimizer.rate, LearningRate)
