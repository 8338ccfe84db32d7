import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.inference.video.smoothing import OneEuro, OnlineSmoothing, SavitzkyGolay, savitzky_golay
from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D
from voxelpose.results.sequence import PoseSequence
from voxelpose.skeleton import Skeleton

STICK = Skeleton("stick", ("base", "tip"), (0, 0))
CAMERA = Camera.from_field_of_view(640, 480)


def pose(joints):
    joints = np.asarray(joints, float)
    return Pose3D(
        skeleton=STICK, joints=joints, joints_2d=CAMERA.project(joints), covariance=np.zeros((2, 3, 3)),
        confidence=np.ones(2), outside_crop=np.zeros(2, bool), presence=0.9, box=(0, 0, 10, 10), box_source="given",
        camera=CAMERA, camera_source="given", root_depth=joints[0, 2], root_depth_std=None, root_depth_source="given",
        depth_axis=np.array([0, 0, 1.0]), model="m", weights_sha256=None, image=None, image_size=(640, 480),
    )  # fmt: skip


NOBODY = Nobody(
    presence=0.1, threshold=0.5, box=(0, 0, 10, 10), box_source="given", model="m", weights_sha256=None, image=None,
    image_size=(640, 480),
)  # fmt: skip


def reference_one_euro(times, values, min_cutoff, beta, d_cutoff):
    """The authors' pseudo-code, one number at a time: alpha = 1 / (1 + tau / Te), tau = 1 / (2 pi fc)."""

    def alpha(cutoff, te):
        return 1.0 / (1.0 + (1.0 / (2 * math.pi * cutoff)) / te)

    x_hat, dx_hat, out = values[0], 0.0, [values[0]]
    for k in range(1, len(values)):
        te = times[k] - times[k - 1]
        dx = (values[k] - x_hat) / te
        a = alpha(d_cutoff, te)
        dx_hat = a * dx + (1 - a) * dx_hat
        a = alpha(min_cutoff + beta * abs(dx_hat), te)
        x_hat = a * values[k] + (1 - a) * x_hat
        out.append(x_hat)
    return out


@given(st.lists(st.tuples(st.floats(0.005, 0.4), st.floats(-1e4, 1e4)), min_size=1, max_size=30))
def test_one_euro_is_the_published_filter(steps):
    times = np.cumsum([step for step, _ in steps])
    values = [value for _, value in steps]
    smooth = OneEuro(1.2, 0.01, 0.9)
    received = [float(smooth(t, v)) for t, v in zip(times, values, strict=True)]
    np.testing.assert_allclose(received, reference_one_euro(times, values, 1.2, 0.01, 0.9), rtol=1e-9, atol=1e-6)


def test_one_euro_steadies_what_rests_and_follows_what_moves():
    rng = np.random.default_rng(0)
    times = np.arange(300) / 30
    noise = rng.normal(0, 10, 300)
    smooth = OneEuro()
    resting = np.array([float(smooth(t, v)) for t, v in zip(times, noise, strict=True)])
    assert resting[60:].std() < 0.55 * noise[60:].std()
    smooth = OneEuro()
    moving = np.array([float(smooth(t, 3000 * t)) for t in times])
    assert abs(moving[60:] - 3000 * times[60:]).max() < 60  # 3 m/s: less than one frame behind


def test_a_long_gap_starts_anew():
    smooth = OneEuro()
    smooth(0.0, np.array([0.0]))
    assert smooth(0.6, np.array([500.0]))[0] == 500.0


@pytest.mark.parametrize("settings", [dict(min_cutoff=0.0), dict(beta=-1.0), dict(speed_cutoff=float("nan"))])
def test_settings_that_cannot_be(settings):
    with pytest.raises(InputError, match="cutoffs above 0 Hz"):
        OnlineSmoothing(**settings)


