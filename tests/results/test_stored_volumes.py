import json

import numpy as np
import pytest
from painted import PaintedNetwork, picture, preset

from voxelpose.errors import InputError
from voxelpose.inference.estimator import PoseEstimator
from voxelpose.results.pose import Pose3D
from voxelpose.results.stored_volumes import StoredVolumes, load_volumes, save_volumes, volumes_path


@pytest.fixture(scope="module")
def seen():
    angle = np.arange(17) / 17 * 2 * np.pi
    dots = np.stack([100 + 60 * np.cos(angle), 100 + 60 * np.sin(angle)], axis=-1)
    estimator = PoseEstimator(PaintedNetwork(np.linspace(0.4, 0.6, 17)), preset(), None, mirrored=False)
    return estimator.inspect(picture(dots, 200, 200), (20, 20, 160, 160))


def store(path, seen):
    save_volumes(path, seen.pose, StoredVolumes(seen.volumes, seen.crop, seen.grid, seen.crop_image))


def rewritten(path, **changes):
    """The file with some members replaced; header changes are given as a dict of keys, or as the whole text."""
    with np.load(path) as archive:
        members = dict(archive)
    header = changes.pop("header", {})
    if isinstance(header, dict):
        header = json.dumps(json.loads(members["header"].tobytes()) | header)
    members |= changes | {"header": np.frombuffer(header.encode(), np.uint8)}
    np.savez(path, **members)


def test_the_file_is_named_after_the_pose():
    assert volumes_path("out/a.pose.json").as_posix() == "out/a.volumes.npz"
    assert volumes_path("a.b.json").as_posix() == "a.b.volumes.npz"


def test_what_is_stored_is_read_back_exactly(seen, tmp_path):
    store(tmp_path / "a.volumes.npz", seen)
    seen.pose.save(tmp_path / "a.pose.json")
    read = load_volumes(tmp_path / "a.volumes.npz", Pose3D.load(tmp_path / "a.pose.json"))
    assert [v.shape for v in read.volumes] == [(32, 32, 17, 1), (32, 32, 17, 16)]
    for stored, original in zip(read.volumes, seen.volumes, strict=True):
        np.testing.assert_array_equal(stored, original)
    np.testing.assert_array_equal(read.crop_image, seen.crop_image)
    np.testing.assert_array_equal(read.crop.matrix, seen.crop.matrix)
    np.testing.assert_array_equal(read.crop.depth_axis, seen.crop.depth_axis)
    assert read.grid == seen.grid and read.crop.size == seen.crop.size


def test_a_result_without_volumes_says_how_to_store_them(seen, tmp_path):
    with pytest.raises(InputError, match="No volumes are stored .* `voxelpose infer IMAGE --volumes` stores them"):
        load_volumes(tmp_path / "a.volumes.npz", seen.pose)


def test_volumes_of_another_result_are_refused(seen, tmp_path):
    store(tmp_path / "a.volumes.npz", seen)
    other = seen.pose.replace(root_depth=1234.0)
    with pytest.raises(InputError, match="stored with another result"):
        load_volumes(tmp_path / "a.volumes.npz", other)


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"stage_1": np.zeros((32, 32, 17, 1), np.float32)}, "doesn't match its checksum"),
        ({"stage_1": np.zeros((31, 32, 17, 1), np.float32)}, r"shape \(32, 32, 17, 1\), float32. Received: \(31"),
        ({"stage_2": np.zeros((32, 32, 17, 16), np.int32)}, "Received: .*int32"),
        ({"stage_1": np.zeros((32, 32, 17, 99), np.float32)}, "Received: more than that"),
        ({"header": {"shapes": {"stage_1": [32, 32, 16, 1], "crop_image": [9, 9, 3]}}}, "volumes of 17 joints"),
        ({"header": {"shapes": {"stage_1": [90000, 90000, 17, 64], "crop_image": [9, 9, 3]}}}, "volumes of 17 joints"),
        ({"header": {"shapes": {"crop_image": [9, 9, 3]}}}, "Expected stages"),
        ({"header": {"schema": "other"}}, "Expected the schema"),
        ({"header": {"joint_names": ["a"]}}, "Expected volumes of the joints"),
        ({"header": {"crop_matrix": "nonsense"}}, "volumes of this result"),
        ({"header": "[]"}, "volumes of this result"),
        ({"header": "[" * 200_000}, "volumes of this result"),
        ({"stage_1": np.array([{}], object)}, "volumes of this result"),
    ],
)
def test_wrong_shape_checksum_or_content_is_refused(seen, tmp_path, changes, told):
    path = tmp_path / "a.volumes.npz"
    store(path, seen)
    rewritten(path, **changes)
    with pytest.raises(InputError, match=told) as raised:
        load_volumes(path, seen.pose)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"PK\3\4" + b[50:]])
def test_damaged_files_are_refused(seen, tmp_path, damage):
    path = tmp_path / "a.volumes.npz"
    store(path, seen)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match="a.volumes.npz"):
        load_volumes(path, seen.pose)
