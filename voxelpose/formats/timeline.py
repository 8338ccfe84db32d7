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


def even_timeline(sequence: PoseSequence, from_start: bool = False) -> Timeline:
    """From the first frame with the person to the last, at the sequence's rate, missing frames interpolated.

    from_start: begin at the video's first frame instead; until the person comes, their first pose stands still.
    """
    known = np.flatnonzero(sequence.present)
    times, joints = sequence.times[known], in_world(sequence)[known]
    inner = sequence.times[known[0] : known[-1] + 1]
    count = int(round((times[-1] - times[0]) * sequence.fps)) + 1
    even = times[0] + np.arange(count) / sequence.fps
    resampled = len(even) != len(inner) or bool((abs(even - inner) > _EVEN / sequence.fps).any())
    wanted = even if resampled else inner
    columns = joints.reshape(len(joints), -1)
    filled = np.stack([np.interp(wanted, times, column) for column in columns.T], axis=1)
    filled, missing, start = filled.reshape(len(wanted), *joints.shape[1:]), len(inner) - len(known), float(times[0])
    before = round(start * sequence.fps) if from_start else 0
    if before:
        filled = np.concatenate([np.repeat(filled[:1], before, axis=0), filled])
        missing, start = missing + before, max(start - before / sequence.fps, 0.0)
    return Timeline(filled, sequence.fps, start, missing, resampled)


def even_points(sequence: PoseSequence) -> tuple[np.ndarray, int]:
    """Joints (T, J, 3) in mm in the world, frame n at (first + n) / fps seconds of the video, and first.

    Where the sequence's own frames lie elsewhere, joints are interpolated between neighbouring frames that both show
    the person; NaN otherwise.
    """
    times, joints, fps = np.asarray(sequence.times), in_world(sequence), sequence.fps
    first, last = round(times[0] * fps), round(times[-1] * fps)
    even = np.arange(first, last + 1) / fps
    if len(even) == len(times) and (abs(even - times) <= _EVEN / fps).all():
        return joints, first
    # Ends lie off the even times by up to half a frame.
    wanted = np.clip(even, times[0], times[-1])
    after = np.clip(np.searchsorted(times, wanted), 1, max(len(times) - 1, 1))
    if len(times) == 1:
        return np.repeat(joints, len(even), axis=0), first
    share = (wanted - times[after - 1]) / (times[after] - times[after - 1])
    # A frame that is met exactly needs no neighbour.
    one, two = joints[after - 1], joints[after]
    share = share[:, None, None]
    return np.where(share <= 0, one, np.where(share >= 1, two, one + share * (two - one))), first


def from_video_start(sequence: PoseSequence) -> PoseSequence:
    """The sequence with missing frames before it, so that its first is the video's."""
    before = round(float(sequence.times[0]) * sequence.fps)
    if not before:
        return sequence
    arrays = {}
    for name in sequence.array_leaves():
        values = getattr(sequence, name)
        empty = np.zeros((before, *values.shape[1:]), values.dtype)
        arrays[name] = np.concatenate([empty if values.dtype == bool else np.full_like(empty, np.nan), values])
    start = max(float(sequence.times[0]) - before / sequence.fps, 0.0)
    arrays["times"][:before] = start + (sequence.times[0] - start) * np.arange(before) / before
    return sequence.replace(**arrays)
