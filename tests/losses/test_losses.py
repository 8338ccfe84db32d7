"""The weighted sums: serialization, training with fit, configuration, and the heads' losses."""

import keras
import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.losses.heads import CoordinateLoss, PresenceLoss
from voxelpose.losses.volume import VoxelLoss
from voxelpose.networks.outputs import NetworkOutputs
from voxelpose.training.config.loss import LossPlan

TERMS = {
    "gaussian": {"weight": 2.0, "sigma": "released"},
    "integral": 1.0,
    "likelihood": {"weight": 0.05, "sigma": 0.8},
}


def build_losses(shapes, joints, config):
    """One loss per array of a network, as a configuration says."""
    return NetworkOutputs.of(shapes, joints).losses(LossPlan.parse(config))


def make_batch(joints=2, depth=4, batch=3):
    rng = np.random.default_rng(0)
    y_true = np.concatenate([rng.uniform(0.1, 0.9, (batch, joints, 3)), np.ones((batch, joints, 3))], -1)
    return y_true.astype("float32"), rng.normal(size=(batch, 6, 6, joints * depth)).astype("float32")


def test_the_loss_is_the_weighted_sum_of_its_terms():
    y_true, y_pred = make_batch()
    together = float(VoxelLoss(4, 2, TERMS)(y_true, y_pred))
    apart = sum(float(VoxelLoss(4, 2, {name: term})(y_true, y_pred)) for name, term in TERMS.items())
    assert together == pytest.approx(apart, rel=1e-6)


def test_parts_of_two_halves_add_up_to_the_whole_batch():
    y_true, y_pred = make_batch(batch=4)
    y_true[0, :, 3:] = 0
    y_true[1, 0, 5] = 0
    loss = VoxelLoss(4, 2, TERMS)
    whole = loss.parts(y_true, y_pred)
    halves = loss.parts(y_true[:2], y_pred[:2]), loss.parts(y_true[2:], y_pred[2:])
    for name, part in whole.items():
        for index in range(2):
            assert float(part[index]) == pytest.approx(sum(float(half[name][index]) for half in halves), rel=1e-5)


def test_nothing_annotated_is_a_zero_loss_with_zero_gradient():
    import tensorflow as tf

    y_true, y_pred = make_batch()
    y_true[..., :3], y_true[..., 3:] = np.nan, 0
    tensor = tf.constant(y_pred)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        loss = VoxelLoss(4, 2, TERMS)(y_true, tensor)
    assert float(loss) == 0
    assert np.all(tape.gradient(loss, tensor).numpy() == 0)


def test_fit_save_and_load(tmp_path):
    image = keras.Input((6, 6, 3))
    features = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    outputs = {
        "volume_1": keras.layers.Conv2D(2, 1)(features),
        "volume_2": keras.layers.Conv2D(8, 1)(features),
        "presence": keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(features)),
    }
    model = keras.Model(image, outputs)
    losses = build_losses({n: o.shape for n, o in outputs.items()}, 2, TERMS | {"presence": 0.1, "temperature": 2.0})
    model.compile("adam", loss=losses, jit_compile=False)
    y_true, _ = make_batch()
    targets = {"volume_1": y_true, "volume_2": y_true, "presence": np.array([[1, 1], [0, 1], [0, 0]], "float32")}
    images = np.random.default_rng(1).uniform(size=(3, 6, 6, 3)).astype("float32")
    history = model.fit(images, targets, epochs=3, verbose=0).history["loss"]
    assert history[-1] < history[0]
    predicted = model.predict(images, verbose=0)
    by_hand = sum(float(loss(targets[name], predicted[name])) for name, loss in losses.items())
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.evaluate(images, targets, verbose=0)[0] == pytest.approx(by_hand, rel=1e-5)
    assert loaded.loss["volume_2"].get_config() == losses["volume_2"].get_config()


def test_coordinate_loss_literal():
    y_true = np.array([[[0.5, 0.5, 0.5, 1, 1, 0], [0.2, 0.4, np.nan, 0.5, 0.5, 0]]], "float32")
    y_pred = np.array([[0.6, 0.3, 9.0, 0.6, 0.4, 9.0]], "float32")
    # weighted absolute errors .1 + .2 + .5 * .4 = .5 over a weight of 3; squared .01 + .04 + .5 * .16 = .13
    assert float(CoordinateLoss(1)(y_true, y_pred)) == pytest.approx(0.5 / 3, abs=1e-6)
    assert float(CoordinateLoss(2, weight=3)(y_true, y_pred)) == pytest.approx(0.13, abs=1e-6)
    assert CoordinateLoss.from_config(CoordinateLoss(2, weight=3).get_config()).get_config()["weight"] == 3


def test_presence_loss_literal():
    y_true = np.array([[1, 1], [0, 1], [1, 0.5], [np.nan, 0]], "float32")
    y_pred = np.array([[0.0], [2.0], [-800.0], [5.0]], "float32")
    # ln 2 = .693147, ln(1 + e^2) = 2.126928, and half of 800; divided by 2.5
    assert float(PresenceLoss()(y_true, y_pred)) == pytest.approx((0.693147 + 2.126928 + 400) / 2.5, rel=1e-6)


