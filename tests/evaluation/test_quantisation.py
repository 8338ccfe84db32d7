"""The grid's own error against brute force: every cell enumerated, the nearest taken, back-projected by hand."""

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.evaluation.quantisation.error import (
    CAMERA,
    person_crop,
    placed_before_camera,
    quantisation_error,
    quantisation_errors,
    quantisation_table,
    through_grid,
)
from voxelpose.evaluation.quantisation.poses import drawn_poses, recorded_poses
from voxelpose.geometry import VoxelGrid
from voxelpose.skeleton import H36M17, MEAN_BONE_LENGTHS_MM


def brute_force(joints, depth, side):
    """(J, 3) mm after the grid; pinhole and crop formulas written out, nothing from the package."""
    focal, middle = 1145.0, 499.5
    u, v = (focal * joints[:, axis] / joints[:, 2] + middle for axis in (0, 1))
    width = max(u.max() - u.min(), v.max() - v.min()) + 40
    left, top = (u.max() + u.min() - width) / 2, (v.max() + v.min() - width) / 2
    centres = (np.arange(side) + 0.5) / side * width
    edges = np.linspace(-1005.1859, 980.8599, depth + 1)
    depths = (edges[:-1] + edges[1:]) / 2
    cell_u, cell_v, cell_z = np.meshgrid(left + centres, top + centres, depths, indexing="ij")
    step_z = edges[1] - edges[0]
    root_z = joints[0, 2]
    back = []
    for joint in range(len(joints)):
        offsets = [
            np.abs(cell_u - u[joint]) / (width / side),
            np.abs(cell_v - v[joint]) / (width / side),
            np.abs(cell_z - (joints[joint, 2] - root_z)) / step_z,
        ]
        nearest = np.sum(offsets, axis=0).argmin()
        z = root_z + (cell_z.flat[nearest] if joint else 0.0)
        back.append([(cell_u.flat[nearest] - middle) * z / focal, (cell_v.flat[nearest] - middle) * z / focal, z])
    return np.array(back)


@pytest.mark.parametrize(("depth", "side"), [(8, 64), (16, 64), (32, 64), (64, 64), (5, 12)])
def test_floor_equals_brute_force(depth, side):
    joints = placed_before_camera(drawn_poses(3, seed=depth), H36M17.root)
    grid = VoxelGrid.paper(depth, side)
    errors = []
    for pose in joints:
        expected = brute_force(pose, depth, side)
        np.testing.assert_allclose(through_grid(pose, 0, grid, person_crop(pose)), expected, atol=1e-6)
        errors.append(np.linalg.norm((expected - expected[0]) - (pose - pose[0]), axis=-1))
    floor = quantisation_error(joints, 0, grid)
    assert floor.mpjpe == pytest.approx(np.mean(errors), abs=1e-6)
    assert (floor.depth, floor.side, floor.outside) == (depth, side, 0.0)


def test_depth_error_is_that_of_a_uniform_variable():
    # the mean distance to the centre of a cell is a quarter of the cell: 1986.05 / d / 4 mm for 16 of 17 joints
    poses = drawn_poses(400)
    for floor in quantisation_errors(poses, H36M17, (32, 64)):
        assert floor.axes[2] == pytest.approx(16 / 17 * 1986.0458 / floor.depth / 4, rel=0.04)


def test_a_finer_grid_has_a_lower_floor():
    floors = quantisation_errors(drawn_poses(50), H36M17)
    errors = [floor.mpjpe for floor in floors]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 20
    assert all(floor.pa_mpjpe < floor.mpjpe for floor in floors)
    assert quantisation_table(floors).splitlines()[-1].startswith(f"| 64 | 64 | {errors[-1]:.1f} |")


def test_decoding_the_root_shifts_all_depths_by_its_own_error():
    # the paper's root lies 1005.1859 mm behind the near end: at d = 8 that is cell 4, whose centre is 111.9 mm away
    pose = placed_before_camera(drawn_poses(1), 0)[0]
    grid = VoxelGrid.paper(8)
    decoded, given = (through_grid(pose, 0, grid, person_crop(pose), decode_root=d) for d in (True, False))
    assert decoded[0, 2] - given[0, 2] == pytest.approx(4.5 / 8 * 1986.0458 - 1005.1859, abs=1e-6)
    np.testing.assert_allclose(decoded[1:], given[1:])
    floors = [quantisation_errors(drawn_poses(100), H36M17, [8], decode_root=d)[0].mpjpe for d in (True, False)]
    assert floors[0] > floors[1] + 30


def test_joints_outside_the_depth_range_are_counted():
    joints = placed_before_camera(drawn_poses(2), 0)
    joints[0, 16, 2] += 1500
    assert quantisation_error(joints, 0, VoxelGrid.paper(8)).outside == pytest.approx(1 / 34)


def test_drawn_poses_have_the_mean_limbs_and_straight_hips():
    poses = drawn_poses(20, seed=3)
    lengths = [MEAN_BONE_LENGTHS_MM[H36M17.joints[child]] for _, child in H36M17.bones]
    np.testing.assert_allclose(H36M17.bone_lengths(poses), np.tile(lengths, (20, 1)))
    hips = poses[:, H36M17.index("left_hip")] + poses[:, H36M17.index("right_hip")]
    np.testing.assert_allclose(hips, 0, atol=1e-9)
    assert np.all(CAMERA.project(placed_before_camera(poses, 0)) > 0)


def test_recorded_poses_stand_upright_and_are_not_mirrored(real_data):
    poses = recorded_poses(real_data / "poses" / "poses_cmu_asfamc.npz", 200)
    assert np.median(poses[:, H36M17.index("head"), 1]) < -400  # y is down
    hip, knee, ankle, other = (
        poses[:, H36M17.index(name)] for name in ("left_hip", "left_knee", "left_ankle", "right_hip")
    )
    forward = np.cross(hip - other, poses[:, H36M17.index("thorax")])  # left x up; mirrored it would point backwards
    assert np.mean(np.sum((knee - (hip + ankle) / 2) * forward, axis=-1) > 0) > 0.9  # knees bend forward
    errors = {floor.depth: floor.mpjpe for floor in quantisation_errors(poses, H36M17, (8, 64))}
    assert 8 < errors[64] < 25 and 50 < errors[8] < 120


def test_a_file_without_poses_is_named(tmp_path):
    path = tmp_path / "poses.npz"
    with pytest.raises(InputError, match="poses.npz"):
        recorded_poses(path, 1)
    np.savez(path, xyz=np.zeros((2, 1, 3)), joints=["pelvis"])
    with pytest.raises(InputError, match="missing joints: head, headtop"):
        recorded_poses(path, 1)
