"""`voxelpose visualize RESULT --figures DIR`, `--frame FILE` and `RESULT ... --sheet FILE`, without a network."""

import argparse
from pathlib import Path

from voxelpose.commands.shared.options import chosen_joints
from voxelpose.inference.inputs.images import read_image
from voxelpose.results.pose import Pose3D
from voxelpose.results.stored_volumes import load_volumes, volumes_path


def write_figures(options: argparse.Namespace, source: Path, picture_of) -> None:
    """All figures of a result with stored volumes, NAME.overlay, .skeleton, .volume, .stages and .uncertainty."""
    pose = Pose3D.load(source)
    joints = chosen_joints(pose.skeleton, options.joints)
    stages_of = pose.skeleton.index(options.joint)
    stored = load_volumes(volumes_path(source), pose)
    image = read_image(picture_of(pose, source))
    from voxelpose.visualization import (
        overlay,
        save_figure,
        skeleton_views,
        stage_strip,
        uncertainty,
        volume_projections,
    )

    finest = stored.volumes[-1]
    figures = {
        "overlay": overlay(pose, image),
        "skeleton": skeleton_views(pose),
        "volume": volume_projections(finest, stored.crop_image, stored.grid, joints, pose.joint_names),
        "stages": stage_strip(stored.volumes, stored.crop_image, stored.grid, stages_of, options.joint),
        "uncertainty": uncertainty(pose),
    }
    stem = source.name.removesuffix(".json").removesuffix(".pose")
    for name, figure in figures.items():
        path = Path(options.figures) / f"{stem}.{name}.{options.format}"
        save_figure(figure, path)
        print(f"Written: {path}")


def write_sheet(options: argparse.Namespace, sources: list[Path], picture_of) -> None:
    """One sheet of all the results' people."""
    poses = [Pose3D.load(source) for source in sources]
    images = [read_image(picture_of(pose, source)) for pose, source in zip(poses, sources, strict=True)]
    from voxelpose.visualization import pose_sheet, save_figure

    titles = [source.name.removesuffix(".json").removesuffix(".pose") for source in sources]
    save_figure(pose_sheet(poses, images, titles), options.sheet)
    print(f"Written: {options.sheet}")


def write_frame(options: argparse.Namespace, source: Path, picture_of) -> None:
    """Box, root, camera and axes of one result."""
    pose = Pose3D.load(source)
    image = read_image(picture_of(pose, source))
    from voxelpose.visualization import result_frame, save_figure

    save_figure(result_frame(pose, image), options.frame)
    print(f"Written: {options.frame}")
