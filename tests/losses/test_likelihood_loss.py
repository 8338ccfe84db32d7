"""The softmax losses against dense definitions written in NumPy, float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from voxelpose.losses.base import unpack
from voxelpose.losses.profiles import cell_centres, distribution_profiles
from voxelpose.losses.softmax_losses import columns
from voxelpose.losses.volume import VoxelLoss
from voxelpose.networks.decode import soft_argmax


def dense_softmax(volume):
    """(B, H, W, J, D) -> the same, each joint's cells summing to 1."""
    volume = volume.astype(np.float64)
    weights = np.exp(volume - volume.max((1, 2, 4), keepdims=True))
    return weights / weights.sum((1, 2, 4), keepdims=True)


def dense_gaussian(fractions, size, sigma):
    """Normalised Gaussian over (H, W, D) cells of one joint."""
    width, height, depth = size
    y, x, z = np.meshgrid(*((np.arange(n) + 0.5) for n in (height, width, depth)), indexing="ij")
    where = np.asarray(fractions, np.float64) * size
    g = np.exp(-sum((c - w) ** 2 / (2 * s**2) for c, w, s in zip((x, y, z), where, sigma, strict=True)))
    return g / g.sum()


def make_case(seed, batch=2, height=5, width=6, joints=3, depth=4, scale=3.0):
    rng = np.random.default_rng(seed)
    volume = (scale * rng.normal(size=(batch, height, width, joints, depth))).astype("float32")
    y_true = np.concatenate([rng.uniform(0.02, 0.98, (batch, joints, 3)), np.ones((batch, joints, 3))], -1)
    return volume, y_true.astype("float32")


def flat(volume):
    return volume.reshape(*volume.shape[:3], -1)


def test_integral_of_one_hot_volume_is_the_distance_to_that_cell_centre():
    volume = np.full((1, 4, 4, 1, 4), -1e4, "float32")
    volume[0, 1, 2, 0, 3] = 1e4  # y cell 1, x cell 2, z cell 3: fractions (2.5, 1.5, 3.5) / 4
    y_true = np.array([[[0.6, 0.4, 0.8, 1, 1, 1]]], "float32")
    # |.625-.6| = .025, |.375-.4| = .025, |.875-.8| = .075; mean .041667
    loss = VoxelLoss(4, 1, {"integral": 1.0})(y_true, flat(volume))
    assert float(loss) == pytest.approx(0.0416667, abs=1e-6)


def test_expectation_equals_the_dense_softmax():
    volume, _ = make_case(1)
    likelihood = dense_softmax(volume)
    expected = np.stack(
        [
            np.einsum("bhwjd,w->bj", likelihood, cell_centres(6)),
            np.einsum("bhwjd,h->bj", likelihood, cell_centres(5)),
            np.einsum("bhwjd,d->bj", likelihood, cell_centres(4)),
        ],
        -1,
    )
    np.testing.assert_allclose(columns(ops.convert_to_tensor(volume)).expectation(), expected, atol=1e-6)


def test_expectation_is_the_soft_argmax_of_decoding():
    volume, _ = make_case(7)
    expected = soft_argmax(volume, temperature=1.3)
    np.testing.assert_allclose(columns(ops.convert_to_tensor(1.3 * volume)).expectation(), expected, atol=1e-6)


def test_integral_weights_each_axis_and_ignores_what_is_missing():
    volume, y_true = make_case(2, joints=2)
    mean = np.asarray(columns(ops.convert_to_tensor(volume)).expectation())
    y_true[0, 0, 3:] = [1, 1, 0]
    y_true[0, 1, 3:] = 0
    y_true[1, 1, 3:] = [0.5, 0.5, 0.25]
    weights = y_true[..., 3:].copy()
    expected = (weights * np.abs(mean - y_true[..., :3])).sum() / weights.sum()
    y_true[0, 1, :3] = np.nan
    y_true[0, 0, 2] = np.nan
    loss = VoxelLoss(4, 2, {"integral": 2.0})(y_true, flat(volume))
    assert float(loss) == pytest.approx(2 * expected, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    size=st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(1, 7)),
    sigma=st.tuples(*[st.floats(0.05, 3.0)] * 3),
    corner=st.sampled_from([None, 0.0, 1.0]),
)
def test_likelihood_equals_the_dense_cross_entropy(seed, size, sigma, corner):
    width, height, depth = size
    volume, y_true = make_case(seed, 2, height, width, 2, depth)
    if corner is not None:
        y_true[0, 0, :3] = corner
    log_p = np.log(dense_softmax(volume))
    expected = -np.mean(
        [(dense_gaussian(y_true[b, j, :3], size, sigma) * log_p[b, :, :, j]).sum() for b in range(2) for j in range(2)]
    )
    loss = VoxelLoss(depth, 2, {"likelihood": {"sigma": sigma}})(y_true, flat(volume))
    assert float(loss) == pytest.approx(expected, rel=2e-5, abs=2e-5)


