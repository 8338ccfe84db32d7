"""Decoding a volume: Gaussians come back, moments are those of brute force, and the graph says what NumPy says."""

import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxelpose.networks import decode
from voxelpose.skeleton import get_skeleton


def gaussian_logits(shape, centre, sigma):
    """Log of a Gaussian in cells, (1, H, W, 1, D); centre x, y, z and sigma in cells, cell i centred at i + 0.5."""
    height, width, depth = shape
    x, y, z = (np.arange(n) + 0.5 for n in (width, height, depth))
    squares = (x - centre[0]) ** 2 + (y[:, None] - centre[1]) ** 2
    squares = squares[:, :, None] + (z - centre[2]) ** 2
    return (-0.5 * squares / sigma**2).astype(np.float32)[None, :, :, None, :]


def brute_force(volume, temperature):
    """Mean, covariance, from float64 sums over every cell of every joint, one joint at a time."""
    batch, height, width, joints, depth = volume.shape
    y, x, z = np.meshgrid(*[(np.arange(n) + 0.5) / n for n in (height, width, depth)], indexing="ij")
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    mean, covariance = np.empty((batch, joints, 3)), np.empty((batch, joints, 3, 3))
    for b, j in np.ndindex(batch, joints):
        p = np.exp(temperature * (volume[b, :, :, j].astype(np.float64) - volume[b, :, :, j].max())).ravel()
        mean[b, j] = np.average(points, axis=0, weights=p)
        covariance[b, j] = np.cov(points.T, aweights=p, ddof=0)
    return mean, covariance


@settings(deadline=None, max_examples=40)
@given(
    sigma=st.floats(0.7, 2.0),
    place=st.tuples(*[st.floats(0.0, 1.0)] * 3),
    shape=st.tuples(*[st.integers(17, 24)] * 3),
)
def test_soft_argmax_recovers_a_gaussian_to_a_thousandth_of_a_cell(sigma, place, shape):
    cells = np.array([shape[1], shape[0], shape[2]])
    centre = 4 * sigma + np.array(place) * (cells - 8 * sigma)
    found = decode.soft_argmax(gaussian_logits(shape, centre, sigma))[0, 0] * cells
    np.testing.assert_allclose(found, centre, atol=1e-3)


def test_temperature_undoes_a_scale():
    volume = gaussian_logits((16, 16, 16), (7.3, 8.1, 6.9), 1.0)
    np.testing.assert_allclose(decode.soft_argmax(volume / 40, 40.0), decode.soft_argmax(volume), atol=1e-6)


def test_window_ignores_a_second_person():
    shape = (24, 24, 24)
    mine, other = gaussian_logits(shape, (8.2, 15.7, 9.4), 1.0), gaussian_logits(shape, (18.0, 6.0, 15.0), 1.0)
    both = np.logaddexp(mine, other - 0.2)
    found = decode.soft_argmax(both, window=5)[0, 0] * 24
    np.testing.assert_allclose(found, (8.2, 15.7, 9.4), atol=1e-3)
    assert np.abs(decode.soft_argmax(both)[0, 0] * 24 - (8.2, 15.7, 9.4)).max() > 2


def test_moments_equal_brute_force():
    volume = np.random.default_rng(1).normal(size=(2, 7, 5, 3, 4)).astype(np.float32)
    found = decode.moments(volume, 2.5)
    mean, covariance = brute_force(volume, 2.5)
    np.testing.assert_allclose(found.mean, mean, atol=1e-6)
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-6)
    assert found.mean.dtype == found.covariance.dtype == found.confidence.dtype == np.float32


def test_covariance_of_a_gaussian_is_its_own():
    # sigma 2 cells of 32 along every axis: variance (2/32)^2 = 0.00390625, uncorrelated.
    covariance = decode.moments(gaussian_logits((32, 32, 32), (16, 15, 17), 2.0)).covariance[0, 0]
    np.testing.assert_allclose(covariance, 0.00390625 * np.eye(3), atol=1e-6)


def test_confidence_is_the_mass_within_a_tenth_of_the_mean():
    # A Gaussian of sigma 0.05 has erf(2/sqrt 2) = 0.9544997 of its mass within 0.1 along each axis.
    confidence = decode.moments(gaussian_logits((60, 60, 60), (30, 30, 30), 3.0)).confidence[0, 0]
    assert confidence == pytest.approx(0.9544997**3, abs=4e-3)
    # A flat volume of 5^3 cells: 0.2 of each axis, whatever the cells' borders.
    assert decode.moments(np.zeros((1, 5, 5, 1, 5), np.float32)).confidence[0, 0] == pytest.approx(0.008, rel=1e-5)


def test_a_single_depth_cell_says_nothing_about_depth():
    volume = gaussian_logits((16, 16, 1), (8.0, 8.0, 0.5), 1.0)
    found = decode.moments(volume)
    assert found.mean[0, 0, 2] == 0.5
    np.testing.assert_allclose(found.covariance[0, 0, 2], (0, 0, 1 / 12), atol=1e-7)
    # Nothing is asked of z. Along x and y, 0.1 is 1.6 cells: the cells at distance 0.5 wholly, those at 1.5 to 0.6.
    # exp(-d^2/2) at 0.5, 1.5, 2.5, 3.5: 0.8825, 0.3247, 0.0439, 0.0022; (0.8825 + 0.6 * 0.3247) / 1.2533 = 0.8596.
    assert found.confidence[0, 0] == pytest.approx(0.8596**2, abs=2e-4)