def test_a_stage_can_have_its_own_terms():
    outputs = {"volume_1": (None, 4, 4, 2), "volume_2": (None, 4, 4, 32), "coordinates": (None, 2, 3)}
    config = {"integral": 1.0, "stages": {"volume_1": {"gaussian": 1.0}}, "coordinates": {"power": 2}}
    losses = build_losses(outputs, 2, config)
    assert list(losses["volume_1"].term_weights) == ["gaussian"] and losses["volume_1"].depth == 1
    assert list(losses["volume_2"].term_weights) == ["integral"] and losses["volume_2"].depth == 16
    assert losses["coordinates"].power == 2


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({}, "at least one term"),
        ({"integrall": 1.0}, "loss: unknown key 'integrall'. Did you mean 'integral'?"),
        ({"likelihood": {"sigm": 1.0}}, "unknown key 'likelihood.sigm'. Did you mean 'sigma'?"),
        ({"likelihood": {"sigma": 0.0}}, "likelihood.sigma.0 should be greater than 0, received 0.0"),
        ({"likelihood": {"sigma": [1, 2]}}, "likelihood.sigma should be one number or three, received [1, 2]"),
        ({"gaussian": {"sigma": "papers"}}, "gaussian.sigma should be 'paper' or 'released', received 'papers'"),
        ({"gaussian": -1.0}, "gaussian.weight should be greater than or equal to 0, received -1.0"),
        ({"gaussian": "much"}, "gaussian.weight should be a number, received 'much'"),
    ],
)
def test_wrong_terms_are_named(terms, message):
    with pytest.raises(InputError) as error:
        VoxelLoss(4, 2, terms)
    assert message in str(error.value)


def test_an_unknown_stage_is_named():
    with pytest.raises(InputError, match="loss.stages names of outputs: volume_1. Received: volume_2"):
        build_losses({"volume_1": (None, 4, 4, 2)}, 2, {"integral": 1, "stages": {"volume_2": {"integral": 1}}})


def test_a_weight_for_an_output_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="loss.outputs names of outputs: the network has none. Received: visibility"):
        build_losses({"volume_1": (None, 4, 4, 2)}, 2, {"integral": 1, "outputs": {"visibility": 0.5}})


def test_a_plan_has_every_form_that_yaml_allows():
    plan = LossPlan.parse(
        {"integral": 2, "likelihood": {"weight": "1e-2", "sigma": [1, 2, 3]}, "temperature": 40, "presence": 0.1}
        | {"stages": {"volume_1": {"gaussian": {"weight": 10.0, "sigma": "released"}}}, "outputs": {"visibility": 0.5}}
        | {"coordinates": {"power": 2, "weight": 3}}
    )
    assert list(plan.terms) == ["integral", "likelihood"] and plan.terms["integral"].weight == 2.0
    assert (plan.terms["likelihood"].weight, plan.terms["likelihood"].sigma) == (0.01, (1.0, 2.0, 3.0))
    (first,) = plan.stages["volume_1"].values()
    assert (first.weight, first.sigma, first.without_depth) == (10.0, "released", "coarse")
    assert (plan.temperature, plan.presence, plan.power, plan.coordinates) == (40.0, 0.1, 2, 3.0)
    assert plan.outputs == {"visibility": 0.5}
    assert (LossPlan.parse({}).power, LossPlan.parse({"coordinates": 0.5}).coordinates) == (1, 0.5)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"integral": 1, "temperature": 0}, "temperature should be greater than 0, received 0"),
        ({"integral": 1, "presence": "much"}, "presence should be a number, received 'much'"),
        ({"integral": 1, "coordinates": {"powr": 2}}, "unknown key 'coordinates.powr'. Did you mean 'power'?"),
        ({"integral": 1, "coordinates": {"power": 3}}, "coordinates.power should be 1 or 2, received 3"),
        (
            {"integral": 1, "stages": {"volume_1": {"gausian": 1}}},
            "unknown key 'stages.volume_1.gausian'. Did you mean 'gaussian'?",
        ),
        ({"integral": 1, "stages": "volume_1"}, "stages should be a valid dictionary, received 'volume_1'"),
        ({"temperatur": 1.0}, "unknown key 'temperatur'. Did you mean 'temperature'?"),
        ({"stages": {"volume_1": {}}}, "stages.volume_1 should have at least one term of gaussian, integral"),
    ],
)
def test_wrong_plans_are_named(config, message):
    with pytest.raises(InputError) as error:
        LossPlan.parse(config)
    assert message in str(error.value)


def test_every_output_gets_a_loss_or_an_error():
    with pytest.raises(InputError, match="an output 'depth_map'"):
        build_losses({"depth_map": (None, 4, 4, 2)}, 2, {"integral": 1})
    with pytest.raises(InputError, match="at least one term"):
        build_losses({"volume_1": (None, 4, 4, 2)}, 2, {"presence": 1})


def test_shapes_that_do_not_fit_are_refused():
    y_true, y_pred = make_batch()
    with pytest.raises(ValueError, match=r"2 joints and depth 5 .*Received: .*\(3, 6, 6, 8\)"):
        VoxelLoss(5, 2, {"integral": 1.0})(y_true, y_pred)
    with pytest.raises(ValueError, match="sample_weight"):
        VoxelLoss(4, 2, {"integral": 1.0})(y_true, y_pred, sample_weight=np.ones(3))
