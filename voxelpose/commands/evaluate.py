"""`voxelpose evaluate`: errors of a network or of predictions, with everything that says how they were measured."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from voxelpose.commands.shared.options import add_crops_option, add_decode_option, add_network_options, positive_int
from voxelpose.errors import InputError
from voxelpose.files import check_writable
from voxelpose.inference.decoding.decoders import DECODERS, check_decoder
from voxelpose.inference.decoding.test_time_augmentation import chosen_variations

_DATA = (
    "a prepared store, a folder of drawn people, a packed LSPET, or people-v1: the test part of that benchmark, which "
    "is drawn into the output folder first"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    others = {"compare": _compare, "calibrate": _calibrate, "protocols": _protocols, "decoders": _decoders}
    if arguments and arguments[0] in others:
        return others[arguments[0]](arguments[1:])
    return _evaluate(arguments)


def _evaluate(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="voxelpose evaluate",
        description="Errors of a network or of predictions by a named protocol. Also: `evaluate protocols` lists the "
        "protocols, `evaluate compare A B` puts two reports side by side, `evaluate calibrate` fits the "
        "temperature and covariance scale of weights, `evaluate decoders` compares ways to decode; each with --help.",
    )
    _add_data(parser, nargs="+")
    parser.add_argument("--protocol", metavar="NAME", help="how to measure (default: the first that fits the data)")
    parser.add_argument(
        "--predictions",
        metavar="FILE",
        help="score these instead of a network: an .npz with joints (N, J, 3) in mm or joints_2d (N, J, 2) in pixels, "
        "and joint_names; or the authors' preds or preds3D (.h5, or a folder of them)",
    )
    parser.add_argument(
        "--root-z",
        choices=("zero", "decoded"),
        default="zero",
        help="depth of the root in the authors' voxels: 0 by definition, or its cell's centre as in the released code",
    )
    parser.add_argument("--per-joint", action="store_true", help="show means per subject, action, joint and limb, too")
    parser.add_argument("--worst", type=int, default=20, metavar="N", help="draw the N worst people (default: 20)")
    parser.add_argument("--save-joints", metavar="FILE", help="write the scored joints to an .npz, too")
    add_network_options(parser)
    add_decode_option(parser)
    add_crops_option(parser)
    options = parser.parse_args(arguments)
    check_decoder(options.decode)
    chosen_variations(options.crops)
    if len(options.data) > 1 and (options.predictions or options.save_joints):
        raise InputError(
            f"Expected one --data with --predictions or --save-joints. Received: {', '.join(options.data)}."
        )
    check_writable(options.out)
    if options.save_joints is not None:
        check_writable(Path(options.save_joints).parent)
    from voxelpose.commands.evaluation.output import show, write
    from voxelpose.commands.evaluation.scoring import evaluate

    for evaluation in evaluate(options):
        show(evaluation.report, options.per_joint)
        write(evaluation, Path(options.out), max(options.worst, 0))
        if options.save_joints is not None:
            from voxelpose.evaluation.predictions.prediction_files import write_joints

            write_joints(options.save_joints, evaluation.predicted)
    return 0


def _compare(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="voxelpose evaluate compare", description="Two reports side by side.")
    parser.add_argument("first", metavar="A.json")
    parser.add_argument("second", metavar="B.json")
    parser.add_argument("--across-protocols", action="store_true", help="compare although the protocols differ")
    options = parser.parse_args(arguments)
    from voxelpose.commands.evaluation.output import print_table
    from voxelpose.evaluation.reports.comparison import COLUMNS, compare, data_differences, differences
    from voxelpose.evaluation.reports.report import Report

    first, second = Report.load(options.first), Report.load(options.second)
    rows = compare(first, second, options.across_protocols)
    for name, report in (("first", first), ("second", second)):
        print(f"{name}: {report.predictor['name']} on {report.data['name']}, protocol {report.protocol['name']}")
    for difference in (*differences(first, second), *data_differences(first, second)):
        print(f"They differ in the {difference}.", file=sys.stderr)
    print_table(COLUMNS, rows)
    return 0


def _decoders(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="voxelpose evaluate decoders", description="The ways to read joints from a volume, side by side."
    )
    _add_data(parser, nargs="+")
    add_network_options(parser)
    add_crops_option(parser)
    options = parser.parse_args(arguments)
    chosen_variations(options.crops)
    from voxelpose.commands.evaluation.output import print_table
    from voxelpose.commands.evaluation.scoring import decoders

    print_table(("data", "metric", *DECODERS), list(decoders(options)))
    return 0


def _calibrate(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="voxelpose evaluate calibrate",
        description="Fit, on validation data with joints in mm, the temperature under which the truth is likeliest and "
        "the scale of the covariance with which 68%% of the errors lie within one standard deviation.",
    )
    _add_data(parser)
    parser.add_argument("--temperature", type=float, metavar="T", help="keep this one, fit the covariance alone")
    parser.add_argument("--write", action="store_true", help="put both into the file of weights")
    add_network_options(parser)
    options = parser.parse_args(arguments)
    from voxelpose.commands.evaluation.output import print_table
    from voxelpose.commands.evaluation.scoring import calibrate

    rows, found, written = calibrate(options)
    if rows:
        print_table(("temperature", "negative log likelihood", "mean error, fractions of the grid"), rows)
    scale = ", ".join(f"{value:g}" for value in found.covariance_scale)
    print(f"temperature {found.temperature:g}, covariance scale {scale} along x, y, z")
    if written is not None:
        print(f"Written to {written}. What was exported of it before is to be exported again.")
    return 0


def _protocols(arguments: Sequence[str]) -> int:
    argparse.ArgumentParser(prog="voxelpose evaluate protocols", description="List the protocols.").parse_args(
        arguments
    )
    from voxelpose.commands.evaluation.output import print_table
    from voxelpose.evaluation.protocols.table import PROTOCOLS

    rows = [(p.name, ", ".join(p.datasets) or "any", p.metrics[0], p.about) for p in PROTOCOLS.values()]
    print_table(("protocol", "data", "headline", "about"), rows, words=True)
    return 0


def _add_data(parser: argparse.ArgumentParser, nargs: str | None = None) -> None:
    parser.add_argument("--data", required=True, nargs=nargs, metavar="PATH", help=_DATA)
    parser.add_argument("--limit", type=positive_int, metavar="N", help="only the first N records")
    parser.add_argument("--out", default="out", metavar="DIR", help="folder for what is written (default: %(default)s)")
