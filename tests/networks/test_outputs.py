"""What networks emit, as objects: names, shapes, mirrored and varied crops, coordinates beside volumes."""

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.geometry import VoxelGrid
from voxelpose.networks.outputs import Coordinates, Heatmaps, NetworkOutputs, Presence, Volumes, outputs_of
from voxelpose.networks.presets import Architecture, NetworkInput, Preset

RNG = np.random.default_rng(0)


def test_stages_are_in_the_order_of_their_numbers_whatever_the_order_of_the_dict():
    shapes = {f"volume_{n}": (None, 4, 4, 2 * n) for n in (10, 2, 1, 9)} | {"presence": (None, 1)}
    outputs = NetworkOutputs.of(shapes, 2)
    assert outputs.joints.stages == ("volume_1", "volume_2", "volume_9", "volume_10")
    assert outputs.joints.grid(-900.0, 1100.0) == VoxelGrid(4, 4, 10, -900.0, 1100.0)
    assert [type(output) for output in outputs] == [Volumes, Presence]
    assert isinstance(outputs.others[0], Presence) and outputs.volumes is outputs.joints


def test_an_output_of_no_kind_and_a_network_without_joints_are_refused():
    with pytest.raises(InputError, match="among volume_N, heatmaps_N, coordinates, presence.*an output 'depth_map'"):
        NetworkOutputs.of({"depth_map": (None, 4, 4, 2)}, 2)
    with pytest.raises(InputError, match="says where joints are. Received: one of presence"):
        _ = NetworkOutputs.of({"presence": (None, 1)}, 2).joints
    with pytest.raises(InputError, match="volumes or heatmaps. Received: one of coordinates"):
        _ = NetworkOutputs.of({"coordinates": (None, 6)}, 2).volumes


def test_coordinates_are_read_mirrored_and_brought_back_from_a_turned_crop():
    output = Coordinates({"coordinates": (6,)}, 2)
    arrays = {"coordinates": np.array([[0.2, 0.3, 0.4, 0.9, 0.8, 0.7]], np.float32)}
    flipped = {"coordinates": np.array([[0.3, 0.6, 0.5, 0.6, 0.5, 0.6]], np.float32)}
    # joint 0's partner is joint 1: x of the mirrored crop counts from the other side
    mean = output.average_mirrored(arrays, flipped, (1, 0))["coordinates"]
    np.testing.assert_allclose(mean, [[0.3, 0.4, 0.5, 0.8, 0.7, 0.6]], atol=1e-6)
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])  # offsets (x, y) -> (-y, x)
    turned = {"coordinates": np.array([[0.7, 0.2, 0.4, 0.2, 0.9, 0.7]], np.float32)}
    both = output.average([arrays, turned], [np.eye(2), quarter], 1.0)["coordinates"]
    np.testing.assert_allclose(both, arrays["coordinates"], atol=1e-6)
    moments = output.moments(arrays, 1.0)
    np.testing.assert_allclose(moments.covariance[0, 1], np.eye(3) / 12, atol=1e-7)
    assert moments.confidence.tolist() == [[1, 1]] and output.grid(-1.0, 1.0).depth == 1
    beyond = {"coordinates": np.array([[0.2, -0.1, 0.4, 0.9, 0.8, 1.7]], np.float32)}
    assert output.outside(beyond).tolist() == [[True, False]]


def test_volumes_of_a_mirrored_crop_are_averaged_with_the_sides_exchanged():
    output = Volumes({"volume_1": (3, 4, 4)}, 2)
    arrays, flipped = ({"volume_1": RNG.normal(size=(1, 3, 4, 4)).astype(np.float32)} for _ in range(2))
    mean = output.average_mirrored(arrays, flipped, (1, 0))["volume_1"].reshape(3, 4, 2, 2)
    a, b = (each["volume_1"].reshape(3, 4, 2, 2) for each in (arrays, flipped))
    for row, column, joint, depth in ((0, 0, 0, 0), (2, 1, 1, 0), (1, 3, 0, 1)):
        expected = (a[row, column, joint, depth] + b[row, 3 - column, 1 - joint, depth]) / 2
        assert mean[row, column, joint, depth] == pytest.approx(expected, abs=1e-6)


def test_heatmaps_are_volumes_of_one_cell():
    outputs = NetworkOutputs.of({"heatmaps_1": (None, 8, 6, 3)}, 3)
    assert type(outputs.joints) is Heatmaps and outputs.joints.grid(-1.0, 1.0) == VoxelGrid(6, 8, 1, -1.0, 1.0)


def test_values_beside_joints_come_by_name():
    arrays = {"volume_1": np.zeros((2, 4, 4, 2), np.float32), "presence": np.array([[0.0], [2.0]], np.float32)}
    told = outputs_of(arrays, 2).values(arrays)
    assert list(told) == ["presence"]
    np.testing.assert_allclose(told["presence"], [0.5, 1 / (1 + np.exp(-2.0))])


def test_an_exported_presence_may_move_a_little_and_joints_by_millimetres():
    preset = Preset("any", Architecture(), NetworkInput(near_mm=-1000.0, far_mm=1000.0))
    ours = {"coordinates": np.full((1, 6), 0.5, np.float32), "presence": np.zeros((1, 1), np.float32)}
    theirs = {"coordinates": ours["coordinates"] + np.float32(0.001), "presence": np.full((1, 1), 0.1, np.float32)}
    joints, presence = (output.change(ours, theirs, preset, "float16") for output in outputs_of(ours, 2))
    assert joints.largest == pytest.approx(2.0 * 3**0.5, rel=1e-4) and (joints.unit, joints.allowed) == ("mm", 5.0)
    assert presence.largest == pytest.approx(0.02498, abs=1e-5) and presence.allowed == 0.02
