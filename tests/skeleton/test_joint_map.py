"""Joint maps against dense matrices and, between skeletons, against what the names say."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from voxelpose.errors import InputError
from voxelpose.skeleton import COCO17, H36M17, LSP14, MPII16, SKELETONS, JointMap, convert, joint_map

seeds = st.integers(0, 2**32 - 1)


def random_map(seed, targets=6, sources=9):
    """A map of which about every fourth target is unknown."""
    generator = np.random.default_rng(seed)
    dense = generator.normal(size=(targets, sources)) * (generator.random((targets, sources)) < 0.3)
    dense[generator.random(targets) < 0.25] = 0
    return JointMap.from_dense(dense)


def by_names(points, weights, source, target):
    """Joint by joint from the names: the same one, the middle of the hips for a pelvis, else nothing."""
    shape = list(points.shape)
    shape[-2] = len(target)
    found, known = np.full(shape, np.nan, points.dtype), np.zeros(shape, weights.dtype)
    for j, name in enumerate(target.joints):
        if name in source.joints:
            i = source.joints.index(name)
            found[..., j, :], known[..., j, :] = points[..., i, :], weights[..., i, :]
        elif name == "pelvis" and "left_hip" in source.joints:
            left, right = source.joints.index("left_hip"), source.joints.index("right_hip")
            found[..., j, :] = (points[..., right, :] + points[..., left, :]) / 2
            known[..., j, :] = np.minimum(weights[..., right, :], weights[..., left, :])
    return found, known


@pytest.mark.parametrize(("source", "target"), itertools.product(SKELETONS.values(), repeat=2), ids=lambda s: s.name)
def test_between_all_skeletons_joints_are_what_their_names_say_to_the_bit(source, target):
    generator = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        points = generator.normal(size=(3, 2, len(source), 3)).astype(dtype) * 1000
        weights = generator.random((3, 2, len(source), 3)).astype(dtype)
        points[0, 0, 0], weights[0, 0, 0] = np.nan, 0
        expected = by_names(points, weights, source, target)
        for one, other in zip(convert(points, weights, source, target), expected, strict=True):
            assert one.dtype == dtype
            np.testing.assert_array_equal(one, other)
        _, of_joints = convert(points, weights[..., 0], source, target)
        np.testing.assert_array_equal(of_joints, expected[1][..., 0])


def test_maps_between_skeletons_are_made_once():
    assert joint_map(COCO17, MPII16) is joint_map(COCO17, MPII16)


@given(seeds)
def test_application_is_the_dense_product_and_the_unknown_is_nan(seed):
    one = random_map(seed)
    points = np.random.default_rng(seed + 1).normal(size=(2, 9, 3))
    points[1, 4, 2] = np.nan
    result, matrix = one.apply(points), one.dense
    for target, row in enumerate(matrix):
        used = np.flatnonzero(row)
        if not len(used):
            assert np.isnan(result[:, target]).all()
            continue
        # A NaN of an unused source is nobody's business.
        np.testing.assert_allclose(result[:, target], np.einsum("s,bsc->bc", row[used], points[:, used]), atol=1e-12)


@given(seeds)
def test_a_target_is_known_as_well_as_the_least_known_of_its_sources(seed):
    one = random_map(seed)
    weights = np.random.default_rng(seed).random((2, 9, 3))
    expected = [weights[:, np.flatnonzero(row)].min(1) if row.any() else np.zeros((2, 3)) for row in one.dense]
    np.testing.assert_array_equal(one.apply_weights(weights, axis=-2), np.stack(expected, 1))
    np.testing.assert_array_equal(one.apply_weights(weights[..., 0]), np.stack(expected, 1)[..., 0])


def test_covariances_of_independent_sources_add_by_squared_coefficients():
    middle = joint_map(LSP14, H36M17)
    covariance = np.zeros((14, 2, 2))
    covariance[LSP14.index("right_hip")] = [[4, 2], [2, 8]]
    covariance[LSP14.index("left_hip")] = [[8, -2], [-2, 4]]
    found = middle.apply_covariance(covariance)
    np.testing.assert_array_equal(found[H36M17.index("pelvis")], [[3, 0], [0, 3]])
    np.testing.assert_array_equal(found[H36M17.index("left_hip")], [[8, -2], [-2, 4]])
    assert np.isnan(found[H36M17.index("spine")]).all()
    # Drawn errors spread as stated.
    one, generator = random_map(3), np.random.default_rng(0)
    spread = np.diag([1.0, 2, 3]) + 0.5
    errors = generator.multivariate_normal(np.zeros(3), spread, (200_000, 9))
    drawn = np.einsum("ntc,ntd->tcd", *[one.apply(errors)] * 2) / len(errors)
    expected = one.apply_covariance(np.broadcast_to(spread, (9, 3, 3)))
    np.testing.assert_allclose(drawn[one.known], expected[one.known], rtol=0.05, atol=0.02)


@given(seeds)
def test_a_composition_applies_one_after_the_other(seed):
    first, second = random_map(seed, 6, 9), random_map(seed + 1, 5, 6)
    both = second @ first
    points, weights = (np.random.default_rng(seed).random(shape) for shape in ((2, 9, 3), (2, 9)))
    np.testing.assert_allclose(both.apply(points), second.apply(first.apply(points)), atol=1e-12)
    np.testing.assert_array_equal(both.apply_weights(weights), second.apply_weights(first.apply_weights(weights)))


def test_what_cancels_is_still_needed():
    first = JointMap.from_dense(np.array([[1.0, 1], [1, 0]]))
    difference = JointMap.from_dense(np.array([[1.0, -1]])) @ first
    np.testing.assert_array_equal(difference.dense, [[0, 1]])
    assert np.isnan(difference.apply(np.array([[np.nan], [2.0]]))).all()
    assert difference.apply(np.array([[7.0], [2.0]])) == 2


def test_the_mirrored_map_serves_the_mirrored_person():
    regressor = random_map(5, targets=4, sources=6)
    sources, targets = (1, 0, 2, 5, 4, 3), (2, 1, 0, 3)
    mirrored = regressor.mirrored(sources, targets)
    points = np.random.default_rng(0).normal(size=(6, 3))
    np.testing.assert_allclose(mirrored.apply(points), regressor.apply(points[list(sources)])[list(targets)])
    np.testing.assert_array_equal(mirrored.mirrored(sources, targets).dense, regressor.dense)
    between = joint_map(MPII16, H36M17)
    np.testing.assert_array_equal(between.mirrored(MPII16.mirror, H36M17.mirror).dense, between.dense)


def test_points_on_faces_picked_vertices_and_stacks():
    vertices = np.array([[0.0, 0, 0], [3, 0, 0], [0, 3, 0], [9, 9, 9]])
    landmarks = JointMap.barycentric([[0, 1, 2], [3, 1, 0]], [[1 / 3, 1 / 3, 1 / 3], [1, 0, 0]], 4)
    everything = JointMap.stacked([landmarks, JointMap.picking([3, 0], 4)])
    np.testing.assert_allclose(everything.apply(vertices), [[1, 1, 0], [9, 9, 9], [9, 9, 9], [0, 0, 0]])
    needed, small = JointMap.picking([3, 1, 3], 4).compact()
    assert needed.tolist() == [1, 3]
    np.testing.assert_array_equal(small.apply(vertices[needed]), vertices[[3, 1, 3]])


def test_sparse_regressors_of_scipy_come_in_any_order():
    matrix = sparse.random(8, 50, density=0.1, random_state=1).tocsc()
    entries = matrix.tocoo()
    one = JointMap.from_entries(entries.row, entries.col, entries.data, matrix.shape)
    np.testing.assert_array_equal(one.dense, matrix.toarray())
    np.testing.assert_array_equal(one.known, matrix.toarray().any(1))


@given(seeds)
def test_padded_entries_make_the_same_matrix(seed):
    one = random_map(seed)
    columns, coefficients = one.padded()
    dense = np.zeros((6, 9))
    np.add.at(dense, (np.arange(6)[:, None], columns), coefficients)
    np.testing.assert_array_equal(dense, one.dense)


def test_a_map_of_nothing_knows_nothing():
    nothing = JointMap.from_dense(np.zeros((2, 3)))
    assert np.isnan(nothing.apply(np.ones((3, 2)))).all() and (nothing.apply_weights(np.ones(3)) == 0).all()
    assert nothing.padded()[1].tolist() == [[0], [0]] and len(nothing @ JointMap.picking([0, 1, 2], 5)) == 2


@pytest.mark.parametrize(("call", "told"), [
    (lambda: JointMap.picking([0, 5], 5), "Expected columns between 0 and 4. Received: 0 to 5"),
    (lambda: JointMap.from_entries([2], [0], [1.0], (2, 3)), "Expected rows between 0 and 1. Received: 2 to 2"),
    (lambda: JointMap.from_entries([0, 1], [0], [1.0], (2, 3)), "as many rows as columns"),
    (lambda: JointMap.from_dense(np.full((1, 2), np.nan)), "Expected finite coefficients"),
    (lambda: JointMap.barycentric([[0, 1, 2]], [[0.5, 0.1, 0.1]], 3), "sum to 1. .* sums of 0.7 to 0.7"),
    (lambda: JointMap(np.array([0, 2]), np.zeros(1, int), np.ones(1), 3), "starts that go up from 0 to 1"),
    (lambda: JointMap.stacked([random_map(0), random_map(0, sources=4)]), r"the same sources. Received: \[9, 4\]"),
    (lambda: random_map(0) @ random_map(0, targets=4), "a map to 9 targets .* Received: 4"),
    (lambda: random_map(0).apply(np.zeros((8, 3))), r"Expected 9 joints or vertices .* Received: \(8, 3\)"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(call, told):
    with pytest.raises(InputError, match=told):
        call()
