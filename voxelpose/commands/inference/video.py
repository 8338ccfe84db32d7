"""`voxelpose infer` on videos and webcams: one sequence per person, and a video with the skeletons."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxelpose.commands.inference.earlier import remove_earlier_sequences
from voxelpose.commands.inference.tools import Tools
from voxelpose.commands.shared.animation_options import Animation
from voxelpose.commands.shared.input_options import Inputs
from voxelpose.commands.shared.progress import RateProgress
from voxelpose.errors import InputError
from voxelpose.inference.inputs.boxes import Box
from voxelpose.inference.inputs.detected import NANODET, Detector, found_nobody
from voxelpose.inference.video.frames import DEFAULT_FPS, Frame, open_video, open_webcam
from voxelpose.inference.video.prefetch import read_ahead, write_behind
from voxelpose.inference.video.sequence_writer import SequenceWriter
from voxelpose.inference.video.smoothing import OnlineSmoothing, SavitzkyGolay
from voxelpose.inference.video.tracking import LOOK_EVERY, READ_AHEAD, Follower, Seen
from voxelpose.results.pose import Pose3D
from voxelpose.results.sequence import NOT_SMOOTHED, PoseSequence

if TYPE_CHECKING:
    from voxelpose.inference.estimator import PoseEstimator

SMOOTHINGS = ("auto", NOT_SMOOTHED, OnlineSmoothing.name, SavitzkyGolay.name)


@dataclass(frozen=True)
class VideoChoice:
    """smooth: one of SMOOTHINGS; overlay: whether to write a video; max_frames: where to stop, None for the end."""

    smooth: str = "auto"
    overlay: bool = True
    max_frames: int | None = None

    def __post_init__(self):
        if self.max_frames is not None and self.max_frames < 1:
            raise InputError(f"Expected at least one frame. Received: {self.max_frames}.")

    def smoothing(self, live: bool) -> str:
        """How to smooth: to look ahead is better, but a webcam's frames cannot wait."""
        if live and self.smooth == SavitzkyGolay.name:
            raise InputError(f"Expected {OnlineSmoothing.name} or none for a webcam. Received: {SavitzkyGolay.name}.")
        if self.smooth != "auto":
            return self.smooth
        return OnlineSmoothing.name if live else SavitzkyGolay.name


@dataclass(frozen=True, eq=False)
class _Run:
    """One video. name: for the caption and the results' files; live: a webcam, whose frames come only once."""

    name: str
    path: str | None
    live: bool
    fps: float
    total: int | None
    frames: Iterable[Frame]
    choice: VideoChoice
    smooth: str
    out: Path
    animation: Animation

    @property
    def overlay_path(self) -> Path:
        return self.out / f"{self.name}.overlay.mp4"


def infer_video(
    path: Path,
    boxes: Mapping[int, Sequence[Box]],
    inputs: Inputs,
    tools: Tools,
    out: Path,
    choice: VideoChoice,
    animation: Animation,
) -> list[str]:
    """Follow the people in a video; returns a sentence if the file is damaged, its sound part's results being kept, and
    one for every further file that could not be made."""
    with open_video(path) as video:
        total = video.count if choice.max_frames is None else min(video.count or choice.max_frames, choice.max_frames)
        run = _Run(
            path.stem,
            str(path.resolve()),
            False,
            video.fps,
            total,
            video,
            choice,
            choice.smoothing(live=False),
            out,
            animation,
        )
        failures = _follow(run, boxes, inputs, tools, lambda: open_video(path))
        return [*([video.fault] if video.fault else []), *failures]


def infer_webcam(
    index: int, inputs: Inputs, tools: Tools, out: Path, choice: VideoChoice, animation: Animation
) -> list[str]:
    """Follow the people before a webcam until Ctrl-C, or for max_frames; returns as `infer_video` does."""
    boxes, smooth = {0: [inputs.box]} if inputs.box else {}, choice.smoothing(live=True)
    with open_webcam(index) as frames:
        print(f"Webcam {index}: Ctrl-C ends the recording.")
        run = _Run(f"webcam{index}", None, True, DEFAULT_FPS, choice.max_frames, frames, choice, smooth, out, animation)
        return _follow(run, boxes, inputs, tools, None)


