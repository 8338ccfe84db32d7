"""`voxelpose convert`: a saved sequence or pose in another format."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from voxelpose.commands.shared.animation_options import add_world_options, chosen_up, with_up
from voxelpose.errors import InputError
from voxelpose.formats.files import FORMATS, check_format, read_sequence, write_sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0."""
    options = _parser().parse_args(argv)
    for target in options.targets:
        check_format(target)
    up = chosen_up(options)
    sequence = with_up(read_sequence(options.source), up)
    for target in options.targets:
        if Path(target).resolve() == Path(options.source).resolve():
            raise InputError(f"Expected another file than the source. Received: {target}.")
        written = write_sequence(sequence, target, options.from_start)
        note = f" ({written.note})" if written.note else ""
        print(f"Written: {', '.join(map(str, written.paths))}{note}")
    print(f"Up in animation files: {sequence.up_source}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voxelpose convert", description="Write a saved sequence (.npz, .json) or pose (.json) in other formats."
    )
    parser.add_argument("source", metavar="SOURCE", help="the saved file")
    parser.add_argument("targets", nargs="+", metavar="TARGET", help=f"files to write; endings: {', '.join(FORMATS)}")
    add_world_options(parser)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser
