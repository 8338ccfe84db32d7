import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.results.pose import Pose3D
from voxelpose.skeleton import Skeleton
from voxelpose.visualization.figures.style import LEFT, RIGHT
from voxelpose.visualization.video import draw_frame, video_file

SIZE = (640, 480)
CAMERA = Camera.from_field_of_view(*SIZE)
STICK = Skeleton("stick", ("pelvis", "right_hand", "left_hand"), (0, 0, 0))


def person(joints=((0, 0, 3000), (-500, -500, 3000), (500, -500, 3000)), **changes):
    joints = np.asarray(joints, float)
    values = dict(
        skeleton=STICK, joints=joints, joints_2d=CAMERA.project(joints), covariance=np.zeros((3, 3, 3)),
        confidence=np.ones(3), outside_crop=np.zeros(3, bool), presence=0.9, box=(160.0, 80.0, 320.0, 320.0),
        box_source="given", camera=CAMERA, camera_source="given", root_depth=3000.0, root_depth_std=None,
        root_depth_source="given", depth_axis=np.array([0, 0, 1.0]), model="m", weights_sha256=None, image=None,
        image_size=SIZE,
    )  # fmt: skip
    return Pose3D(**(values | changes))


def grey(size=SIZE):
    return np.full((size[1], size[0], 3), 90, np.uint8)


def places(picture, colour):
    """Pixels of nearly that colour: (N, 2) x, y."""
    wanted = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    return np.argwhere((abs(picture.astype(int) - wanted) < 12).all(axis=-1))[:, ::-1]


def test_bones_lie_where_the_joints_are():
    picture = draw_frame(grey(), [(1, person())], "")[:, : SIZE[0]]
    pelvis, right, left = CAMERA.project(person().joints)
    for colour, hand in ((RIGHT[0], right), (LEFT[0], left)):
        found = places(picture, colour)
        assert len(found) > 20
        np.testing.assert_allclose(found.mean(axis=0), (pelvis + hand) / 2, atol=4)


def test_the_room_keeps_up_and_sides():
    room = draw_frame(grey(), [(1, person())], "")[:, SIZE[0] :]
    floor = int(0.8 * SIZE[1])  # the legend lies below
    right, left = (places(room[60:floor], colour).mean(axis=0) for colour in (RIGHT[0], LEFT[0]))
    assert right[0] + 10 < left[0]


def test_without_people_the_picture_stays_and_the_room_is_empty():
    empty = draw_frame(grey(), [], "")
    np.testing.assert_array_equal(empty[:, : SIZE[0]], grey())
    assert len(places(empty[: int(0.8 * SIZE[1]), SIZE[0] :], RIGHT[0])) == 0


def test_uncertain_bones_are_pale():
    sure = draw_frame(grey(), [(1, person())], "")
    unsure = draw_frame(grey(), [(1, person(confidence=np.zeros(3)))], "")
    assert len(places(unsure[:300], RIGHT[0])) == 0 < len(places(sure[:300], RIGHT[0]))


@pytest.mark.parametrize("size", [(1920, 1080), (101, 77), (720, 1280), (3, 2000)])
def test_sizes_are_even_bounded_and_the_same_for_every_frame(size):
    one, none = draw_frame(grey(size), [(1, person())], "x"), draw_frame(grey(size), [], "")
    assert one.shape == none.shape and 480 <= one.shape[0] <= 720
    assert one.shape[0] % 2 == one.shape[1] % 2 == 0


def test_joints_far_outside_and_several_people():
    far = person([[1e7, 0, 10], [0, -1e7, 20], [0, 0, 30]], joints_2d=np.array([[1e9, 0], [0, -1e9], [3, 4]]))
    draw_frame(grey(), [(1, far), (2, person())], "two")


def test_a_video_keeps_its_times(tmp_path):
    av = pytest.importorskip("av", reason="the extra `video` is not installed")
    times = [0.0, 0.04, 0.1, 0.5]
    with video_file(tmp_path / "a.mp4", 25) as file:
        for n, time in enumerate(times):
            file.write(np.full((48, 64, 3), 40 * n, np.uint8), time)
    with av.open(str(tmp_path / "a.mp4")) as container:
        frames = list(container.decode(video=0))
        assert [frame.to_ndarray(format="rgb24").mean() for frame in frames] == pytest.approx([0, 40, 80, 120], abs=3)
        np.testing.assert_allclose([frame.time for frame in frames], times, atol=1e-3)


def test_a_failure_leaves_no_video(tmp_path):
    pytest.importorskip("av", reason="the extra `video` is not installed")
    (tmp_path / "a.mp4").write_bytes(b"earlier")
    with pytest.raises(KeyboardInterrupt), video_file(tmp_path / "a.mp4", 25) as file:
        file.write(np.zeros((48, 64, 3), np.uint8), 0.0)
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"] and (tmp_path / "a.mp4").read_bytes() == b"earlier"


def test_without_the_package_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(InputError, match=r"voxelpose\[video\]"), video_file(tmp_path / "a.mp4", 25):
        pass


def test_poses_are_not_touched():
    pose = person()
    before = pose.to_dict()
    draw_frame(grey(), [(1, pose)], "")
    assert pose.to_dict() == before
