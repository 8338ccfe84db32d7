"""The authors' voxels against cells counted by hand, and files of joints that are whole, wrong or crafted."""

import h5py
import numpy as np
import pytest
from painted_people import people_of, pose, project

from voxelpose.errors import InputError
from voxelpose.evaluation.evaluate import evaluate_network
from voxelpose.evaluation.metrics.pairs import PredictedJoints
from voxelpose.evaluation.predictions.prediction_files import place_voxels, read_joints, read_voxels, write_joints
from voxelpose.evaluation.protocols.table import get_protocol
from voxelpose.skeleton import C2F17, H36M17

NEAR, STEP = -1005.1859, 1986.0458 / 64
ORDER = [H36M17.index(name) for name in C2F17.joints]


def voxels_by_hand(joints):
    """The cells, counted from 1 and left leg first, that hold the joints, and the joints at their centres in mm."""
    pixels = project(joints)
    low, high = pixels.min(0), pixels.max(0)
    side = (high - low).max() + 40
    left_top = (low + high) / 2 - side / 2
    plane = np.ceil((pixels - left_top) / side * 64)
    depth = np.ceil((joints[:, 2] - joints[0, 2] - NEAR) / STEP)
    z = joints[0, 2] + NEAR + (depth - 0.5) * STEP
    z[0] = joints[0, 2]
    x, y = (left_top + (plane - 0.5) / 64 * side - 200.0).T / 520.0
    return np.column_stack([plane, depth])[ORDER], np.column_stack([x * z, y * z, z])


def write_h5(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return path


@pytest.fixture
def poses():
    return [pose(), pose(head=250, left_knee=-120)]


def test_voxels_score_as_their_cells_do(poses, tmp_path):
    voxels, centres = map(np.stack, zip(*map(voxels_by_hand, poses), strict=True))
    people = people_of(poses)
    placed = place_voxels(read_voxels(write_h5(tmp_path / "preds.h5", preds=voxels)), people)
    report = evaluate_network(placed, {"name": "authors"}, people, get_protocol("drawn")).report
    true = np.array(poses)
    expected = np.linalg.norm((centres - centres[:, :1]) - (true - true[:, :1]), axis=-1).mean()
    assert report.scores[0].value == pytest.approx(expected, abs=0.05)
    assert 5 < expected < 25
    (floor,) = (score for score in report.cell_centres if score.metric == "mpjpe")
    assert floor.value == pytest.approx(expected, abs=0.05)  # the right cells are the floor


def test_decoding_the_roots_own_cell_shifts_the_whole_pose(poses, tmp_path):
    voxels, _ = voxels_by_hand(poses[0])
    people = people_of(poses[:1])
    zero, decoded = (
        place_voxels(voxels[None], people, how).joints_mm(np.array([3000.0])) for how in ("zero", "decoded")
    )
    # the root lies in cell 33 of 64, whose centre is NEAR + 32.5 steps = 3.35 mm behind it
    np.testing.assert_allclose(zero[0, 0, 2], 3000.0)
    np.testing.assert_allclose(decoded[0, 0, 2], 3000.0 + NEAR + 32.5 * STEP)
    np.testing.assert_allclose(decoded[0, 1:], zero[0, 1:])


def test_a_folder_of_demo_files_is_read_in_the_order_of_their_numbers(tmp_path):
    for number in (2, 10, 1):
        write_h5(tmp_path / f"valid_{number}.h5", preds3D=np.full((1, 17, 3), float(number)))
    assert read_voxels(tmp_path)[:, 0, 0].tolist() == [1, 2, 10]


def test_joints_survive_their_file(poses, tmp_path):
    joints = np.array(poses)
    write_joints(tmp_path / "a.npz", PredictedJoints(H36M17, joints, None))
    back = read_joints(tmp_path / "a.npz")
    np.testing.assert_array_equal(back.joints_mm, joints)
    assert back.pixels is None and back.skeleton.joints == H36M17.joints
    write_joints(tmp_path / "b.npz", PredictedJoints(H36M17, None, joints[..., :2]))
    np.testing.assert_array_equal(read_joints(tmp_path / "b.npz").pixels, joints[..., :2])


def test_the_name_of_a_skeleton_is_enough(tmp_path):
    np.savez(tmp_path / "a.npz", joints_2d=np.zeros((3, 14, 2)), skeleton="lsp14")
    assert read_joints(tmp_path / "a.npz").skeleton.joints[0] == "right_ankle"


@pytest.mark.parametrize(
    "arrays, told",
    [
        (dict(poses=np.zeros((1, 17, 3))), "Expected joints or joints_2d in .*a.npz. There is: poses"),
        (dict(joints=np.zeros((1, 17, 3))), "joint_names or the name of a skeleton"),
        (dict(joints=np.zeros((1, 16, 3)), skeleton="h36m17"), "joints of shape any x 17 x 3.*Received: 1 x 16 x 3"),
        (dict(joints=np.zeros((1, 17, 3)), skeleton="h36"), "a skeleton among .*Received: 'h36'"),
        (dict(joints=np.zeros((1, 2, 3)), joint_names=["head", "head"]), "distinct joint_names"),
        (
            dict(joints=np.zeros((2, 1, 3)), joints_2d=np.zeros((1, 1, 2)), joint_names=["head"]),
            r"as many joints as joints_2d.*\[2, 1\]",
        ),
        (dict(joints=np.array([[[object()] * 3]]), joint_names=["head"]), "Python objects"),
    ],
)
def test_other_archives_are_refused(tmp_path, arrays, told):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=told):
        read_joints(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "arrays, told",
    [
        (dict(joints=np.zeros((1, 17, 3))), "Expected an array preds in .*There is: joints"),
        (dict(preds=np.ones((1, 16, 3))), "preds of shape any x 17 x 3"),
        (dict(preds=np.full((1, 17, 3), np.nan)), "finite numbers in preds"),
        (dict(preds=np.full((1, 17, 3), 1200.0)), "voxels from 1 to 64 .*are these mm or pixels"),
    ],
)
def test_other_voxels_are_refused(tmp_path, arrays, told):
    with pytest.raises(InputError, match=told):
        read_voxels(write_h5(tmp_path / "a.h5", **arrays))


def test_missing_damaged_and_empty_places_are_named(tmp_path):
    (tmp_path / "a.npz").write_text("no archive")
    (tmp_path / "a.h5").write_text("no HDF5")
    (tmp_path / "empty").mkdir()
    for call, told in (
        (lambda: read_joints(tmp_path / "a.npz"), "a.npz"),
        (lambda: read_joints(tmp_path / "gone.npz"), "gone.npz"),
        (lambda: read_voxels(tmp_path / "a.h5"), "a.h5"),
        (lambda: read_voxels(tmp_path / "empty"), "There is none"),
    ):
        with pytest.raises(InputError, match=told):
            call()


def test_voxels_need_everybodys_true_joints(poses):
    people = people_of(poses)
    with pytest.raises(InputError, match="each of 2 people. Received: 1"):
        place_voxels(np.ones((1, 17, 3)), people)
    people.joints_mm[1, 3] = np.nan
    with pytest.raises(InputError, match="Received: person 1 without"):
        place_voxels(np.ones((2, 17, 3)), people)