def test_marginals_are_sums_of_the_likelihood():
    volume = np.random.default_rng(2).normal(size=(2, 4, 6, 3, 5)).astype(np.float32)
    for window in (None, 1):
        p = decode.likelihood(volume, 3.0, window)
        np.testing.assert_allclose(p.sum(axis=(1, 2, 4)), 1.0, atol=1e-6)
        np.testing.assert_allclose(decode.heatmap(volume, 3.0, window), p.sum(axis=4), atol=1e-6)
        np.testing.assert_allclose(decode.depth_marginal(volume, 3.0, window), p.sum(axis=(1, 2)), atol=1e-6)
    assert np.count_nonzero(p[0, :, :, 0]) <= 27  # 3^3 cells around the highest


def test_argmax_is_the_centre_of_the_highest_cell():
    volume = np.zeros((1, 4, 8, 2, 5), np.float32)
    volume[0, 3, 1, 0, 2] = volume[0, 0, 7, 1, 4] = 1.0
    # (1.5/8, 3.5/4, 2.5/5) and (7.5/8, 0.5/4, 4.5/5)
    np.testing.assert_allclose(decode.argmax(volume)[0], [[0.1875, 0.875, 0.5], [0.9375, 0.125, 0.9]], rtol=1e-6)


def test_volume_view_is_joint_major():
    maps = np.arange(6, dtype=np.float32).reshape(1, 1, 1, 6)
    np.testing.assert_array_equal(decode.volume_view(maps, 2)[0, 0, 0], [[0, 1, 2], [3, 4, 5]])
    with pytest.raises(ValueError, match="multiple of 4 channels.*Received: 6"):
        decode.volume_view(maps, 4)


def test_mirroring_twice_is_nothing_and_mirrors_the_mean():
    skeleton = get_skeleton("h36m17")
    volume = np.random.default_rng(3).normal(size=(1, 4, 6, 17, 2)).astype(np.float32)
    mirrored = decode.mirror_volume(volume, skeleton.mirror)
    np.testing.assert_array_equal(decode.mirror_volume(mirrored, skeleton.mirror), volume)
    mean, image = decode.soft_argmax(volume)[0], decode.soft_argmax(mirrored)[0]
    wrist, other = skeleton.index("right_wrist"), skeleton.index("left_wrist")
    np.testing.assert_allclose(image[wrist], mean[other] * (-1, 1, 1) + (1, 0, 0), atol=1e-6)
    np.testing.assert_allclose(decode.average_mirrored(volume, mirrored, skeleton.mirror), volume, atol=1e-7)


def test_a_volume_with_nan_is_refused():
    volume = np.zeros((1, 4, 4, 1, 4), np.float32)
    volume[0, 1, 2, 0, 3] = np.nan
    with pytest.raises(ValueError, match="finite"):
        decode.moments(volume)


@pytest.mark.parametrize("window", [None, 2])
@pytest.mark.parametrize("depth", [1, 5])
def test_graph_equals_numpy(window, depth):
    from voxelpose.networks import decode_ops

    maps = np.random.default_rng(4).normal(size=(2, 6, 4, 3 * depth)).astype(np.float32)
    volume = decode.volume_view(maps, 3)
    ours = decode_ops.volume_view(maps, 3)
    np.testing.assert_array_equal(ours, volume)
    for name in ("likelihood", "heatmap", "depth_marginal", "soft_argmax"):
        expected = getattr(decode, name)(volume, 4.0, window)
        np.testing.assert_allclose(getattr(decode_ops, name)(ours, 4.0, window), expected, atol=1e-6, err_msg=name)
    for part, expected in zip(decode_ops.moments(ours, 4.0, window), decode.moments(volume, 4.0, window), strict=True):
        np.testing.assert_allclose(part, expected, atol=1e-6)
    np.testing.assert_allclose(decode_ops.argmax(ours), decode.argmax(volume), atol=1e-7)
    mirror = (0, 2, 1)
    np.testing.assert_allclose(
        decode_ops.average_mirrored(ours, ours * 2, mirror), decode.average_mirrored(volume, volume * 2, mirror)
    )


def test_graph_computes_in_float32_from_half_precision():
    from keras import ops

    from voxelpose.networks import decode_ops

    volume = ops.cast(gaussian_logits((16, 16, 16), (7.3, 8.1, 6.9), 1.5), "bfloat16")
    found = decode_ops.soft_argmax(volume)
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, decode.soft_argmax(np.asarray(ops.cast(volume, "float32"))), atol=1e-6)


def test_decoding_needs_no_keras():
    code = "import sys, voxelpose.networks.decode; assert not {'keras', 'tensorflow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_moments_cost_little_more_than_one_exponential():
    volume = np.random.default_rng(5).normal(size=(1, 64, 64, 17, 64)).astype(np.float32)

    def milliseconds(function):
        times = []
        for _ in range(7):
            start = time.process_time()
            function(volume)
            times.append(time.process_time() - start)
        return 1e3 * min(times)

    # Measured at 2.4 of the processor's time; the bound leaves room for a busy machine.
    assert milliseconds(decode.moments) < 4 * milliseconds(np.exp)
