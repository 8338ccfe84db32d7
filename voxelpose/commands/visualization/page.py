"""`voxelpose visualize RESULT --html PAGE`: the interactive page of a picture's or a video's result.

A video's .npz gives skeletons with a time line, and volumes at chosen times.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxelpose.errors import InputError
from voxelpose.files import write_text
from voxelpose.inference.inputs.images import read_image
from voxelpose.reading.npz import read_array
from voxelpose.results.pose import Pose3D
from voxelpose.results.sequence import PoseSequence
from voxelpose.results.stored_volumes import load_volumes, volumes_path

if TYPE_CHECKING:
    from voxelpose.inference.estimator import PoseEstimator
    from voxelpose.visualization.interactive.html_page import Moment


# More frames than this are thinned evenly: a page of them would grow beyond its 3 MB.
MOST_FRAMES = 900


def write_page(options: argparse.Namespace, source: Path, picture_of: Callable, load: Callable) -> None:
    """Write the page of a result as the options ask.

    picture_of: (pose, result's path) -> the picture's path; load: (options, network, file) -> its estimator.
    """
    from voxelpose.visualization.interactive.html_page import html_page

    title, moments = _moments(options, source, picture_of, load)
    names = None if options.joints is None else [name.strip() for name in options.joints.split(",")]
    page = Path(options.html)
    write_text(page, html_page(title, moments, names))
    print(f"Written: {page} ({page.stat().st_size / 1e6:.2f} MB; open it in any browser)")
    if options.picture is not None:
        from voxelpose.visualization.interactive.browser import photograph_page

        photograph_page(page, Path(options.picture))
        print(f"Written: {options.picture}")


def _moments(options: argparse.Namespace, source: Path, picture_of: Callable, load: Callable) -> tuple[str, list]:
    if source.suffix == ".npz":
        if options.truth is not None:
            raise InputError(f"Expected a .pose.json with --truth. Received: {source}.")
        return _video_moments(options, source, load)
    if options.volumes_at is not None:
        raise InputError(f"Expected a video's .npz with --volumes-at. Received: {source}.")
    from voxelpose.visualization.interactive.html_page import Moment

    pose = Pose3D.load(source)
    for name in options.joints.split(",") if options.joints else ():
        pose.skeleton.index(name.strip())
    stored = load_volumes(volumes_path(source), pose)
    picture = picture_of(pose, source)
    truth = None if options.truth is None else read_truth(Path(options.truth), pose)
    return picture.name, [Moment(pose, image=read_image(picture), stored=stored, truth=truth)]


def read_truth(path: Path, pose: Pose3D) -> np.ndarray:
    """True joints (J, 3) in mm in the camera frame, of a .pose.json or a .npy in the skeleton's order."""
    if path.suffix == ".json":
        true = Pose3D.load(path)
        if true.joint_names != pose.joint_names:
            raise InputError(f"Expected the joints {', '.join(pose.joint_names)} in {path}. Received: others.")
        return true.joints
    shape = (len(pose.skeleton), 3)
    joints = read_array(path, f"true joints as a .pose.json or a .npy of shape {shape}")
    if joints.shape != shape or joints.dtype.kind not in "fiu":
        received = f"{joints.dtype} of shape {joints.shape}"
        raise InputError(f"Expected numbers of shape {shape} in {path}, mm in the camera frame. Received: {received}.")
    if not np.isfinite(joints).all() or joints[:, 2].min() <= 0:
        raise InputError(f"Expected joints before the camera (z above 0 mm) in {path}. Received: others.")
    return joints.astype(np.float64)


def _video_moments(
    options: argparse.Namespace, source: Path, load: Callable[[argparse.Namespace, str, str], "PoseEstimator"]
) -> tuple[str, list["Moment"]]:
    """The page's title and moments for a sequence. load: (options, the sequence's network, file) -> the estimator."""
    from voxelpose.visualization.interactive.html_page import Moment

    sequence = PoseSequence.load(source)
    for name in (options.joints or "").split(",") if options.joints else ():
        sequence.skeleton.index(name.strip())
    frames = np.flatnonzero(sequence.present)
    chosen = _frames_at(sequence, frames, parse_times(options.volumes_at)) if options.volumes_at else []
    step = -(-len(frames) // MOST_FRAMES)
    shown = sorted({*frames[::step].tolist(), *chosen})
    if step > 1:
        print(f"The page shows every {step}. of {len(frames)} frames.")
    moments = {frame: Moment(sequence.pose(frame), float(sequence.times[frame])) for frame in shown}
    if chosen:
        video = _video_of(sequence, source)
        estimator = load(options, sequence.model, str(source))
        moments |= _with_volumes(sequence, chosen, video, estimator)
    title = source.name if sequence.source is None else f"{Path(sequence.source).name}, person {sequence.track}"
    return title, [moments[frame] for frame in shown]


def parse_times(text: str) -> list[float]:
    """Read "0.5,2"; anything but finite seconds of at least 0 is an InputError."""
    try:
        times = [float(part) for part in text.split(",")]
    except ValueError:
        times = []
    if not times or not np.isfinite(times).all() or min(times) < 0:
        raise InputError(f"Expected times in seconds such as 0.5,2 for --volumes-at. Received: '{text}'.")
    return times


def _frames_at(sequence: PoseSequence, frames: np.ndarray, times: Sequence[float]) -> list[int]:
    """The frames with a person that are nearest to the times; InputError for a time beyond the sequence."""
    last = sequence.times[-1] + 1 / sequence.fps
    for time in times:
        if time > last:
            raise InputError(f"Expected times up to {last:.2f} s, the sequence's end. Received: {time:g}.")
    return sorted({int(frames[np.abs(sequence.times[frames] - time).argmin()]) for time in times})


def _video_of(sequence: PoseSequence, source: Path) -> Path:
    """The video that a sequence names, or one of the same name beside the sequence."""
    if sequence.source is None:
        raise InputError(f"{source} doesn't name its video: its frames came from arrays or a webcam.")
    named = Path(sequence.source)
    beside = source.parent / named.name
    return beside if beside.is_file() and not named.is_file() else named


def _with_volumes(
    sequence: PoseSequence, chosen: Sequence[int], video: Path, estimator: "PoseEstimator"
) -> dict[int, "Moment"]:
    from voxelpose.inference.video.frames import open_video
    from voxelpose.results.stored_volumes import StoredVolumes
    from voxelpose.visualization.interactive.html_page import Moment

    moments = {}
    with open_video(video) as frames:
        for frame in frames:
            if frame.index in chosen:
                pose = sequence.pose(frame.index)
                person = estimator.inspect(frame.image, pose.box, pose.camera, pose.root_depth)
                stored = StoredVolumes(person.volumes, person.crop, person.grid, person.crop_image)
                moments[frame.index] = Moment(pose, float(sequence.times[frame.index]), frame.image, stored)
            if len(moments) == len(chosen):
                return moments
        raise InputError(frames.fault or f"Expected {len(sequence)} frames in {video}. Received: fewer.")
