"""`voxelpose visualize`: the interactive page of a result, figures of its volume, a viewer of a folder of results."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from voxelpose.commands.shared.options import add_network_options, add_person_options, load_estimator, sample_photograph
from voxelpose.commands.visualization.figures import write_figures, write_frame, write_sheet
from voxelpose.commands.visualization.page import write_page
from voxelpose.errors import InputError
from voxelpose.files import check_writable
from voxelpose.inference.inputs.boxes import Box, parse_box
from voxelpose.inference.inputs.images import read_image
from voxelpose.networks import presets
from voxelpose.results.pose import Pose3D

FORMATS = ("png", "svg", "pdf")
DEFAULT_PORT = 8765


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["serve"]:
        return _serve(arguments[1:])
    options = _parser().parse_args(arguments)
    if not _from_results(options):
        _stage_strip(options)
    return 0


def _from_results(options: argparse.Namespace) -> bool:
    """Write what needs stored results only, and say whether any of it was asked for."""
    chosen = [name for name in ("html", "figures", "sheet", "frame") if getattr(options, name) is not None]
    if len(chosen) > 1:
        raise InputError(
            f"Expected one of --html, --figures, --sheet, --frame at a time. Received: --{' and --'.join(chosen)}."
        )
    for name in ("truth", "picture", "volumes_at"):
        if getattr(options, name) is not None and chosen != ["html"]:
            option = name.replace("_", "-")
            raise InputError(f"Expected --html PAGE beside --{option}, which belongs to the interactive page.")
    if options.joints is not None and chosen not in (["html"], ["figures"]):
        raise InputError("Expected --html or --figures beside --joints. Without them --joint names the joint.")
    if not chosen:
        return False
    results = [_result(source, chosen[0]) for source in options.sources or [""]]
    if len(results) > 1 and chosen != ["sheet"]:
        raise InputError(f"Expected one result for --{chosen[0]}. Received: {len(results)}.")
    if options.html is not None:
        write_page(options, results[0], _picture_of, _estimator_of)
    elif options.figures is not None:
        write_figures(options, results[0], _picture_of)
    elif options.frame is not None:
        write_frame(options, results[0], _picture_of)
    else:
        write_sheet(options, results, _picture_of)
    return True


def _result(source: str, option: str) -> Path:
    if Path(source).suffix != ".json" and not (option == "html" and source.endswith(".npz")):
        video = " or a video's .npz" if option == "html" else ""
        raise InputError(
            f"Expected a result for --{option}, a .pose.json{video}. Received: {source or 'nothing'}. "
            "`voxelpose infer IMAGE --volumes` writes one."
        )
    return Path(source)


def _stage_strip(options: argparse.Namespace) -> None:
    if len(options.sources) > 1:
        raise InputError(f"Expected one picture or result. Received: {len(options.sources)}.")
    options.source = options.sources[0] if options.sources else None
    check_writable(options.out)
    picture, box, pose = _source(options)
    image = read_image(picture)
    estimator = load_estimator(options) if pose is None else _estimator_of(options, pose.model, options.source)
    joint = estimator.skeleton.index(options.joint)
    if pose is not None and pose.weights_sha256 != estimator.weights_sha256:
        print("These are not the weights that the result was made with: the volumes may differ.", file=sys.stderr)
    person = estimator.inspect(image, box)

    from voxelpose.visualization import save_figure, stage_strip

    path = Path(options.out) / f"{picture.stem}.{options.joint}.stages.png"
    save_figure(stage_strip(person.volumes, person.crop_image, person.grid, joint, options.joint), path)
    print(f"Written: {path}")


def _serve(argv: Sequence[str]) -> int:
    """Serve until Ctrl-C; returns 0."""
    options = _serve_parser().parse_args(argv)
    from voxelpose.visualization.viewer.server import open_server

    server = open_server(Path(options.folder), options.host, options.port, options.beyond_loopback)
    with server:
        host, port = server.server_address[:2]
        shown = f"[{host}]" if ":" in host else host
        print(f"Results of {options.folder}: http://{shown}:{port}/  (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Ended.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voxelpose visualize",
        description="Look into the volume: with --html the interactive page of a result, else a figure of one joint's "
        "volume at every stage, coarse to fine. `voxelpose visualize serve FOLDER` browses a folder of results.",
    )
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="IMAGE_OR_RESULT",
        help="a picture, or a .pose.json that `voxelpose infer` wrote (default: the sample photograph)",
    )
    parser.add_argument("--box", metavar="X,Y,W,H", help="where the person is: x,y,width,height in pixels")
    parser.add_argument("--joint", default="right_wrist", metavar="NAME", help="which joint (default: %(default)s)")
    parser.add_argument("--out", metavar="DIR", default="out", help="folder for the figure (default: %(default)s)")
    figures = parser.add_argument_group("figures of results, without the network")
    figures.add_argument("--figures", metavar="DIR", help="all figures of a result with stored volumes")
    figures.add_argument("--format", choices=FORMATS, default="svg", help="of --figures (default: %(default)s)")
    figures.add_argument("--sheet", metavar="FILE", help="one sheet (.png, .svg, .pdf) of the people of many results")
    figures.add_argument("--frame", metavar="FILE", help="what a result's numbers mean: box, root and axes (.png, ...)")
    page = parser.add_argument_group("the interactive page of a result with stored volumes")
    page.add_argument("--html", metavar="PAGE", help="write one self-contained HTML file")
    page.add_argument(
        "--joints",
        metavar="NAME,...",
        help="joints to show, also of --figures (default: limbs' ends)",
    )
    page.add_argument("--truth", metavar="FILE", help="true joints to overlay: a .pose.json, or a .npy (J, 3) in mm")
    page.add_argument(
        "--volumes-at", metavar="SECONDS,...", help="of a video's .npz: when to show photograph and volume, too"
    )
    page.add_argument("--picture", metavar="PNG", help="a picture of the page too, by a headless Chromium")
    add_network_options(parser)
    add_person_options(parser)
    return parser


def _serve_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voxelpose visualize serve",
        description="Browse the results below a folder, filter them by confidence, compare two models side by side.",
    )
    parser.add_argument("folder", metavar="FOLDER", help="a folder that `voxelpose infer` wrote, or several inside one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 for any free one (default: %(default)s)")
    parser.add_argument("--beyond-loopback", action="store_true", help="allow a host that other machines can reach")
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


def _estimator_of(options: argparse.Namespace, model: str, result: str):
    """The estimator that the options name, or that of the network that a result was made with."""
    if options.weights is None:
        if model not in presets.PRESETS:
            raise InputError(f"{result} was made with the network {model}: name its file of weights with --weights.")
        options.weights = model
    return load_estimator(options)


def _picture_of(pose: Pose3D, result: Path) -> Path:
    """The picture that a result names, or one of the same name beside the result."""
    if pose.image is None:
        raise InputError(f"{result} doesn't name its picture: it was made from an array. Give the picture itself.")
    named = Path(pose.image)
    beside = result.parent / named.name
    return beside if beside.is_file() and not named.is_file() else named