def test_each_person_has_a_filter_and_pixels_follow():
    smooth = OnlineSmoothing(min_cutoff=1.0, beta=0.0)
    one, other = pose([[0, 0, 3000], [0, -500, 3000]]), pose([[900, 0, 4000], [900, -500, 4000]])
    assert smooth(1, 0.0, one).joints.tolist() == one.joints.tolist()
    assert smooth(2, 0.0, other).joints.tolist() == other.joints.tolist()
    assert smooth(1, 0.05, NOBODY) is NOBODY
    moved = smooth(1, 0.1, pose([[100, 0, 3100], [100, -500, 3100]]))
    share = 0.2 * math.pi / (0.2 * math.pi + 1)
    np.testing.assert_allclose(
        moved.joints, [[100 * share, 0, 3000 + 100 * share], [100 * share, -500, 3000 + 100 * share]]
    )
    np.testing.assert_allclose(moved.joints_2d, CAMERA.project(moved.joints))
    assert moved.root_depth == pytest.approx(3000 + 100 * share)


def test_the_classic_coefficients():
    # Savitzky and Golay 1964, quadratic and cubic: through 5 points over 35, through 7 points over 21.
    times = np.arange(15) / 25
    impulse = np.zeros(15)
    impulse[7] = 1.0
    five = savitzky_golay(times, impulse, 5, 2)
    np.testing.assert_allclose(five[5:10] * 35, [-3, 12, 17, 12, -3], atol=1e-9)
    seven = savitzky_golay(times, impulse, 7, 3)
    np.testing.assert_allclose(seven[4:11] * 21, [-2, 3, 6, 7, 6, 3, -2], atol=1e-9)


@given(st.lists(st.floats(0.01, 0.3), min_size=3, max_size=25), st.tuples(*[st.floats(-100, 100)] * 3))
def test_a_parabola_stays_what_it_is_at_uneven_times(steps, coefficients):
    times = np.cumsum(steps)
    values = np.polyval(coefficients, times)
    np.testing.assert_allclose(savitzky_golay(times, values, 5, 2), values, atol=1e-6 * (1 + abs(values).max()))


def test_sequences_shorter_than_the_window():
    np.testing.assert_allclose(savitzky_golay(np.array([0.0]), np.array([[7.0]]), 9, 2), [[7.0]])
    np.testing.assert_allclose(savitzky_golay(np.array([0.0, 1.0]), np.array([7.0, 9.0]), 9, 2), [7.0, 9.0])


def test_a_sequence_is_smoothed_around_its_gaps():
    rng = np.random.default_rng(0)
    poses = [pose([[n, 0, 3000 + rng.normal(0, 20)], [n, -500, 3000]]) for n in range(30)]
    poses[8] = NOBODY
    poses[15:] = [NOBODY] * 10 + [pose([[5000, 0, 9000], [5000, 1, 9000]])] * 5
    sequence = PoseSequence.from_poses(poses, np.arange(30) / 15)
    smooth = SavitzkyGolay(seconds=0.6)(sequence)
    assert smooth.present.tolist() == sequence.present.tolist()
    assert smooth.smoothing == "savitzky-golay, 11 frames, degree 2"
    # What comes after 10 missing frames (0.7 s) doesn't pull at what came before.
    assert smooth.joints[:15, 0, 0][sequence.present[:15]].max() < 15
    np.testing.assert_allclose(smooth.joints[25:, 0], [[5000, 0, 9000]] * 5)
    before, after = sequence.joints[:15, 0, 2], smooth.joints[:15, 0, 2]
    assert np.nanstd(after) < 0.7 * np.nanstd(before)
    np.testing.assert_allclose(smooth.joints_2d[0], CAMERA.project(smooth.joints[0]))


@pytest.mark.parametrize("settings", [dict(seconds=0.0), dict(seconds=float("nan")), dict(degree=-1)])
def test_windows_that_cannot_be(settings):
    with pytest.raises(InputError, match="window above 0 s"):
        SavitzkyGolay(**settings)
