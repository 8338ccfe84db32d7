import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walks import SKELETON, noisy_walk, turning_person

from voxelpose.formats.bvh import zxy_angles
from voxelpose.formats.gltf import quaternions
from voxelpose.formats.rig import _shortest_turn, fit_rig, outward_joints
from voxelpose.skeleton import Skeleton

FLIP = np.array([1.0, -1.0, -1.0])  # camera frame to y up


def test_a_person_of_constant_lengths_is_met_exactly():
    joints = turning_person() * FLIP
    rig = fit_rig(joints, SKELETON)
    assert rig.residual.max() < 0.5
    lengths = np.linalg.norm(rig.offsets[1:], axis=-1)
    np.testing.assert_allclose(lengths, SKELETON.bone_lengths(joints[0]), rtol=1e-6)


def test_lengths_stay_and_the_residual_is_what_is_left():
    joints = noisy_walk() * FLIP
    rig = fit_rig(joints, SKELETON)
    lengths = SKELETON.bone_lengths(rig.positions)
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[0], lengths.shape), rtol=1e-9)
    np.testing.assert_allclose(rig.residual, np.linalg.norm(rig.positions - joints, axis=-1))
    # 25 mm of noise per axis: not much more is left than the noise itself, whose mean length is 40 mm.
    assert 10 < rig.residual.mean() < 45
    assert rig.report().startswith("constant-length skeleton fitted: joints ")


def test_the_rest_pose_is_a_t():
    rig = fit_rig(turning_person() * FLIP, SKELETON)
    offset = {name: rig.offsets[j] / max(np.linalg.norm(rig.offsets[j]), 1) for j, name in enumerate(SKELETON.joints)}
    np.testing.assert_allclose(offset["left_elbow"], [1, 0, 0])
    np.testing.assert_allclose(offset["right_wrist"], [-1, 0, 0])
    np.testing.assert_allclose(offset["right_knee"], [0, -1, 0])
    np.testing.assert_allclose(offset["head"], [0, 1, 0])
    np.testing.assert_array_equal(rig.offsets[SKELETON.root], 0)


def test_other_skeletons_keep_the_directions_they_show():
    stick = Skeleton("stick", ("base", "tip", "end"), (0, 0, 1))
    joints = np.array([[[0, 0, 0], [0, 0, 100.0], [0, 50, 100]]])
    rig = fit_rig(joints, stick)
    np.testing.assert_allclose(rig.offsets, [[0, 0, 0], [0, 0, 100], [0, 50, 0]])
    np.testing.assert_allclose(rig.positions, joints, atol=1e-9)
    assert outward_joints(stick) == [0, 1, 2]


@given(st.integers(0, 2**32 - 1))
def test_angles_and_quaternions_are_those_of_the_rotation(seed):
    generator = np.random.default_rng(seed)
    rotations = np.linalg.qr(generator.normal(size=(5, 2, 3, 3)))[0]
    rotations *= np.linalg.det(rotations)[..., None, None]

    def about(axis, angle):
        c, s, one = np.cos(angle), np.sin(angle), np.eye(3)
        u, v = (axis + 1) % 3, (axis + 2) % 3
        one[u, u], one[u, v], one[v, u], one[v, v] = c, -s, s, c
        return one

    angles, quaternion = zxy_angles(rotations), quaternions(rotations)
    for t, j in np.ndindex(5, 2):
        z, x, y = angles[t, j]
        np.testing.assert_allclose(about(2, z) @ about(0, x) @ about(1, y), rotations[t, j], atol=1e-9)
        qx, qy, qz, w = quaternion[t, j]
        cross = np.array([[0, -qz, qy], [qz, 0, -qx], [-qy, qx, 0]])
        np.testing.assert_allclose(np.eye(3) + 2 * w * cross + 2 * cross @ cross, rotations[t, j], atol=1e-9)
    assert ((quaternion[1:] * quaternion[:-1]).sum(-1) >= -1e-12).all()


@pytest.mark.parametrize("x", [np.pi / 2, -np.pi / 2])
def test_angles_where_two_axes_coincide(x):
    c, s = np.cos(0.4), np.sin(0.4)
    rotation = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array(
        [[1, 0, 0], [0, 0, -np.sin(x)], [0, np.sin(x), 0]]
    )
    np.testing.assert_allclose(zxy_angles(rotation[None, None])[0, 0], [0.4, x, 0], atol=1e-7)


def test_the_shortest_turn_of_opposite_and_equal_directions():
    a = np.array([[0, 0, 2.0], [1, 0, 0], [0, 3, 0]])
    b = np.array([[0, 0, -1.0], [2, 0, 0], [1, 0, 0]])
    turns = _shortest_turn(a, b)
    np.testing.assert_allclose(
        np.einsum("nij,nj->ni", turns, [[0, 0, 1], [1, 0, 0], [0, 1, 0]]), [[0, 0, -1], [1, 0, 0], [1, 0, 0]], atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(turns), 1)
    np.testing.assert_allclose(turns[1], np.eye(3))
