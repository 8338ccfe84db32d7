"""`voxelpose export`: a network as files for other runtimes, each compared with the original before it is kept."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from voxelpose.commands.shared.native_log import quiet_loading, quiet_tensorflow
from voxelpose.commands.shared.options import positive_int, sample_photograph
from voxelpose.export.writers import INT8, TARGETS, parse_target
from voxelpose.files import check_writable
from voxelpose.inference.inputs.boxes import Box, whole_image
from voxelpose.inference.inputs.images import read_image


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0. A target that differs too much ends it, those written before it are kept."""
    options = _parser().parse_args(argv)
    targets = [parse_target(text) for text in options.targets]
    pictures = _pictures(options.images)
    check_writable(options.out)
    quiet_tensorflow()
    from voxelpose.export.run import make_exporter

    integers = any(precision == INT8 for _, precision in targets)
    exporter, stem = make_exporter(options.weights, pictures, options.crops, integers)
    folder = Path(options.out)
    table = Table(box=SIMPLE)
    for column in ("file", "largest mm", "mean mm", "ms", "original ms", "MB"):
        table.add_column(column, justify="left" if column == "file" else "right")
    try:
        for target, precision in targets:
            print(f"Writing {target.kind} in {precision} and comparing it", file=sys.stderr, flush=True)
            with quiet_loading():
                path, found = exporter.write(target, precision, folder, stem, options.bound_mm)
            figures = (found.joints.largest, found.joints.mean, found.exported_ms, found.original_ms, found.size / 1e6)
            formats = (".4f", ".4f", ".1f", ".1f", ".2f")
            table.add_row(Text(path.name), *(format(value, f) for value, f in zip(figures, formats, strict=True)))
    finally:
        if table.row_count:
            print(f"Joints of {len(exporter.crops)} crops beside the original in TensorFlow, one crop at a time:")
            Console().print(table)
            print(f"Written: {folder}")
    return 0


def _parser() -> argparse.ArgumentParser:
    known = ", ".join(f"{t.kind}:{p}" for t in TARGETS.values() for p in t.precisions)
    parser = argparse.ArgumentParser(
        prog="voxelpose export",
        description="Write a network for other runtimes. Every file is run beside the original on crops of "
        "photographs, and kept only if no joint moves by more than the bound.",
    )
    parser.add_argument("targets", nargs="+", metavar="TARGET", help=f"what to write: {known} (float32 if not said)")
    parser.add_argument(
        "--weights", metavar="NAME_OR_PATH", help="a preset's name or a file (default: the shipped one)"
    )
    parser.add_argument("--out", default="exported", metavar="DIR", help="folder for the files (default: %(default)s)")
    parser.add_argument(
        "--bound-mm",
        type=_millimetres,
        metavar="MM",
        help="largest move of a joint (default: float32 .5, float16 5, int8 40)",
    )
    parser.add_argument(
        "--images", nargs="+", metavar="IMAGE", help="photographs of people to compare on (default: the sample)"
    )
    parser.add_argument(
        "--crops", type=positive_int, default=16, metavar="N", help="how many crops (default: %(default)s)"
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _pictures(names: Sequence[str] | None) -> list[tuple[np.ndarray, Box]]:
    if names is None:
        path, box = sample_photograph()
        return [(read_image(path), box)]
    images = [read_image(name) for name in names]
    return [(image, whole_image(image.shape[1], image.shape[0])) for image in images]


def _millimetres(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not (np.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"expected a number of millimetres above 0, received {text}")
    return value
