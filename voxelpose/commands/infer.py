"""`voxelpose infer`: photographs in; pose files, overlays, skeletons and volumes out."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from voxelpose.cli import BAD_INPUT, explain
from voxelpose.commands.options import add_network_options, load_estimator, sample_photograph
from voxelpose.errors import InputError
from voxelpose.inference.boxes import Box, check_box, parse_box
from voxelpose.inference.images import read_image
from voxelpose.pose import Pose3D
from voxelpose.skeleton import Skeleton

if TYPE_CHECKING:
    from voxelpose.inference.estimator import PoseEstimator

ENDINGS = (".pose.json", ".overlay.png", ".skeleton.png", ".volume.png")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, or 2 if any picture failed."""
    options = _parser().parse_args(argv)
    box = None if options.box is None else parse_box(options.box)
    pictures = [Path(name) for name in options.images]
    if not pictures:
        sample, sample_box = sample_photograph()
        pictures, box = [sample], box or sample_box
        print("No picture named: taking the sample photograph that ships with voxelpose.")
    _check_names(pictures)
    failures = []
    work = None
    for picture in pictures:
        try:
            image = _read(picture, box)
        except InputError as error:
            failures.append(str(error))
            continue
        # The network loads for the first sound picture: a mistyped name is answered at once.
        work = work or _Work.of(options)
        try:
            pose = work(picture, image, box)
        except (InputError, OSError) as error:
            failures.append(explain(error) if isinstance(error, OSError) else str(error))
            continue
        _show(picture, pose, work.out)
    return _report(failures, len(pictures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voxelpose infer",
        description="3D joints in millimetres from photographs of a person. Without arguments: the sample photograph.",
    )
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="picture files")
    parser.add_argument("--box", metavar="X,Y,W,H", help="where the person is: x,y,width,height in pixels")
    parser.add_argument("--out", metavar="DIR", default="out", help="folder for the results (default: %(default)s)")
    parser.add_argument(
        "--joints", metavar="NAME,...", help="joints shown in the volume picture (default: hands, feet, head)"
    )
    add_network_options(parser)
    return parser


def _check_names(pictures: Sequence[Path]) -> None:
    """Results are named after the pictures: two of one name would overwrite each other."""
    seen: dict[str, Path] = {}
    for picture in pictures:
        if picture.stem in seen:
            raise InputError(f"Expected pictures of different names. Received: {seen[picture.stem]} and {picture}.")
        seen[picture.stem] = picture


def _read(picture: Path, box: Box | None) -> np.ndarray:
    image = read_image(picture)
    if box is not None:
        check_box(box, image.shape[1], image.shape[0])
    return image


@dataclass(frozen=True, eq=False)
class _Work:
    """What is done with every picture. joints: those shown in the volume figure."""

    estimator: "PoseEstimator"
    joints: Sequence[int]
    out: Path

    @classmethod
    def of(cls, options: argparse.Namespace) -> "_Work":
        estimator = load_estimator(options)
        return cls(estimator, _chosen_joints(estimator.skeleton, options.joints), Path(options.out))

    def __call__(self, picture: Path, image: np.ndarray, box: Box | None) -> Pose3D:
        from voxelpose.visualization import overlay, save_figure, skeleton_views, volume_projections

        seen = self.estimator.inspect(image, box, image_name=str(picture.resolve()))
        figures = (
            overlay(seen.pose, image),
            skeleton_views(seen.pose),
            volume_projections(seen.volumes[-1], seen.crop_image, seen.grid, self.joints, seen.pose.joint_names),
        )
        for figure, ending in zip(figures, ENDINGS[1:], strict=True):
            save_figure(figure, self.out / (picture.stem + ending))
        seen.pose.save(self.out / (picture.stem + ENDINGS[0]))
        return seen.pose


def _chosen_joints(skeleton: Skeleton, names: str | None) -> list[int]:
    """Indices of the named joints, or of those that end a limb."""
    if names is not None:
        return [skeleton.index(name.strip()) for name in names.split(",")]
    return [j for j in range(len(skeleton)) if j not in skeleton.parents]


def _show(picture: Path, pose: Pose3D, out: Path) -> None:
    print(_summary(picture, pose))
    Console().print(_table(pose))
    print(f"Joints in {pose.unit}, frame {pose.frame}")
    print(f"Written: {out / picture.stem}" + "{" + ",".join(ENDINGS) + "}")


def _summary(picture: Path, pose: Pose3D) -> str:
    spread = "" if pose.root_depth_std is None else f" +- {pose.root_depth_std / 1000:.2f}"
    presence = "" if pose.presence is None else f", a person is there with probability {pose.presence:.2f}"
    return (
        f"{picture.name}: {pose.joint_names[pose.skeleton.root]} {pose.root_depth / 1000:.2f}{spread} m away "
        f"({pose.root_depth_source}; camera {pose.camera_source}; model {pose.model}){presence}"
    )


def _table(pose: Pose3D) -> Table:
    table = Table(box=SIMPLE)
    table.add_column("joint", no_wrap=True)
    for column in ("x mm", "y mm", "z mm", "std mm", "confidence", "in the crop"):
        table.add_column(column, justify="right", no_wrap=True)
    spread = np.sqrt((pose.std**2).sum(axis=1))
    for joint, name in enumerate(pose.joint_names):
        numbers = [f"{value:.0f}" for value in (*pose.joints[joint], spread[joint])]
        where = "at the edge" if pose.outside_crop[joint] else "inside"
        table.add_row(name, *numbers, f"{pose.confidence[joint]:.2f}", where)
    return table


def _report(failures: Sequence[str], total: int) -> int:
    if failures and total > 1:
        print(f"{len(failures)} of {total} pictures failed:", file=sys.stderr)
    for sentence in failures:
        print(sentence, file=sys.stderr)
    return BAD_INPUT if failures else 0
