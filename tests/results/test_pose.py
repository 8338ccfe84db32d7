import json

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.results.pose import Pose3D
from voxelpose.skeleton import Skeleton, get_skeleton


def make_pose(**changes):
    generator = np.random.default_rng(0)
    values = dict(
        skeleton=get_skeleton("h36m17"),
        joints=generator.normal(0, 400, (17, 3)) + [0, 0, 4000],
        joints_2d=generator.uniform(0, 480, (17, 2)),
        covariance=np.tile(np.diag([4.0, 9.0, 100.0]), (17, 1, 1)),
        confidence=generator.uniform(0, 1, 17),
        outside_crop=np.arange(17) == 3,
        presence=0.75,
        box=(10.0, 20.0, 100.0, 200.0),
        box_source="given",
        camera=Camera.from_field_of_view(640, 480),
        camera_source="assumed field of view 55 degrees",
        root_depth=4000.0,
        root_depth_std=120.5,
        root_depth_source="mean limb lengths",
        depth_axis=np.array([0.0, 0.0, 1.0]),
        model="small",
        weights_sha256="ab" * 32,
        image="walking.jpg",
        image_size=(640, 480),
    )
    return Pose3D(**(values | changes))


def test_round_trip_is_exact(tmp_path):
    pose = make_pose()
    pose.save(tmp_path / "a.pose.json")
    again = Pose3D.load(tmp_path / "a.pose.json")
    for name in ("joints", "joints_2d", "covariance", "confidence", "outside_crop", "depth_axis"):
        np.testing.assert_array_equal(getattr(again, name), getattr(pose, name))
    assert again.to_dict() == pose.to_dict()
    assert again.camera == pose.camera and again.skeleton == pose.skeleton


def test_round_trip_with_nothing_optional(tmp_path):
    pose = make_pose(presence=None, root_depth_std=None, weights_sha256=None, image=None)
    pose.save(tmp_path / "a.json")
    assert Pose3D.load(tmp_path / "a.json").to_dict() == pose.to_dict()


def test_a_joint_is_a_line_and_odd_names_survive(tmp_path):
    pose = make_pose(image='C:\\[ "a",\n  b ] {}.jpg')
    pose.save(tmp_path / "a.json")
    lines = (tmp_path / "a.json").read_text().splitlines()
    assert json.dumps(pose.joints[3].tolist()) in [line.strip().rstrip(",") for line in lines]
    assert Pose3D.load(tmp_path / "a.json").image == pose.image


def test_other_skeletons_travel_in_the_file(tmp_path):
    two = Skeleton("stick", ("base", "tip"), (0, 0))
    short = {
        k: make_pose().to_dict()[k][:2] for k in ("joints", "joints_2d", "covariance", "confidence", "outside_crop")
    }
    make_pose(skeleton=two, **short).save(tmp_path / "a.json")
    assert Pose3D.load(tmp_path / "a.json").skeleton == two


def test_the_file_says_its_unit_and_frame():
    content = make_pose().to_dict()
    assert content["unit"] == "mm"
    assert content["frame"] == "camera: x right, y down, z forward, origin at the camera centre"
    assert content["box_format"] == "x, y, width, height in pixels"


def test_std_is_the_root_of_the_variances():
    np.testing.assert_allclose(make_pose().std, np.tile([2.0, 3.0, 10.0], (17, 1)))


def test_arrays_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        make_pose().joints[0] = 0


@pytest.mark.parametrize("name, value", [("joints", np.zeros((16, 3))), ("confidence", np.zeros((17, 1)))])
def test_shapes_are_checked(name, value):
    with pytest.raises(InputError, match=f"Expected {name} of shape"):
        make_pose(**{name: value})


def test_nan_is_refused():
    joints = np.zeros((17, 3))
    joints[3, 1] = np.nan
    with pytest.raises(InputError, match="joints to hold finite numbers"):
        make_pose(joints=joints)


def changed(content, path, value):
    *parents, last = path
    inner = content
    for key in parents:
        inner = inner[key]
    if value is KeyError:
        del inner[last]
    else:
        inner[last] = value
    return content


@pytest.mark.parametrize(
    "path, value, told",
    [
        (["schema_version"], 3, "schema_version to be 1 to 2. Received: 3"),
        (["unit"], "m", "unit to be 'mm'. Received: 'm'"),
        (["schema"], KeyError, "schema to be 'voxelpose.pose'. Received: nothing"),
        (["joints"], KeyError, "Expected joints. Received: nothing"),
        (["joints", 2], [1.0, 2.0], "joints"),
        (["joints", 2, 1], "1.0", "joints to hold finite numbers only"),
        (["joints", 2, 1], float("nan"), "joints to hold finite numbers"),
        (["confidence", 0], 1.5, "between 0 and 1"),
        (["presence"], True, "Expected presence to be a finite number. Received: True"),
        (["parents", 4], 99, "parents to be joint indices"),
        (["parents", 4], 4, "one root"),
        (["joint_names", 1], "pelvis", "distinct joint names"),
        (["box"], [1, 2, 3], "Expected box"),
        (["box", 2], -3, "Expected box[2] to be greater than 0. Received: -3"),
        (["camera", "fx"], -1, "positive focal lengths"),
        (["camera", "zoom"], 1, "no further keys in camera. Received: zoom"),
        (["image_size"], [0, 5], "Expected image_size[0] to be greater than or equal to 1. Received: 0"),
        (["root_depth"], -5.0, "root_depth to be greater than 0. Received: -5.0"),
        (["colour"], "red", "no further keys. Received: colour"),
        (["outside_crop", 0], 1, "outside_crop"),
    ],
)
def test_damaged_content_is_refused(path, value, told):
    content = changed(json.loads(json.dumps(make_pose().to_dict())), path, value)
    with pytest.raises(InputError, match="a.json is not a voxelpose pose") as caught:
        Pose3D.from_dict(content, where="a.json")
    assert told in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "\x00"])
def test_files_of_another_kind(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match="a.json is not a voxelpose pose|a voxelpose pose in .*a.json"):
        Pose3D.load(tmp_path / "a.json")


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(InputError, match="Cannot read .*a.json: No such file"):
        Pose3D.load(tmp_path / "a.json")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x80")
    with pytest.raises(InputError, match="no valid JSON"):
        Pose3D.load(tmp_path / "b.json")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError):
        make_pose().save(path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
