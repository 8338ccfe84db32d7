"""`voxelpose visualize RESULT --html PAGE`: the interactive page of a result, and a picture of that page."""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from voxelpose.commands.visualization.video import video_moments
from voxelpose.errors import InputError
from voxelpose.files import write_text
from voxelpose.inference.inputs.images import read_image
from voxelpose.results.pose import Pose3D
from voxelpose.results.stored_volumes import load_volumes, volumes_path


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
        from voxelpose.visualization.interactive.picture import photograph_page

        photograph_page(page, Path(options.picture))
        print(f"Written: {options.picture}")


def _moments(options: argparse.Namespace, source: Path, picture_of: Callable, load: Callable) -> tuple[str, list]:
    if source.suffix == ".npz":
        if options.truth is not None:
            raise InputError(f"Expected a .pose.json with --truth. Received: {source}.")
        return video_moments(options, source, load)
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
    try:
        joints = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"Expected true joints as a .pose.json or a .npy of shape {shape}. Cannot read {path}."
        ) from error
    if not isinstance(joints, np.ndarray) or joints.shape != shape or joints.dtype.kind not in "fiu":
        received = f"{joints.dtype} of shape {joints.shape}" if isinstance(joints, np.ndarray) else "an archive"
        raise InputError(f"Expected numbers of shape {shape} in {path}, mm in the camera frame. Received: {received}.")
    if not np.isfinite(joints).all() or joints[:, 2].min() <= 0:
        raise InputError(f"Expected joints before the camera (z above 0 mm) in {path}. Received: others.")
    return joints.astype(np.float64)
