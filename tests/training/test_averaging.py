import keras
import numpy as np
import pytest
import tensorflow as tf
from training_case import small_model, weights_of

from voxelpose.training.optimizer.averaging import WeightAverage


@pytest.fixture
def model():
    image = keras.Input((2,))
    return keras.Model(image, keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False)(image))


def test_the_average_is_the_written_out_sum(model):
    average = WeightAverage(model, 0.3)
    expected = 0.0
    for t, value in enumerate([1.0, 2.0, -1.0, 5.0]):
        model.weights[0].assign([[value], [value]])
        average.update()
        decay = min(0.3, (1 + t) / (10 + t))  # 0.1, 0.1818, 0.25, 0.3
        expected = decay * expected + (1 - decay) * value
    with average.in_place():
        np.testing.assert_allclose(model.weights[0].numpy(), [[expected], [expected]], rtol=1e-6)
    np.testing.assert_array_equal(model.weights[0].numpy(), [[5.0], [5.0]])


def test_the_models_own_weights_come_back_after_an_error(model):
    average = WeightAverage(model, 0.9)
    model.weights[0].assign([[1.0], [2.0]])
    with pytest.raises(KeyboardInterrupt), average.in_place():
        raise KeyboardInterrupt
    np.testing.assert_array_equal(model.weights[0].numpy(), [[1.0], [2.0]])


def test_every_array_finds_its_place_again():
    model = small_model()
    before = weights_of(model)
    average = WeightAverage(model, 0.9)
    for weight in model.weights:
        weight.assign(weight.numpy() + 1)
    tf.function(average.update)()  # decay 0.1: nine tenths of the way
    with average.in_place():
        for value, old in zip(weights_of(model), before, strict=True):
            np.testing.assert_allclose(value, old + 0.9, rtol=1e-5)
