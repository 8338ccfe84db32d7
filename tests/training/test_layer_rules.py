import keras
import pytest
from training_case import small_model

from voxelpose.errors import InputError
from voxelpose.training.optimizer.layer_rules import freeze_layers, freeze_normalization, layer_rates


def test_layers_are_frozen_by_patterns():
    model = small_model()
    assert freeze_layers(model, ["early*"]) == 3  # kernel, gamma, beta
    trained = {variable.path for variable in model.trainable_variables}
    assert not any("early" in path for path in trained) and any("late" in path for path in trained)


def test_a_network_within_a_network_is_reached_by_its_name():
    inner = small_model()
    image = keras.Input((8, 8, 3))
    outer = keras.Model(image, keras.layers.Conv2D(2, 1, name="head")(inner(image)["volume_1"]))
    assert freeze_layers(outer, [f"{inner.name}/early*"]) == 3
    assert layer_rates(outer, {f"{inner.name}/late": 0.5}) == {inner.get_layer("late").kernel.path: 0.5}
    freeze_normalization(outer)
    assert not inner.get_layer("late_bn").trainable


def test_normalisation_is_frozen_alone():
    model = small_model()
    freeze_normalization(model)
    assert not model.get_layer("early_bn").trainable and model.get_layer("early").trainable


def test_the_first_pattern_that_fits_gives_the_rate():
    model = small_model()
    rates = layer_rates(model, {"early_bn": 0.5, "early*": 0.1})
    assert rates == {
        model.get_layer("early_bn").gamma.path: 0.5,
        model.get_layer("early_bn").beta.path: 0.5,
        model.get_layer("early").kernel.path: 0.1,
    }


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda m: freeze_layers(m, ["earli"]), "network.freeze.*'earli'. Names that look like it: early"),
        (lambda m: freeze_layers(m, ["*"]), "network.freeze leaves nothing to train. Received: \\*."),
        (lambda m: layer_rates(m, {"activation": 0.1}), "optimizer.rates.*'activation'"),
    ],
)
def test_patterns_that_do_nothing_are_refused(act, sentence):
    with pytest.raises(InputError, match=sentence):
        act(small_model())
