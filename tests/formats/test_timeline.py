import numpy as np
import pytest
from walks import sequence, turning_person

from voxelpose.errors import InputError
from voxelpose.formats.timeline import even_points, even_timeline, from_video_start
from voxelpose.formats.up import up_from_angles, up_from_gravity, world_rotation


def test_the_cameras_own_up_is_half_a_turn_about_x():
    np.testing.assert_allclose(world_rotation((0, -1, 0)) @ [1, 2, 3], [1, -2, -3])


@pytest.mark.parametrize("up", [(0.3, -0.9, 0.1), (0, 0, -1), (0, 0, 1), (1, 0, 0), (0, 1, 0)])
def test_the_world_is_a_rotation_with_up_along_y(up):
    rotation = world_rotation(up)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)
    np.testing.assert_allclose(rotation @ up, [0, np.linalg.norm(up), 0], atol=1e-12)


def test_a_camera_that_looks_down_sees_up_lean_towards_it():
    np.testing.assert_allclose(up_from_angles(0, 0), [0, -1, 0], atol=1e-12)
    # Straight down, the head of somebody who stands there is nearer: up points from the ground to the camera.
    np.testing.assert_allclose(up_from_angles(90, 0), [0, 0, -1], atol=1e-12)
    # A camera that lies on its right side shows a standing person's head on the left.
    np.testing.assert_allclose(up_from_angles(0, 90), [-1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(up_from_gravity((0, 9.81, 0)), [0, -1, 0])


@pytest.mark.parametrize("gravity", [(0, 0, 0), (0, float("nan"), 1), (1, 2)])
def test_no_gravity(gravity):
    with pytest.raises(InputError, match="three finite numbers"):
        up_from_gravity(gravity)


def test_even_frames_stay_and_holes_are_bridged():
    joints = turning_person()
    line = even_timeline(sequence(joints, missing=(0, 7, 8)))
    assert line.start == pytest.approx(1 / 25) and line.filled == 2 and not line.resampled
    up = joints * [1, -1, -1]
    np.testing.assert_allclose(np.delete(line.joints, (6, 7), axis=0), np.delete(up, (0, 7, 8), axis=0))
    np.testing.assert_allclose(line.joints[6], (2 * up[6] + up[9]) / 3)


def test_uneven_frames_are_resampled():
    times = np.array([0.0, 0.1, 0.2, 0.5])
    joints = np.zeros((4, 17, 3)) + times[:, None, None] * 100 + [0, 0, 3000]
    line = even_timeline(sequence(joints, times=times, fps=10.0))
    assert line.resampled and line.joints.shape == (6, 17, 3)
    np.testing.assert_allclose(line.joints[:, 0, 0], [0, 10, 20, 30, 40, 50])


UNEVEN = np.cumsum([1.0, *np.tile([0.02, 0.06], 15)])[:30]


def test_points_lie_at_their_times_in_the_video():
    joints = turning_person()
    # Even times that start late are frames of the video already.
    points, first = even_points(sequence(joints, times=1.2 + np.arange(30) / 25))
    assert first == 30 and len(points) == 30
    # Uneven ones are interpolated at the video's rate: what moves evenly in time stays where it is at each time.
    line = np.arange(30)[:, None, None] * 0 + 1000 * UNEVEN[:, None, None] + np.zeros((30, 17, 3))
    walk = sequence(line + [0, 0, 5000], times=UNEVEN, missing=(10,))
    points, first = even_points(walk)
    assert first == 25 and len(points) == round(UNEVEN[-1] * 25) - 24
    at = np.clip((first + np.arange(len(points))) / 25, UNEVEN[0], UNEVEN[-1])
    missing = (at > UNEVEN[9] + 1e-9) & (at < UNEVEN[11] - 1e-9)
    assert np.isnan(points[missing]).all() and missing.any()
    np.testing.assert_allclose(points[~missing][:, 0, 0], 1000 * at[~missing], atol=1e-6)


def test_a_sequence_from_the_videos_start_misses_the_person_at_first():
    late = sequence(times=0.48 + np.arange(30) / 25)
    whole = from_video_start(late)
    assert len(whole) == 42 and whole.present.tolist() == [False] * 12 + [True] * 30
    np.testing.assert_allclose(whole.times, np.arange(42) / 25, atol=1e-9)
    np.testing.assert_array_equal(whole.joints[12:], late.joints)
    assert from_video_start(sequence()).times[0] == 0 and len(from_video_start(sequence())) == 30
    line = even_timeline(late, from_start=True)
    assert line.start == pytest.approx(0) and len(line.joints) == 42 and line.filled == 12
    assert (line.joints[:12] == line.joints[12]).all()