def _follow(
    run: _Run, boxes: Mapping[int, Sequence[Box]], inputs: Inputs, tools: Tools, again: Callable | None
) -> list[str]:
    smoothing = OnlineSmoothing() if run.smooth == OnlineSmoothing.name else None
    ahead = run.smooth == SavitzkyGolay.name
    interrupted = False
    # Loading is no part of the frames' rate.
    estimator = tools.estimator
    with SequenceWriter(run.fps, run.path, smoothing.name if smoothing else NOT_SMOOTHED) as writer:
        with (
            read_ahead(islice(run.frames, run.choice.max_frames), READ_AHEAD) as frames,
            _overlay(run, run.choice.overlay and not ahead) as draw,
            RateProgress(run.name, run.total, "frames") as progress,
        ):
            try:
                for tracked in _people(frames, run, boxes, inputs, estimator, tools.detector):
                    tracked = _smoothed(tracked, smoothing)
                    writer.add(tracked)
                    draw(tracked)
                    progress.step()
            except KeyboardInterrupt:
                # What has been seen so far is finished and kept.
                interrupted = True
        sequences = writer.sequences()
        if ahead:
            sequences = map(SavitzkyGolay(), sequences)
        kept, failures = _save(run, sequences, progress, tools.detector)
        if ahead and run.choice.overlay:
            _draw_afterwards(run, kept, progress.done, again)
    if run.choice.overlay:
        print(f"Written: {run.overlay_path}")
    if interrupted and not run.live:
        raise KeyboardInterrupt
    return failures


def _people(
    frames: Iterator[Frame],
    run: _Run,
    boxes: Mapping[int, Sequence[Box]],
    inputs: Inputs,
    estimator: "PoseEstimator",
    detector: Detector | None,
) -> Iterator[Seen]:
    first = next(frames, None)
    if first is None:
        raise InputError(getattr(run.frames, "fault", None) or f"Expected frames in {run.name}. Received: none.")
    height, width = first.image.shape[:2]
    camera = inputs.camera.for_image(width, height, stored=first.stored)
    look_every = LOOK_EVERY if inputs.detector == NANODET else 1
    follower = Follower(estimator, detector, boxes, camera, run.path, inputs.people, look_every)
    yield from map(follower, chain([first], frames))


def _smoothed(tracked: Seen, smoothing: OnlineSmoothing | None) -> Seen:
    if smoothing is None:
        return tracked
    return Seen(
        tracked.frame,
        tuple((n, smoothing(n, tracked.frame.time, result)) for n, result in tracked.people),
    )


def _save(
    run: _Run, sequences: Iterable[PoseSequence], progress: RateProgress, detector: Detector | None
) -> tuple[list[PoseSequence], list[str]]:
    """Write the sequences and say what they hold; they stay valid as long as the writer.

    The other result: a sentence for every further file that could not be made.
    """
    kept, paths, failures = [], [], []
    for sequence in sequences:
        path = run.out / f"{run.name}.person{sequence.track}.npz"
        sequence = run.animation.with_up(sequence)
        sequence.save(path)
        kept.append(sequence)
        paths.append(path)
        present = sequence.present
        print(
            f"{run.name}, person {sequence.track}: {present.sum()} of {len(present)} frames, "
            f"{sequence.times[0]:.2f} to {sequence.times[-1]:.2f} s (smoothing {sequence.smoothing}; "
            f"camera {sequence.camera_source}; box {sequence.box_source}). Written: {path}"
        )
        failures += run.animation.write(sequence, path.with_suffix(""))
    remove_earlier_sequences(run.out, run.name, run.path, paths)
    if not kept:
        why = "" if detector is None else f"; {found_nobody(detector)}"
        print(f"{run.name}: nobody was seen in {progress.done} frames{why}.")
    print(f"{run.name}: {progress.done} frames, {progress.rate:.1f} frames/s.", file=sys.stderr)
    return kept, failures


def _draw_afterwards(run: _Run, sequences: Sequence[PoseSequence], count: int, again: Callable) -> None:
    """Read the video once more and draw what smoothing has made of it."""
    with (
        again() as video,
        read_ahead(islice(video, count), READ_AHEAD) as frames,
        _overlay(run, True) as draw,
        RateProgress(f"{run.name}, drawing", count, "frames") as progress,
    ):
        for frame in frames:
            people = ((sequence.track, _pose_at(sequence, frame.time)) for sequence in sequences)
            draw(Seen(frame, tuple((track, pose) for track, pose in people if pose is not None)))
            progress.step()


def _pose_at(sequence: PoseSequence, time: float) -> Pose3D | None:
    n = int(np.searchsorted(sequence.times, time))
    return sequence.pose(n) if n < len(sequence) and sequence.times[n] == time else None


@contextmanager
def _overlay(run: _Run, enabled: bool) -> Iterator[Callable[[Seen], None]]:
    """A function that draws a frame and its people into the overlay video, in a thread; if not enabled, nothing."""
    if not enabled:
        yield lambda tracked: None
        return
    from voxelpose.visualization.video import draw_frame, video_file

    with video_file(run.overlay_path, run.fps) as file:

        def draw(tracked: Seen) -> None:
            people = [(number, result) for number, result in tracked.people if isinstance(result, Pose3D)]
            count = "nobody" if not people else "1 person" if len(people) == 1 else f"{len(people)} people"
            caption = f"{run.name}   {tracked.frame.time:.2f} s   {count}"
            file.write(draw_frame(tracked.frame.image, people, caption), tracked.frame.time)

        with write_behind(draw, READ_AHEAD) as put:
            yield put
