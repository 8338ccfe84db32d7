"""Options for files that other programs read: in which formats, and which way is up in them."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from voxelpose.commands.shared.entry import explain
from voxelpose.errors import InputError
from voxelpose.formats.files import FORMATS, check_format, write_sequence
from voxelpose.formats.up import parse_gravity, up_from_angles, up_from_gravity
from voxelpose.results.sequence import PoseSequence

Up = tuple[tuple[float, float, float], str]


@dataclass(frozen=True)
class Animation:
    """formats: endings without the dot; up: a unit vector in the camera frame and its source, None for the camera's;
    from_start: whether files begin at the video's first frame."""

    formats: tuple[str, ...] = ()
    up: Up | None = None
    from_start: bool = False

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Animation":
        """Check the options; InputError for a format that there is not, or whose package is not."""
        formats = () if options.format is None else tuple(name.strip().lower() for name in options.format.split(","))
        for name in formats:
            check_format(f"FILE.{name}")
        return cls(formats, chosen_up(options), options.from_start)

    def with_up(self, sequence: PoseSequence) -> PoseSequence:
        """The sequence with the up that was given."""
        return with_up(sequence, self.up)

    def write(self, sequence: PoseSequence, stem: Path) -> list[str]:
        """Write the sequence as STEM.FORMAT in every format, and say so; returns a sentence for each that failed."""
        failures = []
        for name in self.formats:
            path = stem.with_name(f"{stem.name}.{name}")
            try:
                written = write_sequence(self.with_up(sequence), path, self.from_start)
            except (InputError, OSError) as error:
                failures.append(explain(error))
                continue
            print(f"Written: {', '.join(map(str, written.paths))}" + (f" ({written.note})" if written.note else ""))
        return failures


def add_animation_options(parser: argparse.ArgumentParser) -> None:
    """Add --format and the options of `add_world_options`."""
    group = parser.add_argument_group("files for other programs")
    group.add_argument("--format", metavar="NAME,...", help=f"write every person also as {', '.join(FORMATS)}")
    add_world_options(group)


def add_world_options(parser: argparse._ActionsContainer) -> None:
    """Add --gravity, --pitch, --roll and --from-start."""
    parser.add_argument(
        "--gravity", metavar="X,Y,Z", help="which way things fall, in the camera frame (y down, z ahead)"
    )
    parser.add_argument("--pitch", type=float, metavar="DEG", help="how far the camera looks down")
    parser.add_argument(
        "--from-start",
        action="store_true",
        help="begin the files at the video's first frame, not at that in which the person is seen first",
    )
    parser.add_argument("--roll", type=float, metavar="DEG", help="how far the camera is turned clockwise")


def chosen_up(options: argparse.Namespace) -> Up | None:
    """The up that the options give; None where they give none."""
    angles = options.pitch is not None or options.roll is not None
    if options.gravity is not None and angles:
        raise InputError("Expected gravity, or pitch and roll. Received: both.")
    if options.gravity is not None:
        gravity = parse_gravity(options.gravity)
        return up_from_gravity(gravity), f"gravity {options.gravity} given in the camera frame"
    if angles:
        pitch, roll = options.pitch or 0.0, options.roll or 0.0
        source = f"given: the camera looks down by {pitch:g} and is turned clockwise by {roll:g} degrees"
        return up_from_angles(pitch, roll), source
    return None


def with_up(sequence: PoseSequence, up: Up | None) -> PoseSequence:
    """The sequence with another up; itself for None."""
    return sequence if up is None else sequence.replace(up=up[0], up_source=up[1])
