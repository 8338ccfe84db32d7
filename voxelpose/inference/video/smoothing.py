"""Less jitter in time: the One-Euro filter for live pictures, Savitzky-Golay where the whole sequence is known."""

from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D
from voxelpose.results.sequence import PoseSequence

# A filter that remembers a pose from before a longer gap would drag the next one towards it.
LONGEST_GAP_SECONDS = 0.5


class OneEuro:
    """The One-Euro filter (Casiez, Roussel, Vogel, CHI 2012): steady when slow, without delay when fast.

    min_cutoff: Hz, at rest; beta: by how many Hz each unit of speed (mm/s here) raises the cutoff; speed_cutoff: Hz, of
    the filter on the speed. Each number of the values is filtered by itself.
    """

    def __init__(self, min_cutoff: float = 1.5, beta: float = 0.008, speed_cutoff: float = 1.0):
        if not (
            np.isfinite([min_cutoff, beta, speed_cutoff]).all() and min(min_cutoff, speed_cutoff) > 0 and beta >= 0
        ):
            raise InputError(
                "Expected cutoffs above 0 Hz and beta of at least 0. "
                f"Received: {min_cutoff}, {speed_cutoff} and {beta}."
            )
        self._min_cutoff, self._beta, self._speed_cutoff = min_cutoff, beta, speed_cutoff
        self._time: float | None = None

    def __call__(self, time: float, values: np.ndarray) -> np.ndarray:
        """The filtered values (...) at `time` in seconds, which rises from call to call."""
        values = np.asarray(values, np.float64)
        if self._time is None or time - self._time > LONGEST_GAP_SECONDS:
            self._values, self._speed = values, np.zeros_like(values)
        else:
            step = time - self._time
            share = _share(self._speed_cutoff, step)
            self._speed = self._speed + share * ((values - self._values) / step - self._speed)
            share = _share(self._min_cutoff + self._beta * np.abs(self._speed), step)
            self._values = self._values + share * (values - self._values)
        self._time = time
        return self._values


def _share(cutoff: np.ndarray, step: float) -> np.ndarray:
    """The new value's weight in a first-order low-pass of the given cutoff in Hz."""
    turn = 2 * np.pi * cutoff * step
    return turn / (turn + 1)


class OnlineSmoothing:
    """Smooths each person's joints as the frames come, by a One-Euro filter of their own."""

    name = "one-euro"

    def __init__(self, **settings: float):
        self._settings = settings
        self._filters: dict[int, OneEuro] = {}
        OneEuro(**settings)

    def __call__(self, track: int, time: float, result: Pose3D | Nobody) -> Pose3D | Nobody:
        """The result with smoothed joints; pixels and root depth follow from them."""
        if not isinstance(result, Pose3D):
            return result
        filtered = self._filters.setdefault(track, OneEuro(**self._settings))
        joints = filtered(time, result.joints)
        return result.replace(
            joints=joints,
            joints_2d=result.camera.project(joints),
            root_depth=float(joints[result.skeleton.root] @ result.depth_axis),
        )


@dataclass(frozen=True)
class SavitzkyGolay:
    """The Savitzky-Golay filter: at each frame the value of the polynomial that fits its neighbourhood best.

    seconds: length of the neighbourhood; degree: of the polynomial. On even times without gaps it is the classic filter
    (Savitzky and Golay 1964), with the first and last polynomials read at the ends. Times may be uneven; missing frames
    stay missing and take no part.
    """

    seconds: float = 0.3
    degree: int = 2

    name = "savitzky-golay"

    def __post_init__(self):
        if not (np.isfinite(self.seconds) and self.seconds > 0 and self.degree >= 0):
            raise InputError(
                f"Expected a window above 0 s and a degree from 0. Received: {self.seconds} s, {self.degree}."
            )

    def __call__(self, sequence: PoseSequence) -> PoseSequence:
        """The sequence with smoothed joints; pixels and root depth follow from them."""
        window = 2 * max(1, round(self.seconds * sequence.fps / 2)) + 1
        present = np.flatnonzero(sequence.present)
        joints = np.full(sequence.joints.shape, np.nan)
        times = np.asarray(sequence.times)[present]
        breaks = np.flatnonzero(np.diff(times) > LONGEST_GAP_SECONDS) + 1
        for part in np.split(np.arange(len(present)), breaks):
            frames = present[part]
            joints[frames] = savitzky_golay(times[part], sequence.joints[frames], window, self.degree)
        return sequence.with_joints(joints, f"{self.name}, {window} frames, degree {self.degree}")


def savitzky_golay(times: np.ndarray, values: np.ndarray, window: int, degree: int) -> np.ndarray:
    """Smooth values (T, ...) at times (T,): each by the polynomial through the `window` frames around it.

    Near the ends the window is moved inwards; a sequence shorter than it is fitted as a whole.
    """
    count = len(times)
    window = min(window, count)
    degree = min(degree, window - 1)
    smoothed = np.empty(np.shape(values))
    for t in range(count):
        start = min(max(t - window // 2, 0), count - window)
        near = slice(start, start + window)
        # Counted from the frame itself, in windows, so that the powers stay near 1 and the answer is the constant term.
        offsets = (times[near] - times[t]) / max(times[near][-1] - times[near][0], 1e-9)
        weights = np.linalg.pinv(np.vander(offsets, degree + 1, increasing=True))[0]
        smoothed[t] = np.tensordot(weights, values[near], axes=1)
    return smoothed
