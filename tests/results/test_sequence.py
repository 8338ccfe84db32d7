import numpy as np
import pytest
from test_pose import make_pose

from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.results.sequence import CAMERA_UP_SOURCE, PoseSequence

TIMES = [0.0, 0.04, 0.08, 0.125]


def make_sequence(**changes):
    poses = [make_pose(joints=make_pose().joints + step, presence=0.5 + step / 10) for step in range(4)]
    poses[2] = None
    return PoseSequence.from_poses(poses, TIMES, source="clip.mp4", track=3).replace(**changes)


def test_poses_are_stacked_and_missing_frames_are_explicit():
    sequence = make_sequence()
    assert sequence.present.tolist() == [True, True, False, True]
    np.testing.assert_array_equal(sequence.joints[3], make_pose().joints + 3)
    for name in PoseSequence.array_leaves():
        gap = getattr(sequence, name)[2]
        if name == "outside_crop":
            assert not gap.any()
        elif name != "times":
            assert np.isnan(gap).all(), name
    np.testing.assert_allclose(sequence.presence[[0, 1, 3]], [0.5, 0.6, 0.8])
    assert sequence.fps == pytest.approx(25.0)  # the median of 0.04, 0.04 and 0.045 s
    assert sequence.track == 3 and sequence.up == (0.0, -1.0, 0.0) and sequence.up_source == CAMERA_UP_SOURCE


def test_a_frame_gives_its_pose_back():
    sequence = make_sequence()
    expected = make_pose(joints=make_pose().joints + 1, presence=0.6, image="clip.mp4")
    assert sequence.pose(1).to_dict() == expected.to_dict()
    assert sequence.pose(2) is None


def test_what_was_given_stays_given():
    poses = [make_pose(root_depth_std=None, presence=None)] * 2
    sequence = PoseSequence.from_poses(poses, [0, 1])
    assert np.isnan(sequence.root_depth_std).all() and np.isnan(sequence.presence).all()
    assert sequence.pose(0).root_depth_std is None and sequence.pose(0).presence is None
    assert sequence.source == "walking.jpg"


def test_sources_that_change_are_all_named():
    poses = [make_pose(), make_pose(box_source="found by the network"), make_pose()]
    assert PoseSequence.from_poses(poses, [0, 1, 2]).box_source == "given; found by the network"


def test_round_trip_is_exact(tmp_path):
    sequence = make_sequence(weights_sha256=None, up=(0.0, -0.8, 0.6), up_source="pitch", smoothing="one-euro")
    sequence.save(tmp_path / "a.npz")
    again = PoseSequence.load(tmp_path / "a.npz")
    for name in PoseSequence.array_leaves():
        np.testing.assert_array_equal(getattr(again, name), getattr(sequence, name))
    assert again.facts() == sequence.facts()


def test_new_joints_bring_their_pixels_and_depth():
    sequence = make_sequence()
    moved = sequence.with_joints(sequence.joints + [0, 0, 100.0], "shifted")
    np.testing.assert_allclose(moved.root_depth, (sequence.joints[:, 0, 2]) + 100)
    np.testing.assert_allclose(moved.joints_2d[1], sequence.camera.project(moved.joints[1]))
    assert moved.smoothing == "shifted" and moved.present.tolist() == sequence.present.tolist()


def test_arrays_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        make_sequence().joints[0] = 0


@pytest.mark.parametrize(
    "change, told",
    [
        (dict(times=np.array([0.0, 1.0, 1.0, 2.0])), "times in seconds that rise"),
        (dict(times=np.array([0.0, 1.0, np.nan, 2.0])), "finite times"),
        (dict(fps=0.0), "fps to be greater than 0. Received: 0.0"),
        (dict(fps=float("nan")), "fps to be a finite number. Received: nan"),
        (dict(joints=np.zeros((4, 16, 3))), r"joints of shape \(4, 17, 3\)"),
        (dict(up=(0.0, -2.0, 0.0)), "unit vector"),
    ],
)
def test_impossible_sequences(change, told):
    with pytest.raises(InputError, match=told):
        make_sequence(**change)


def test_a_frame_with_some_joints_missing():
    joints = make_sequence().joints.copy()
    joints[0, 4] = np.nan
    with pytest.raises(InputError, match="or all of them NaN"):
        make_sequence(joints=joints)


def test_nobody_at_all():
    with pytest.raises(InputError, match="at least one frame with a person"):
        PoseSequence.from_poses([None, None], [0, 1])


def test_cameras_must_not_change():
    poses = [make_pose(), make_pose(camera=Camera.from_field_of_view(640, 480, 40))]
    with pytest.raises(InputError, match="one camera"):
        PoseSequence.from_poses(poses, [0, 1])


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 broken"])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(InputError, match="Expected a voxelpose sequence in .*a.npz"):
        PoseSequence.load(tmp_path / "a.npz")


def test_truncated_files_and_other_archives(tmp_path):
    make_sequence().save(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:-200])
    np.savez(tmp_path / "c.npz", facts=np.array({"a": 1}, dtype=object))
    np.savez(tmp_path / "d.npz", joints=np.zeros(3))
    for name in "bcd":
        with pytest.raises(InputError, match=f"Expected a voxelpose sequence in .*{name}.npz"):
            PoseSequence.load(tmp_path / f"{name}.npz")
    with pytest.raises(InputError, match="No such file"):
        PoseSequence.load(tmp_path / "e.npz")


def test_facts_are_checked(tmp_path):
    make_sequence().save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as content:
        arrays = dict(content)
    facts = str(arrays["facts"])
    for old, new, told in (
        ('"unit": "mm"', '"unit": "m"', "unit to be 'mm'"),
        ('"schema_version": 2', '"schema_version": 3', "schema_version to be 1 to 2. Received: 3"),
        ('"track": 3', '"tracks": 3', "Expected track. Received: nothing"),
    ):
        assert old in facts
        np.savez(tmp_path / "b.npz", **arrays | {"facts": np.array(facts.replace(old, new))})
        with pytest.raises(InputError, match=told):
            PoseSequence.load(tmp_path / "b.npz")


def test_the_suffix_is_said(tmp_path):
    with pytest.raises(InputError, match="ends in .npz"):
        make_sequence().save(tmp_path / "a.bvh")
