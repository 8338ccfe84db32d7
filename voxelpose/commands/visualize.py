"""`voxelpose visualize`: the interactive page of a result, figures of its volume, a viewer of a folder of results."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from voxelpose.commands.options import add_network_options, load_estimator, sample_photograph
from voxelpose.errors import InputError
from voxelpose.inference.boxes import Box, parse_box
from voxelpose.inference.images import read_image
from voxelpose.networks import presets
from voxelpose.pose import Pose3D


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["serve"]:
        from voxelpose.commands.visualize_serve import main as serve

        return serve(arguments[1:])
    options = _parser().parse_args(arguments)
    if options.html is not None:
        from voxelpose.commands.visualize_page import write_page

        write_page(options, _picture_of)
        return 0
    _refuse_page_options(options)
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
        description="Look into the volume: with --html the interactive page of a result, else a figure of one joint's "
        "volume at every stage, coarse to fine. `voxelpose visualize serve FOLDER` browses a folder of results.",
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
    page = parser.add_argument_group("the interactive page of a result with stored volumes")
    page.add_argument("--html", metavar="PAGE", help="write one self-contained HTML file")
    page.add_argument("--joints", metavar="NAME,...", help="joints whose volume it shows first (default: limbs' ends)")
    page.add_argument("--truth", metavar="FILE", help="true joints to overlay: a .pose.json, or a .npy (J, 3) in mm")
    page.add_argument("--picture", metavar="PNG", help="a picture of the page too, by a headless Chromium")
    add_network_options(parser)
    return parser


def _refuse_page_options(options: argparse.Namespace) -> None:
    for name in ("joints", "truth", "picture"):
        if getattr(options, name) is not None:
            raise InputError(f"Expected --html PAGE beside --{name}, which belongs to the interactive page.")


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
