import numpy as np
from walks import SKELETON, noisy_walk, turning_person

from voxelpose.formats.gltf import steady_signs
from voxelpose.formats.rig import fit_rig
from voxelpose.geometry.rotations import about, matrix_to_quaternion
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


def test_quaternions_do_not_change_sign_on_the_way():
    turning = matrix_to_quaternion(about("Y", np.linspace(0, 12, 40)))[:, None]
    steady = steady_signs(turning)
    assert ((turning[1:] * turning[:-1]).sum(-1) < 0).any() and ((steady[1:] * steady[:-1]).sum(-1) > 0.9).all()
    np.testing.assert_array_equal(np.abs(steady), np.abs(turning))
