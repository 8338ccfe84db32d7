"""FusedBatchNormalization is keras.layers.BatchNormalization, only faster."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from network_case import check_everything

from voxelpose.networks.blocks.normalization import FusedBatchNormalization

SHAPE = (3, 5, 4, 6)


def pair(shape=SHAPE, **options):
    """Ours and Keras' layer with the same random weights."""
    rng = np.random.default_rng(0)
    layers = FusedBatchNormalization(**options), keras.layers.BatchNormalization(**options)
    values = [rng.uniform(0.5, 1.5, shape[-1]).astype(np.float32) for _ in range(4)]
    for layer in layers:
        layer.build(shape)
        layer.set_weights(values)
    return layers


def inputs(shape=SHAPE):
    return tf.constant(np.random.default_rng(1).normal(2.0, 3.0, shape), tf.float32)


def results(layer, x):
    """Outputs, gradients of a loss that weighs every element differently, and the statistics after a training step."""
    factors = tf.constant(np.random.default_rng(2).normal(size=x.shape), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
        loss = tf.reduce_sum(tf.sin(y) * factors)
    gradients = tape.gradient(loss, [x, layer.gamma.value, layer.beta.value])
    return [y, *gradients, *layer.get_weights()]


@pytest.mark.parametrize("momentum, epsilon", [(0.9, 1e-5), (0.99, 1e-3)])
def test_training_equals_keras(momentum, epsilon):
    ours, theirs = pair(momentum=momentum, epsilon=epsilon)
    for mine, expected in zip(results(ours, inputs()), results(theirs, inputs()), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=2e-5)


def test_inference_equals_keras():
    ours, theirs = pair(momentum=0.9, epsilon=1e-5)
    np.testing.assert_allclose(ours(inputs()), theirs(inputs()), rtol=1e-5, atol=1e-5)


def test_moving_variance_is_the_biased_one():
    # Values 1, 3 in one channel: mean 2, variance 1 over n (2 over n - 1). 0.9 * 1 + 0.1 * 1 = 1, not 1.1.
    layer = FusedBatchNormalization(momentum=0.9)
    layer(tf.reshape(tf.constant([1.0, 3.0]), (2, 1, 1, 1)), training=True)
    assert layer.moving_mean.numpy() == pytest.approx([0.2])
    assert layer.moving_variance.numpy() == pytest.approx([1.0])


def test_one_value_per_channel_has_no_variance():
    layer = FusedBatchNormalization(momentum=0.9)
    y = layer(tf.constant(5.0, shape=(1, 1, 1, 2)), training=True)
    np.testing.assert_allclose(y, 0.0, atol=1e-6)
    assert layer.moving_variance.numpy() == pytest.approx([0.9, 0.9])


def test_statistics_follow_inside_a_compiled_function():
    ours, theirs = pair(momentum=0.5)
    for layer in (ours, theirs):
        step = tf.function(
            lambda x, layer=layer: layer(x, training=True), input_signature=[tf.TensorSpec([None] * 3 + [6])]
        )
        step(inputs())
        step(inputs()[:1])  # another batch size, hence another n
    for mine, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-5)


def test_a_frozen_layer_uses_and_keeps_its_statistics():
    ours, theirs = pair(momentum=0.9, epsilon=1e-4)
    ours.trainable = theirs.trainable = False
    before = ours.get_weights()
    np.testing.assert_allclose(ours(inputs(), training=True), theirs(inputs(), training=True), rtol=1e-5, atol=1e-5)
    for old, new in zip(before, ours.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert not ours.trainable_variables


def test_weights_have_keras_names_and_order():
    ours, theirs = pair()
    assert [v.name for v in ours.weights] == [v.name for v in theirs.weights]
    assert [v.shape for v in ours.weights] == [v.shape for v in theirs.weights]


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_keeps_float32_statistics(dtype):
    layer = FusedBatchNormalization(dtype=keras.DTypePolicy(dtype))
    x = inputs()
    y = layer(x, training=True)
    assert y.dtype == layer.compute_dtype
    assert {v.dtype for v in layer.weights} == {"float32"}
    reference = FusedBatchNormalization()
    np.testing.assert_allclose(tf.cast(y, tf.float32), reference(x, training=True), atol=0.05)
    for mine, expected in zip(layer.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=0.02, atol=0.01)


def test_gradients_agree_with_finite_differences():
    shape = (2, 2, 2, 3)
    layer, _ = pair(shape)
    factors = tf.constant(np.random.default_rng(2).normal(size=shape), tf.float32)
    analytic, numeric = tf.test.compute_gradient(
        lambda x: tf.reduce_sum(layer(x, training=True) * factors), [inputs(shape)], delta=0.02
    )
    np.testing.assert_allclose(analytic[0], numeric[0], atol=0.01)


def test_the_shared_case(tmp_path):
    check_everything(lambda: FusedBatchNormalization(momentum=0.8, epsilon=1e-4), (4, 6, 3), (4, 6, 3), 4, tmp_path)


def test_wrong_options_and_shapes_are_refused():
    with pytest.raises(ValueError, match="momentum in .0, 1.*1.5"):
        FusedBatchNormalization(momentum=1.5)
    with pytest.raises(ValueError, match="positive epsilon.*0"):
        FusedBatchNormalization(epsilon=0.0)
    with pytest.raises(ValueError, match="height, width, channels.*Received: .2, 3"):
        FusedBatchNormalization().build((2, 3))
