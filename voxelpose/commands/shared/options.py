"""What several commands share: options of network and person, and the photograph and video that ship."""

import argparse
import json
from pathlib import Path

from voxelpose.assets import verified_asset
from voxelpose.commands.shared.native_log import quiet_loading
from voxelpose.errors import InputError
from voxelpose.inference.decoding.decoders import DECODERS, SOFT_ARGMAX
from voxelpose.inference.inputs.boxes import Box
from voxelpose.inference.runtime.runtimes import AUTO, RUNTIMES
from voxelpose.skeleton import Skeleton


def add_network_options(parser: argparse.ArgumentParser) -> None:
    """Add --weights, --runtime, --no-mirror and --debug."""
    parser.add_argument(
        "--weights",
        metavar="NAME_OR_PATH",
        help="a preset's name, a weights file, or an exported network (default: the shipped one)",
    )
    parser.add_argument(
        "--runtime",
        default=AUTO,
        metavar="NAME",
        help=f"{', '.join(RUNTIMES)} (default: %(default)s, the fastest that is installed)",
    )
    parser.add_argument("--no-mirror", action="store_true", help="skip the mirrored pass: half the time, less accurate")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def add_decode_option(parser: argparse.ArgumentParser) -> None:
    """Add --decode."""
    parser.add_argument(
        "--decode",
        default=SOFT_ARGMAX,
        metavar="HOW",
        help=f"joints out of the volume: {', '.join(DECODERS)} (default: %(default)s)",
    )


def add_crops_option(parser: argparse.ArgumentParser) -> None:
    """Add --crops."""
    parser.add_argument(
        "--crops",
        type=positive_int,
        default=1,
        metavar="N",
        help="crops, turned and zoomed, averaged in the volume, 1 to 5; N times the time (default: %(default)s)",
    )


def add_person_options(parser: argparse.ArgumentParser) -> None:
    """Add --decode, --crops, --height and --limbs, which `load_estimator` reads, too."""
    add_decode_option(parser)
    add_crops_option(parser)
    parser.add_argument(
        "--height", type=float, metavar="MM", help="the person's height, which makes distances and limbs more exact"
    )
    parser.add_argument(
        "--limbs",
        metavar="NAME=MM,...",
        help="the person's own limb lengths by lower joint, such as right_knee=450,right_ankle=430",
    )


class OutFolder(argparse.Action):
    """The action of options that name a folder to write into, which need not be there yet; InputError for a file.

    (The type of an option can't say so in one sentence: argparse puts its usage before.)
    """

    def __call__(self, parser, namespace, value, option_string=None):
        if Path(value).exists() and not Path(value).is_dir():
            raise InputError(f"Expected a folder to write into. Received: {value}, which is a file.")
        setattr(namespace, self.dest, value)


def positive_int(text: str) -> int:
    """The type of options that count something."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, received {text}")
    return value


def load_estimator(options: argparse.Namespace, **settings):
    """The estimator that the options ask for; settings: further ones of PoseEstimator.from_preset."""
    from voxelpose.inference.estimator import PoseEstimator

    with quiet_loading():
        return PoseEstimator.from_preset(
            weights=options.weights,
            mirrored=not options.no_mirror,
            limb_lengths=None if options.limbs is None else parse_limbs(options.limbs),
            height=options.height,
            runtime=options.runtime,
            decode=options.decode,
            crops=options.crops,
            **settings,
        )


def chosen_joints(skeleton: Skeleton, names: str | None) -> list[int]:
    """Indices of the named joints, or of those that end a limb."""
    if names is not None:
        return [skeleton.index(name.strip()) for name in names.split(",")]
    return [j for j in range(len(skeleton)) if j not in skeleton.parents]


def parse_limbs(text: str) -> dict[str, float]:
    """Read "right_knee=450,left_knee=455" (mm); anything else is an InputError."""
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): float(length) for name, length in pairs}
    except ValueError:
        raise InputError(f"Expected limb lengths as NAME=MM,NAME=MM. Received: '{text}'.") from None


def sample_photograph() -> tuple[Path, Box]:
    """The shipped photograph and the box of the person in it."""
    facts = json.loads(verified_asset("samples/walking.json").read_text(encoding="utf-8"))
    return verified_asset(f"samples/{facts['image']}"), tuple(float(value) for value in facts["box"])


def sample_video() -> tuple[Path, Box]:
    """The shipped video and the box of the person in its first frame."""
    facts = json.loads(verified_asset("samples/walk.json").read_text(encoding="utf-8"))
    return verified_asset(f"samples/{facts['video']}"), tuple(float(value) for value in facts["box"])