def test_without_depth_the_2d_marginal_is_scored():
    volume, y_true = make_case(3, batch=1, joints=1)
    y_true[..., 2], y_true[..., 5] = np.nan, 0
    plane = dense_softmax(volume).sum(-1)[0, :, :, 0]
    width, height, sigma = 6, 5, 1.0
    heatmap = dense_gaussian((*y_true[0, 0, :2], 0.5), (width, height, 1), (sigma, sigma, 1))[..., 0]
    loss = VoxelLoss(4, 1, {"likelihood": {"sigma": sigma}})(y_true, flat(volume))
    assert float(loss) == pytest.approx(-(heatmap * np.log(plane)).sum(), abs=1e-5)


def test_depth_weight_blends_between_the_marginal_and_the_whole():
    volume, y_true = make_case(4, batch=1, joints=1)
    values = {}
    for depth_weight in (0, 0.25, 1):
        y_true[..., 5] = depth_weight
        values[depth_weight] = float(VoxelLoss(4, 1, {"likelihood": 1.0})(y_true, flat(volume)))
    assert values[0.25] == pytest.approx(0.75 * values[0] + 0.25 * values[1], abs=1e-5)
    assert values[1] > values[0]  # there is more to be surprised about in 3D


def test_gradient_is_likelihood_minus_gaussian():
    import tensorflow as tf

    volume, y_true = make_case(5, batch=1, joints=2)
    y_true[0, 1, 3:] = 0
    tensor = tf.constant(flat(volume))
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        loss = VoxelLoss(4, 2, {"likelihood": {"sigma": 0.8}}, temperature=1.7)(y_true, tensor)
    gradient = tape.gradient(loss, tensor).numpy().reshape(volume.shape)
    target = dense_gaussian(y_true[0, 0, :3], (6, 5, 4), (0.8,) * 3)
    expected = 1.7 * (dense_softmax(1.7 * volume)[0, :, :, 0] - target)
    np.testing.assert_allclose(gradient[0, :, :, 0], expected, atol=1e-6)
    assert np.all(gradient[0, :, :, 1] == 0)


def test_a_confidently_wrong_volume_has_a_finite_loss_that_pulls_it_back():
    import tensorflow as tf

    volume = np.zeros((1, 4, 4, 1, 4), "float32")
    volume[0, 0, 0, 0, 0] = 1000  # e^1000 beside e^0: every other column underflows when taken relative to this one
    tensor = tf.constant(flat(volume))
    for depth_weight in (0, 1):
        y_true = np.array([[[0.875, 0.875, 0.875, 1, 1, depth_weight]]], "float32")
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            loss = VoxelLoss(4, 1, {"likelihood": 1.0, "integral": 1.0})(y_true, tensor)
        gradient = tape.gradient(loss, tensor).numpy()
        assert 900 < float(loss) < 1002 and np.isfinite(gradient).all()
        assert gradient[0, 0, 0, 0] > 0.5 and gradient[0, 3, 3, 3] < -0.05


def test_half_precision_volumes_are_read_in_float32():
    volume, y_true = make_case(6)
    half = flat(volume).astype("float16")
    loss = VoxelLoss(4, 3, {"likelihood": 0.05, "integral": 1.0})
    value = loss(y_true, ops.convert_to_tensor(half))
    assert value.dtype == "float32"
    assert float(value) == pytest.approx(float(loss(y_true, half.astype("float32"))), abs=1e-6)


def test_profiles_of_a_tiny_sigma_between_two_cells_stay_normalised():
    profiles = distribution_profiles(ops.convert_to_tensor([[[0.5, 0.0, 1.0]]]), (4, 4, 4), (0.01,) * 3)
    np.testing.assert_allclose(profiles.x[0, 0], [0, 0.5, 0.5, 0], atol=1e-4)
    np.testing.assert_allclose(profiles.y[0, 0], [1, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(profiles.z[0, 0], [0, 0, 0, 1], atol=1e-6)


def test_targets_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(batch, joints, 6\).*\(2, 3, 5\)"):
        unpack(np.zeros((2, 3, 5)))
