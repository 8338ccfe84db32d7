"""`voxelpose decoupled`: one network out of two, of which neither saw an image together with 3D labels."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from voxelpose.commands.shared.native_log import quiet_tensorflow, without_chatter


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0."""
    options = _parser().parse_args(argv)
    options.run(options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="voxelpose decoupled", description=__doc__)
    steps = parser.add_subparsers(required=True, metavar="STEP")
    errors = steps.add_parser("errors", help="how the image network's heatmaps err, for `heatmap_errors` of a lifter")
    errors.add_argument("--weights", required=True, help="the image network's file of weights")
    errors.add_argument("--data", required=True, help="people it was not trained on; see `voxelpose evaluate`")
    errors.add_argument("--limit", type=int, metavar="N", help="only the first N people")
    errors.add_argument("out", metavar="OUT.json")
    errors.set_defaults(run=_errors)
    join = steps.add_parser("join", help="both halves as one file of weights, for `voxelpose infer --weights`")
    join.add_argument("image_weights", help="file of the network image -> heatmaps (depths [1])")
    join.add_argument("lifter_weights", help="file of the lifter heatmaps -> volumes")
    join.add_argument("out", metavar="OUT.weights.h5")
    join.set_defaults(run=_join)
    return parser


def _errors(options: argparse.Namespace) -> None:
    from voxelpose.evaluation.calibration.heatmap_fit import fit_heatmap_errors
    from voxelpose.evaluation.people.named_people import load_people, prepared
    from voxelpose.inference.runtime.loading import load_network

    people = load_people(prepared(options.data, Path(options.out).parent, os.cpu_count() or 1), options.limit)
    with without_chatter():
        loaded = load_network(weights=options.weights)
    errors = fit_heatmap_errors(loaded, people)
    errors.save(options.out)
    for name, values in asdict(errors).items():
        print(f"{name:8} mean {sum(values) / len(values):.3f}  worst {max(values):.3f}")
    print(f"Written: {options.out}")


def _join(options: argparse.Namespace) -> None:
    quiet_tensorflow()
    from voxelpose.inference.runtime.merge_halves import merge_halves

    merge_halves(Path(options.image_weights), Path(options.lifter_weights), Path(options.out))
    print(f"Written: {options.out}")
