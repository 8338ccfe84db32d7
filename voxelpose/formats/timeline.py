"""Even frames without holes, which animation files need, out of a sequence that may have neither."""

from dataclasses import dataclass

import numpy as np

from voxelpose.formats.up import world_rotation
from voxelpose.results.sequence import PoseSequence

# Times that are off by less than this part of a frame are even.
_EVEN = 0.05


@dataclass(frozen=True, eq=False)
class Timeline:
    """joints: (T, J, 3) mm in the world of animation files; fps; start: seconds of the first frame; filled: how many
    frames had no person and were interpolated; resampled: whether the frames' times had to be made even."""

    joints: np.ndarray
    fps: float
    start: float
    filled: int
    resampled: bool


def in_world(sequence: PoseSequence) -> np.ndarray:
    """Joints (T, J, 3) in mm, y up, NaN where the person is missing."""
    return sequence.joints @ world_rotation(sequence.up).T


def even_timeline(sequence: PoseSequence) -> Timeline:
    """From the first frame with the person to the last, at the sequence's rate, missing frames interpolated."""
    known = np.flatnonzero(sequence.present)
    times, joints = sequence.times[known], in_world(sequence)[known]
    inner = sequence.times[known[0] : known[-1] + 1]
    count = int(round((times[-1] - times[0]) * sequence.fps)) + 1
    even = times[0] + np.arange(count) / sequence.fps
    resampled = len(even) != len(inner) or bool((abs(even - inner) > _EVEN / sequence.fps).any())
    wanted = even if resampled else inner
    columns = joints.reshape(len(joints), -1)
    filled = np.stack([np.interp(wanted, times, column) for column in columns.T], axis=1)
    missing = len(inner) - len(known)
    return Timeline(filled.reshape(len(wanted), *joints.shape[1:]), sequence.fps, float(times[0]), missing, resampled)
