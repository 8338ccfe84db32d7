"""`voxelpose visualize`: one joint's volume at every stage, coarse to fine."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from voxelpose.commands.options import add_network_options, add_person_options, load_estimator, sample_photograph
from voxelpose.errors import InputError
from voxelpose.inference.boxes import Box, parse_box
from voxelpose.inference.images import read_image
from voxelpose.networks import presets
from voxelpose.pose import Pose3D


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0."""
    options = _parser().parse_args(argv)
    picture, box, pose = _source(options)
    if options.weights is None and pose is not None:
        options.weights = _network_of(pose, options.source)
    image = read_image(picture)
    estimator = load_estimator(options)
    joint = estimator.skeleton.index(options.joint)
    if pose is not None and pose.weights_sha256 != estimator.weights_sha256:
        print("These are not the weights that the result was made with: the volumes may differ.", file=sys.stderr)
    seen = estimator.inspect(image, box)

    from voxelpose.visualization import save_figure, stage_strip

    path = Path(options.out) / f"{picture.stem}.{options.joint}.stages.png"
    save_figure(stage_strip(seen.volumes, seen.crop_image, seen.grid, joint, options.joint), path)
    print(f"Written: {path}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voxelpose visualize",
        description="One joint's volume at every stage of the network, coarse to fine.",
    )
    parser.add_argument(
        "source",
        nargs="?",
        metavar="IMAGE_OR_RESULT",
        help="a picture, or a .pose.json that `voxelpose infer` wrote (default: the sample photograph)",
    )
    parser.add_argument("--box", metavar="X,Y,W,H", help="where the person is: x,y,width,height in pixels")
    parser.add_argument("--joint", default="right_wrist", metavar="NAME", help="which joint (default: %(default)s)")
    parser.add_argument("--out", metavar="DIR", default="out", help="folder for the figure (default: %(default)s)")
    add_network_options(parser)
    add_person_options(parser)
    return parser


def _source(options: argparse.Namespace) -> tuple[Path, Box | None, Pose3D | None]:
    """The picture, the box and the earlier result, if there is one."""
    box = None if options.box is None else parse_box(options.box)
    if options.source is None:
        sample, sample_box = sample_photograph()
        return sample, box or sample_box, None
    source = Path(options.source)
    if source.suffix != ".json":
        return source, box, None
    pose = Pose3D.load(source)
    return _picture_of(pose, source), box or pose.box, pose


def _network_of(pose: Pose3D, result: str) -> str:
    if pose.model not in presets.PRESETS:
        raise InputError(f"{result} was made with the network {pose.model}: name its file of weights with --weights.")
    return pose.model


def _picture_of(pose: Pose3D, result: Path) -> Path:
    """The picture that a result names, or one of the same name beside the result."""
    if pose.image is None:
        raise InputError(f"{result} doesn't name its picture: it was made from an array. Give the picture itself.")
    named = Path(pose.image)
    beside = result.parent / named.name
    return beside if beside.is_file() and not named.is_file() else named
