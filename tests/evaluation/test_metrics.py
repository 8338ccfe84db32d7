"""Metrics against literals worked out by hand, and their invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxelpose.evaluation.metrics import functions as metrics


def rotation(seed):
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.linalg.det(q)


@pytest.fixture
def poses():
    rng = np.random.default_rng(0)
    return 300 * rng.normal(size=(4, 6, 3)), 300 * rng.normal(size=(4, 6, 3))


def test_mpjpe_literal():
    predicted = np.array([[[3.0, 4.0, 0.0], [0, 0, 0]], [[0, 0, 12.0], [5, 0, 0]]])
    assert metrics.mpjpe(predicted, np.zeros((2, 2, 3))) == (5 + 0 + 12 + 5) / 4


def test_per_axis_error_literal():
    predicted = np.array([[[3.0, -4.0, 1.0], [1.0, 2.0, np.nan]]])
    mask = np.array([[[1, 1, 1], [1, 1, 0]]])
    np.testing.assert_allclose(metrics.per_axis_error(predicted, np.zeros((1, 2, 3)), mask), [2, 3, 1])
    np.testing.assert_allclose(metrics.per_axis_error(predicted, np.zeros((1, 2, 3)), mask[..., 2]), [3, 4, 1])


def test_pck_counts_within_the_torso_fraction():
    target = np.zeros((2, 2, 2))
    predicted = np.array([[[10.0, 0], [11, 0]], [[0, 19.9], [20.1, 0]]])
    assert metrics.pck(predicted, target, torso=[50, 100]) == 0.5  # limits 10 and 20 pixels
    assert metrics.pck(predicted, target, [50, 100], mask=[[1, 0], [1, 0]]) == 1.0
    assert metrics.pckh(predicted, target, head=[20, 38]) == 0.25  # limits 10 and 19


def test_pck_3d_and_auc_literal():
    predicted = np.zeros((1, 3, 3))
    predicted[0, :, 2] = 0, 72.5, 151
    assert metrics.pck_3d(predicted, np.zeros((1, 3, 3))) == pytest.approx(2 / 3)
    # of 31 thresholds 0, 5, ... 150 the first joint meets all, the second the 16 from 75 up, the third none
    assert metrics.auc(predicted, np.zeros((1, 3, 3))) == pytest.approx((31 + 16) / (3 * 31))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.1, 10), shift=st.floats(-1e4, 1e4))
def test_pa_mpjpe_ignores_similarities(seed, scale, shift):
    rng = np.random.default_rng(seed)
    a, b = 300 * rng.normal(size=(2, 3, 7, 3))
    moved = scale * a @ rotation(seed).T + shift
    assert metrics.pa_mpjpe(moved, a) == pytest.approx(0, abs=1e-6 * (abs(shift) + 1))
    assert metrics.pa_mpjpe(moved, b) == pytest.approx(metrics.pa_mpjpe(a, b), rel=1e-6)


def test_pa_mpjpe_does_not_reflect(poses):
    a, _ = poses
    assert metrics.pa_mpjpe(a * [-1, 1, 1], a) > 50


def test_n_mpjpe_finds_the_scale_that_a_search_finds(poses):
    a, b = poses

    def sum_of_squares(scale, i):
        return ((scale * a[i] - b[i]) ** 2).sum()

    scales = np.linspace(-2, 2, 4001)
    best = [scales[np.argmin([sum_of_squares(s, i) for s in scales])] for i in range(4)]
    expected = metrics.mpjpe(np.reshape(best, (4, 1, 1)) * a, b)
    assert metrics.n_mpjpe(a, b) == pytest.approx(expected, rel=1e-3)
    assert metrics.n_mpjpe(3 * b, b) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("metric", [metrics.mpjpe, metrics.pa_mpjpe, metrics.n_mpjpe, metrics.pck_3d, metrics.auc])
def test_missing_joints_have_no_influence(metric, poses):
    a, b = poses
    mask = np.ones((4, 6), bool)
    mask[:, 4] = False
    kept = metric(a[:, [0, 1, 2, 3, 5]], b[:, [0, 1, 2, 3, 5]])
    a[:, 4], b[:, 4] = np.nan, 1e9
    assert metric(a, b, mask) == pytest.approx(kept, rel=1e-9)


def test_pa_mpjpe_skips_empty_poses_and_refuses_nearly_empty_ones(poses):
    a, b = poses
    mask = np.ones((4, 6), bool)
    mask[1] = False
    assert metrics.pa_mpjpe(a, b, mask) == pytest.approx(metrics.pa_mpjpe(a[[0, 2, 3]], b[[0, 2, 3]]))
    mask[2, :4] = False
    with pytest.raises(ValueError, match="3 annotated joints per pose. Received: 2 in pose 2"):
        metrics.pa_mpjpe(a, b, mask)


def test_nothing_annotated_is_an_error(poses):
    for metric in (metrics.mpjpe, metrics.pa_mpjpe, metrics.n_mpjpe, metrics.per_axis_error):
        with pytest.raises(ValueError, match="at least one annotated joint"):
            metric(*poses, np.zeros((4, 6), bool))


def test_pcp_needs_both_ends_within_half_a_limb():
    target = np.array([[[0.0, 0], [100, 0], [100, 40]]])
    predicted = np.array([[[50.0, 0], [100, 20], [100, 61]]])
    # the first limb is 100 long: 50 and 20 are near enough; the second 40: 20 is, 21 is not
    assert metrics.pcp(predicted, target, [(0, 1), (1, 2)]) == 0.5
    assert metrics.pcp(predicted, target, [(0, 1), (1, 2)], fraction=0.53) == 1.0
    assert metrics.pcp(predicted, target, [(0, 1), (1, 2)], mask=[[1, 1, 0]]) == 1.0
    with pytest.raises(ValueError, match="at least one annotated joint"):
        metrics.pcp(predicted, target, [(0, 1)], mask=[[1, 0, 1]])


def test_aligned_poses_of_different_gaps_are_those_of_each_alone(poses):
    a, b = poses
    mask = np.ones((4, 6), bool)
    mask[1, 2:4] = mask[3, 0] = mask[2, :4] = False
    aligned = metrics.aligned(a, b, mask)
    assert np.isnan(aligned[~mask]).all() and np.isnan(aligned[2]).all()  # two joints can be aligned onto anything
    for i in (0, 1, 3):
        expected = metrics.pa_mpjpe(a[i, mask[i]], b[i, mask[i]])
        assert metrics.mpjpe(aligned[i], b[i], mask[i]) == pytest.approx(expected)


def test_best_scale_literal():
    # least squares about the origin: (1 * 2 + 2 * 4) / (1 + 4) = 2
    assert metrics.best_scale([[[1.0, 0, 0], [0, 2, 0]]], [[[2.0, 9, 0], [0, 4, 7]]]).tolist() == [[[2.0]]]
    assert metrics.best_scale([[[1.0, 0, 0], [0, 2, 0]]], [[[2.0, 9, 0], [0, 0, 7]]], [[1, 0]]).tolist() == [[[2.0]]]
