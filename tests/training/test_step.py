"""One step against itself computed another way: in parts, compiled, in half precision, clipped."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_case import JOINTS, TERMS, batch, build_losses, packed, small_model, small_step, weights_of

from voxelpose.training.config.training_config import Optimizer
from voxelpose.training.optimizer.averaging import WeightAverage
from voxelpose.training.optimizer.layer_rules import freeze_normalization
from voxelpose.training.optimizer.loss_scale import LossScale

ADAM = Optimizer(kind="adamw", learning_rate=0.01)


def train(steps=2, frozen=False, size=4, config=ADAM, **options):
    """Losses of each step, and the weights at the end."""
    model = small_model()
    if frozen:
        freeze_normalization(model)
    step = small_step(model, config, **options)
    values = [{k: float(v) for k, v in step(batch(size, seed)).items()} for seed in range(steps)]
    return values, weights_of(model)


def assert_close(a, b, rtol=1e-4, atol=2e-5):
    for left, right in zip(a[0], b[0], strict=True):
        assert left == pytest.approx(right, rel=rtol, abs=atol)
    for left, right in zip(a[1], b[1], strict=True):
        np.testing.assert_allclose(left, right, rtol=rtol, atol=atol)


@pytest.fixture(scope="module")
def plain():
    return train()


def test_the_loss_is_what_the_losses_say(plain):
    model = small_model()
    images, (targets, presence) = batch()["image"], packed(batch())
    outputs = model(images / np.float32(255), training=True)
    losses = build_losses({name: output.shape for name, output in model.output.items()}, JOINTS, TERMS)
    known = {name: presence if name == "presence" else targets for name in losses}
    apart = {name: float(loss(known[name], outputs[name])) for name, loss in losses.items()}
    for name, value in apart.items():
        assert plain[0][0][name] == pytest.approx(value, rel=1e-5)
    assert plain[0][0]["loss"] == pytest.approx(sum(apart.values()), rel=1e-5)


def test_the_update_is_that_of_a_keras_optimizer(plain):
    model = small_model()
    losses = build_losses({name: output.shape for name, output in model.output.items()}, JOINTS, TERMS)
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.0)
    for seed in range(2):
        images, (targets, presence) = batch(seed=seed)["image"], packed(batch(seed=seed))
        with tf.GradientTape() as tape:
            outputs = model(images / np.float32(255), training=True)
            known = {name: presence if name == "presence" else targets for name in losses}
            total = tf.add_n([loss(known[name], outputs[name]) for name, loss in losses.items()])
        trained = model.trainable_variables
        optimizer.apply(tape.gradient(total, [v.value for v in trained]), trained)
    for a, b in zip(plain[1], weights_of(model), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=2e-5)


def test_parts_of_a_batch_add_up_to_the_whole():
    # Frozen, because normalisation otherwise takes its statistics from each part alone.
    assert_close(train(frozen=True), train(frozen=True, accumulate=2))


def test_frozen_normalisation_stays_as_it_is():
    model = small_model()
    freeze_normalization(model)
    before = [weight.numpy() for weight in model.get_layer("late_bn").weights]
    small_step(model, ADAM)(batch())
    for weight, value in zip(model.get_layer("late_bn").weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_xla_computes_the_same(plain):
    assert_close(plain, train(xla=True))


def test_gradients_are_clipped_by_their_global_norm():
    class Recorder:
        def __init__(self, optimizer):
            self.optimizer, self.apply, self.norms = optimizer, optimizer.apply, tf.Variable(0.0)
            optimizer.apply = self

        def __call__(self, gradient):
            self.norms.assign(tf.norm(gradient))
            self.apply(gradient)

    step = small_step(small_model(), Optimizer(learning_rate=1e-12), clip_norm=1.0)
    recorder = Recorder(step.optimizer)
    for brightness in (1, 50):
        told = float(step(batch() | {"image": batch()["image"] // brightness})["gradient_norm"])
        assert float(recorder.norms) == pytest.approx(min(told, 1.0), rel=1e-4)


@pytest.fixture(scope="module")
def still():
    """A step that moves so little that its losses are those of the model at its start."""
    return small_step(small_model(), Optimizer(learning_rate=1e-12))


def test_examples_count_by_their_weights(still):
    arrays = batch()
    whole = still(arrays)
    arrays["present_weight"] *= 5
    assert float(still(arrays)["presence"]) == pytest.approx(float(whole["presence"]), rel=1e-5)
    arrays["present_weight"][:] = [0, 0, 0, 1]
    alone = still(arrays)["presence"]
    logit = small_model()(arrays["image"] / np.float32(255), training=True)["presence"][3, 0]
    assert float(alone) == pytest.approx(0.3 * float(np.log1p(np.exp(logit))), rel=1e-4)  # the absent one


def policy(name):
    keras.mixed_precision.set_global_policy(name)


@pytest.fixture
def restored_policy():
    yield
    policy("float32")


@pytest.mark.parametrize(("name", "rtol"), [("mixed_bfloat16", 0.03), ("mixed_float16", 0.01)])
def test_half_precision_learns_what_single_precision_does(restored_policy, plain, name, rtol):
    policy(name)
    scale = LossScale(1024.0) if name == "mixed_float16" else None
    values, weights = train(loss_scale=scale)
    assert all(weight.dtype == np.float32 for weight in weights)
    for a, b in zip(values, plain[0], strict=True):
        assert a["loss"] == pytest.approx(b["loss"], rel=rtol)
        assert a["gradient_norm"] == pytest.approx(b["gradient_norm"], rel=5 * rtol)


def test_a_scaled_loss_gives_the_same_update_and_clips_what_is_unscaled(plain):
    assert_close(train(clip_norm=0.1), train(clip_norm=0.1, loss_scale=LossScale(4096.0)))


def test_an_overflow_is_skipped_and_halves_the_scale(restored_policy):
    policy("mixed_float16")
    model = small_model()
    average = WeightAverage(model, 0.9)
    scale = LossScale(2.0**40)
    step = small_step(model, ADAM, average=average, loss_scale=scale)
    before = [variable.numpy() for variable in model.trainable_variables]
    values = step(batch())
    assert np.isfinite(float(values["loss"])) and not np.isfinite(float(values["gradient_norm"]))
    for variable, value in zip(model.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    assert float(scale.factor) == 2.0**39 and int(step.optimizer.iterations) == 0
    assert float(average.variables[1]) == 0
    for _ in range(60):
        step(batch())
    assert int(step.optimizer.iterations) > 0 and float(scale.factor) < 2.0**30


def test_the_average_follows_every_update():
    model = small_model()
    average = WeightAverage(model, 0.5)
    step = small_step(model, ADAM, average=average)
    before = model.get_layer("early").kernel.numpy()
    step(batch())
    after = model.get_layer("early").kernel.numpy()
    with average.in_place():
        np.testing.assert_allclose(model.get_layer("early").kernel.numpy(), 0.1 * before + 0.9 * after, rtol=1e-5)
