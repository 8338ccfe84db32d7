"""`voxelpose infer`: photographs and videos in; poses, overlays, skeletons and volumes out."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from voxelpose.commands.inference.batch import infer_batch
from voxelpose.commands.inference.pictures import infer_pictures
from voxelpose.commands.inference.tools import Tools
from voxelpose.commands.inference.video import SMOOTHINGS, VideoChoice, infer_video, infer_webcam
from voxelpose.commands.shared.animation_options import Animation, add_animation_options
from voxelpose.commands.shared.entry import BAD_INPUT, explain
from voxelpose.commands.shared.input_options import Inputs, add_input_options
from voxelpose.commands.shared.options import (
    add_network_options,
    add_person_options,
    sample_photograph,
    sample_video,
)
from voxelpose.errors import InputError
from voxelpose.files import check_writable
from voxelpose.inference.inputs.media import Media, find_media

# A batch may go on with more pictures, or with another look at them.
_NOT_OF_THE_RESULTS = frozenset(
    {"sources", "sample", "out", "joints", "results", "smooth", "no_video", "max_frames", "format", "volumes", "debug"}
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, or 2 if any picture or video failed."""
    options = _parser().parse_args(argv)
    choice = VideoChoice(options.smooth, not options.no_video, options.max_frames)
    sources = _media(options)
    inputs = Inputs.of(options)
    animation = Animation.of(options)
    if inputs.root_depth is not None and (sources.videos or sources.webcams):
        raise InputError("Expected pictures with --root-depth, since people move. Received: a video or webcam.")
    files = [*sources.pictures, *sources.videos]
    if options.results is None:
        # Pictures and videos have results of different names: telephones keep short videos beside pictures.
        _check_names(sources.pictures)
        _check_names(sources.videos)
    elif animation.formats:
        raise InputError("Expected --results or --format. Received: both; a table of all pictures has no other form.")
    elif sources.videos or sources.webcams:
        raise InputError("Expected pictures only with --results. Received: a video or webcam.")
    if options.volumes and (options.results is not None or not sources.pictures):
        raise InputError("Expected --volumes with pictures, each of whose results is a file of its own.")
    boxes = inputs.entries(files)
    check_writable(options.out if options.results is None else Path(options.results).parent)
    tools, out = Tools(options, inputs), Path(options.out)
    if options.results is not None:
        settings = {name: value for name, value in vars(options).items() if name not in _NOT_OF_THE_RESULTS}
        return _report(infer_batch(sources.pictures, boxes, inputs, tools, Path(options.results), settings), len(files))
    failures = infer_pictures(sources.pictures, boxes, inputs, tools, out, options.joints, animation, options.volumes)
    for video in sources.videos:
        try:
            failures += infer_video(video, boxes[str(video)], inputs, tools, out, choice, animation)
        except (InputError, OSError) as error:
            failures.append(explain(error))
    for webcam in sources.webcams:
        failures += infer_webcam(webcam, inputs, tools, out, choice, animation)
    return _report(failures, len(files))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voxelpose infer",
        description="3D joints in millimetres from pictures and videos of people. "
        "Without arguments: the sample photograph.",
    )
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="picture, folder of pictures and videos, pattern such as 'in/*.jpg', video, or a webcam's number",
    )
    parser.add_argument("--sample", choices=("photograph", "video"), help="take what ships with voxelpose")
    parser.add_argument("--out", metavar="DIR", default="out", help="folder for the results (default: %(default)s)")
    parser.add_argument(
        "--results",
        metavar="FILE",
        help="instead of files for every picture, one table of all: .npz or .parquet; goes on where it was stopped",
    )
    parser.add_argument(
        "--joints", metavar="NAME,...", help="joints shown in the volume picture (default: hands, feet, head)"
    )
    parser.add_argument(
        "--min-presence",
        type=float,
        default=0.5,
        metavar="P",
        help="below this probability that a person is there, no skeleton is made up (default: %(default)s)",
    )
    parser.add_argument(
        "--volumes",
        action="store_true",
        help="store the volumes of all stages beside each picture's pose, to look into",
    )
    add_input_options(parser)
    add_animation_options(parser)
    video = parser.add_argument_group("videos and webcams")
    video.add_argument(
        "--smooth",
        choices=SMOOTHINGS,
        default="auto",
        help="over time; auto: savitzky-golay, which looks ahead, and one-euro for a webcam (default: %(default)s)",
    )
    video.add_argument("--no-video", action="store_true", help="write the sequences only, no video with the skeletons")
    video.add_argument("--max-frames", type=int, metavar="N", help="stop after so many frames")
    add_network_options(parser)
    add_person_options(parser)
    return parser


def _media(options: argparse.Namespace) -> Media:
    """What to read; a sample brings its own box if none is given."""
    if options.sources and options.sample:
        raise InputError(f"Expected sources or --sample. Received: both, {options.sources[0]} and {options.sample}.")
    if options.sources:
        # A table holds pictures only; a video that is named is refused, one in a folder is not meant.
        return find_media(options.sources, videos_of_folders=options.results is None)
    video = options.sample == "video"
    sample, box = sample_video() if video else sample_photograph()
    if options.box is options.boxes is options.detector is None:
        options.box, options.box_format = ",".join(map(str, box)), "xywh"
    if options.sample is None:
        print("No picture named: taking the sample photograph that ships with voxelpose.")
    return Media((), (sample,), ()) if video else Media((sample,), (), ())


def _check_names(files: Sequence[Path]) -> None:
    """Results are named after the pictures: two of one name would overwrite each other."""
    stems: dict[str, Path] = {}
    for file in files:
        if file.stem in stems:
            raise InputError(f"Expected pictures of different names. Received: {stems[file.stem]} and {file}.")
        stems[file.stem] = file


def _report(failures: Sequence[str], total: int) -> int:
    if failures and total > 1:
        print(f"{len(failures)} of {total} pictures failed:", file=sys.stderr)
    for sentence in failures:
        print(sentence, file=sys.stderr)
    return BAD_INPUT if failures else 0
