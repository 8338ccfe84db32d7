"""A fully connected lifter: what it reads from heatmaps, and that it learns what is there to be learned."""

import keras
import numpy as np
import pytest

from voxelpose.networks.build import build_network
from voxelpose.networks.joint_lifter import JointLifter, JointsOfRoots
from voxelpose.networks.weights_io import load_weights, save_weights

SMALL = {"joints": 2, "side": 4, "width": 32, "blocks": 1}


def roots(likelihood):
    return np.sqrt(np.asarray(likelihood, np.float32))


def test_joints_are_read_from_the_middle_of_the_crop():
    heatmaps = np.zeros((1, 4, 4, 2))
    heatmaps[0, 1, 3, 0] = 1  # row 1, column 3: x = 3.5 / 4, y = 1.5 / 4
    heatmaps[0, 2, 0, 1], heatmaps[0, 2, 1, 1] = 0.75, 0.25  # mean x = (0.5 * 0.75 + 1.5 * 0.25) / 4
    highest = np.asarray(JointsOfRoots("argmax")(roots(heatmaps)))
    np.testing.assert_allclose(highest, 4 * np.array([[0.875 - 0.5, 0.375 - 0.5, 0.125 - 0.5, 0.625 - 0.5]]), atol=1e-6)
    mean = np.asarray(JointsOfRoots("soft-argmax")(roots(heatmaps)))
    np.testing.assert_allclose(mean, 4 * np.array([[0.375, -0.125, 0.1875 - 0.5, 0.125]]), atol=1e-4)


def test_it_learns_a_trivial_mapping():
    rng = np.random.default_rng(0)
    cells = rng.integers(0, 4, (256, 2, 2))
    heatmaps = np.zeros((256, 4, 4, 2), np.float32)
    for n, j in np.ndindex(256, 2):
        heatmaps[n, cells[n, j, 1], cells[n, j, 0], j] = 1
    places = (cells + 0.5) / 4
    target = np.concatenate([places, places.mean(-1, keepdims=True)], -1).reshape(256, 6)  # as deep as right and low
    keras.utils.set_random_seed(1)
    model = JointLifter(**SMALL)
    assert np.abs(np.asarray(model(heatmaps)["coordinates"]) - 0.5).max() < 0.1
    model.compile(keras.optimizers.Adam(3e-3), loss="mae")
    model.fit(heatmaps, {"coordinates": target}, batch_size=32, epochs=60, verbose=0)
    assert np.abs(np.asarray(model(heatmaps)["coordinates"]) - target).mean() < 0.03


def test_it_is_saved_and_built_by_name(tmp_path):
    model = build_network("joint_lifter", SMALL)
    save_weights(model, tmp_path / "one.weights.h5")
    other = JointLifter.from_config(model.get_config())
    load_weights(other, tmp_path / "one.weights.h5")
    x = roots(np.random.default_rng(0).dirichlet(np.ones(16), (3, 2)).transpose(0, 2, 1).reshape(3, 4, 4, 2))
    np.testing.assert_array_equal(model(x)["coordinates"], other(x)["coordinates"])
    assert model.count_params() - sum(w.shape[0] for w in model.non_trainable_weights) == sum(
        int(np.prod(w.shape)) for w in model.trainable_weights
    )


@pytest.mark.parametrize("wrong", [{"reading": "mode"}, {"width": 0}])
def test_options_that_cannot_be(wrong):
    with pytest.raises(ValueError, match="reading=|width=0"):
        JointLifter(**{**SMALL, **wrong})
