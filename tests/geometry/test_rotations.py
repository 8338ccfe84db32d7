"""Against SciPy's rotations, literals, and what each function promises."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from voxelpose.errors import InputError
from voxelpose.geometry import rotations as r

seeds = st.integers(0, 2**32 - 1)


def random_rotations(seed, *shape):
    generator = np.random.default_rng(seed)
    return Rotation.random(int(np.prod(shape)), rng=generator).as_matrix().reshape(*shape, 3, 3)


def directions(seed, *shape):
    v = np.random.default_rng(seed).normal(size=(*shape, 3))
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def assert_rotations(matrix, atol=1e-12):
    np.testing.assert_allclose(
        matrix @ np.swapaxes(matrix, -1, -2), np.broadcast_to(np.eye(3), matrix.shape), atol=atol
    )
    np.testing.assert_allclose(np.linalg.det(matrix), 1, atol=atol)


def test_a_quarter_turn_about_z_takes_x_to_y_by_every_name():
    expected = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    half = np.sqrt(0.5)
    np.testing.assert_allclose(r.axis_angle_to_matrix([0, 0, np.pi / 2]), expected, atol=1e-15)
    np.testing.assert_allclose(r.quaternion_to_matrix([0, 0, half, half]), expected, atol=1e-15)
    np.testing.assert_allclose(r.six_to_matrix([0, 2, 0, -3, 5, 0]), expected, atol=1e-15)
    np.testing.assert_allclose(r.about("Z", np.pi / 2), expected, atol=1e-15)
    np.testing.assert_allclose(r.matrix_to_axis_angle(expected), [0, 0, np.pi / 2])
    np.testing.assert_allclose(r.matrix_to_quaternion(expected), [0, 0, half, half])
    np.testing.assert_array_equal(r.matrix_to_six(expected), [0, 1, 0, -1, 0, 0])


@given(seeds)
def test_conversions_agree_with_scipy(seed):
    rotations = random_rotations(seed, 2, 3)
    theirs = Rotation.from_matrix(rotations.reshape(-1, 3, 3))
    vectors = theirs.as_rotvec().reshape(2, 3, 3)
    np.testing.assert_allclose(r.axis_angle_to_matrix(vectors), rotations, atol=1e-12)
    np.testing.assert_allclose(r.matrix_to_axis_angle(rotations), vectors, atol=1e-9)
    quaternion = r.matrix_to_quaternion(rotations)
    np.testing.assert_allclose(np.abs((quaternion * theirs.as_quat().reshape(2, 3, 4)).sum(-1)), 1, atol=1e-12)
    np.testing.assert_allclose(r.quaternion_to_matrix(-3 * quaternion), rotations, atol=1e-12)
    np.testing.assert_allclose(r.six_to_matrix(r.matrix_to_six(rotations)), rotations, atol=1e-12)


@pytest.mark.parametrize("order", ["".join(order) for order in itertools.permutations("XYZ")])
def test_euler_angles_of_every_order_agree_with_scipy(order):
    rotations = random_rotations(3, 50)
    angles = Rotation.from_matrix(rotations).as_euler(order)  # upper case: about axes that turn along
    np.testing.assert_allclose(r.matrix_to_euler(rotations, order), angles, atol=1e-9)
    np.testing.assert_allclose(r.euler_to_matrix(angles, order), rotations, atol=1e-12)
    for middle in (np.pi / 2, -np.pi / 2):
        locked = r.euler_to_matrix([0.4, middle, 0.0], order)
        np.testing.assert_allclose(r.matrix_to_euler(locked, order), [0.4, middle, 0], atol=1e-9)


def test_an_order_with_an_axis_twice_is_refused():
    for call in (r.euler_to_matrix, r.matrix_to_euler):
        with pytest.raises(InputError, match="Received: 'ZXZ'"):
            call(np.eye(3), "ZXZ")


@given(seeds, st.sampled_from([0.0, 1e-14, 1e-9, 1e-5, 1.0, 3.0, np.pi - 1e-6, np.pi - 1e-9]))
def test_axis_angles_of_any_size_come_back(seed, angle):
    vectors = angle * directions(seed, 4)
    matrix = r.axis_angle_to_matrix(vectors)
    assert_rotations(matrix)
    # Axes keep six digits even where the skew part of the matrix has none left.
    np.testing.assert_allclose(r.matrix_to_axis_angle(matrix), vectors, rtol=1e-6, atol=1e-15)


def test_half_turns_have_one_of_their_two_axes():
    axes = np.concatenate([np.eye(3), directions(1, 20)])
    half = 2 * axes[:, :, None] * axes[:, None] - np.eye(3)
    vectors = r.matrix_to_axis_angle(half)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=-1), np.pi)
    np.testing.assert_allclose(np.abs((vectors * axes).sum(-1)), np.pi, atol=1e-12)


def test_float32_stays_float32_and_small_turns_are_not_lost():
    vector = np.array([1e-4, 0, 0], np.float32)
    for result in (r.axis_angle_to_matrix(vector), r.matrix_to_axis_angle(r.axis_angle_to_matrix(vector))):
        assert result.dtype == np.float32
    np.testing.assert_allclose(r.matrix_to_axis_angle(r.axis_angle_to_matrix(vector)), vector, rtol=1e-4)


@given(seeds)
def test_a_swing_is_the_smallest_rotation_that_takes_one_direction_to_the_other(seed):
    a, b = directions(seed, 2, 5)
    turn = r.swing(3 * a, 0.1 * b)
    assert_rotations(turn)
    np.testing.assert_allclose(np.einsum("nij,nj->ni", turn, a), b, atol=1e-12)
    angle = np.arccos(np.clip((a * b).sum(-1), -1, 1))
    np.testing.assert_allclose(r.geodesic_distance(turn, np.eye(3)), angle, atol=1e-7)


@pytest.mark.parametrize("off", [0.0, 1e-14, 1e-10, 1e-7, 1e-4, 1e-2, 0.014, 0.0142])
def test_a_swing_of_nearly_opposite_directions_is_exact(off):
    a = np.concatenate([np.eye(3), directions(2, 30)])
    across = np.cross(a, directions(5, len(a)))
    b = -a * np.cos(off) + np.sin(off) * across / np.linalg.norm(across, axis=-1, keepdims=True)
    turn = r.swing(a, b)
    # Where the plain formula ends it divides by 1e-4.
    atol = 1e-11 if off > 0.0141 else 3e-14
    assert_rotations(turn, atol)
    np.testing.assert_allclose(np.einsum("nij,nj->ni", turn, a), b, atol=atol)
    np.testing.assert_allclose(r.geodesic_distance(turn, np.eye(3)), np.pi - off, atol=1e-6)
    for one, other in zip(a[:3], b[:3], strict=True):  # without leading axes, too
        np.testing.assert_allclose(r.swing(one, other) @ one, other, atol=atol)


def test_a_vector_without_length_is_not_turned():
    np.testing.assert_array_equal(r.swing([1.0, 0, 0], [0.0, 0, 0]), np.eye(3))


@given(seeds)
def test_swing_and_twist_make_the_rotation_again_and_the_swing_turns_nothing_about_the_axis(seed):
    rotations, axis = random_rotations(seed, 2, 3), directions(seed, 3)
    swung, angle = r.swing_twist(rotations, 5 * axis)
    twist = r.axis_angle_to_matrix(angle[..., None] * axis)
    np.testing.assert_allclose(swung @ twist, rotations, atol=1e-9)
    np.testing.assert_allclose((r.matrix_to_axis_angle(swung) * axis).sum(-1), 0, atol=1e-6)


def test_a_twist_is_read_with_its_sign_and_whole_circle():
    axis = np.array([0.0, 0, 2])
    for angle in (0.3, -0.3, 3.0, -3.0):
        rotation = r.about("X", 0.7) @ r.about("Z", angle)
        swung, found = r.swing_twist(rotation, axis)
        assert found == pytest.approx(angle)
        np.testing.assert_allclose(swung, r.about("X", 0.7), atol=1e-12)


def test_an_angle_about_an_axis_sees_only_what_lies_across_it():
    z = np.array([0.0, 0, 1])
    angles = r.angle_about(
        z, np.array([[1.0, 0, 9], [1, 0, 0], [0, 0, 1]]), np.array([[0.0, 2, -5], [0, -1, 0], [1, 0, 0]])
    )
    np.testing.assert_allclose(angles, [np.pi / 2, -np.pi / 2, 0])


def test_a_frame_keeps_the_first_axis_and_the_half_plane_of_the_second():
    frame = r.frame_from_axes([0.0, 0, 2], [3.0, 0, 7])
    np.testing.assert_allclose(frame, np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]]), atol=1e-15)
    with np.errstate(invalid="ignore"):
        assert np.isnan(r.six_to_matrix([1.0, 0, 0, 2, 0, 0])[:, 1:]).all()


@given(seeds)
def test_the_nearest_rotation_is_proper_and_beats_others(seed):
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(4, 3, 3))
    nearest = r.nearest_rotation(matrix)
    assert_rotations(nearest)
    far = ((nearest - matrix) ** 2).sum((-2, -1))
    for step in (0.01, 0.3, 2.0):
        other = nearest @ r.axis_angle_to_matrix(step * generator.normal(size=(4, 3)))
        assert (far <= ((other - matrix) ** 2).sum((-2, -1)) + 1e-9).all()
    np.testing.assert_allclose(r.nearest_rotation(2 * nearest), nearest, atol=1e-12)


@given(seeds)
def test_powers_lie_on_the_way_and_distances_are_angles(seed):
    a, b = random_rotations(seed, 2, 3)
    whole = r.geodesic_distance(a, b)
    np.testing.assert_allclose(whole, Rotation.from_matrix(np.swapaxes(a, 1, 2) @ b).magnitude(), atol=1e-9)
    np.testing.assert_allclose(r.geodesic_distance(b, a), whole, atol=1e-12)
    for share in (0.0, 0.25, 1.0):
        between = a @ r.power(np.swapaxes(a, 1, 2) @ b, share)
        np.testing.assert_allclose(r.geodesic_distance(a, between), share * whole, atol=1e-7)
        np.testing.assert_allclose(r.geodesic_distance(between, b), (1 - share) * whole, atol=1e-7)
    shares = r.power(np.broadcast_to(r.about("Y", 1.0), (2, 3, 3)), np.array([0.5, 2.0]))
    np.testing.assert_allclose(shares, r.about("Y", np.array([0.5, 2.0])), atol=1e-12)


def test_small_distances_are_not_lost():
    assert r.geodesic_distance(np.eye(3), r.about("X", 1e-9)) == pytest.approx(1e-9, rel=1e-6)
