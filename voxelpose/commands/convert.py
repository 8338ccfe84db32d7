"""`voxelpose convert`: a saved sequence or pose in another format."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from voxelpose.errors import InputError
from voxelpose.formats.files import FORMATS, check_format, read_sequence, write_sequence
from voxelpose.formats.up import parse_gravity, up_from_angles, up_from_gravity
from voxelpose.sequence import PoseSequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0."""
    options = _parser().parse_args(argv)
    for target in options.targets:
        check_format(target)
    sequence = with_up(read_sequence(options.source), options)
    for target in options.targets:
        if Path(target).resolve() == Path(options.source).resolve():
            raise InputError(f"Expected another file than the source. Received: {target}.")
        written = write_sequence(sequence, target)
        note = f" ({written.note})" if written.note else ""
        print(f"Written: {', '.join(map(str, written.paths))}{note}")
    print(f"Up in animation files: {sequence.up_source}")
    return 0


def add_up_options(parser: argparse.ArgumentParser) -> None:
    """Add --gravity, --pitch and --roll."""
    parser.add_argument(
        "--gravity", metavar="X,Y,Z", help="which way things fall, in the camera frame (y down, z ahead)"
    )
    parser.add_argument("--pitch", type=float, metavar="DEG", help="how far the camera looks down")
    parser.add_argument("--roll", type=float, metavar="DEG", help="how far the camera is turned clockwise")


def with_up(sequence: PoseSequence, options: argparse.Namespace) -> PoseSequence:
    """The sequence with the up that the options give; itself where they give none."""
    angles = options.pitch is not None or options.roll is not None
    if options.gravity is not None and angles:
        raise InputError("Expected gravity, or pitch and roll. Received: both.")
    if options.gravity is not None:
        up = up_from_gravity(parse_gravity(options.gravity))
        return replace(sequence, up=up, up_source=f"gravity {options.gravity} given in the camera frame")
    if angles:
        pitch, roll = options.pitch or 0.0, options.roll or 0.0
        source = f"given: the camera looks down by {pitch:g} and is turned clockwise by {roll:g} degrees"
        return replace(sequence, up=up_from_angles(pitch, roll), up_source=source)
    return sequence


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voxelpose convert", description="Write a saved sequence (.npz, .json) or pose (.json) in other formats."
    )
    parser.add_argument("source", metavar="SOURCE", help="the saved file")
    parser.add_argument("targets", nargs="+", metavar="TARGET", help=f"files to write; endings: {', '.join(FORMATS)}")
    add_up_options(parser)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser
