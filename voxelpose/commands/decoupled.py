"""`voxelpose decoupled`: one network out of two, of which neither saw an image together with 3D labels."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from voxelpose.commands.quiet import quiet_tensorflow, without_chatter
from voxelpose.errors import InputError


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
    from voxelpose.evaluation.heatmap_fit import fit_heatmap_errors
    from voxelpose.evaluation.sources import load_people
    from voxelpose.inference.loading import load_network

    people = load_people(options.data, options.limit)
    with without_chatter():
        loaded = load_network(weights=options.weights)
    errors = fit_heatmap_errors(loaded, people)
    errors.save(options.out)
    for name, values in asdict(errors).items():
        print(f"{name:8} mean {sum(values) / len(values):.3f}  worst {max(values):.3f}")
    print(f"Written: {options.out}")


def _join(options: argparse.Namespace) -> None:
    quiet_tensorflow()
    from voxelpose.inference.loading import preset_in
    from voxelpose.networks.build import build_network
    from voxelpose.networks.weights_io import load_weights, save_weights

    paths = (Path(options.image_weights), Path(options.lifter_weights))
    seeing, lifting = presets = [preset_in(path) for path in paths]
    for preset, kind, path in zip(presets, ("volumetric", "lifter"), paths, strict=True):
        if preset is None or preset.kind != kind:
            found = "a file that doesn't say" if preset is None else f"a {preset.kind} one"
            raise InputError(f"Expected the weights of a {kind} network in {path}. Received: {found}.")
    if seeing.skeleton != lifting.skeleton:
        raise InputError(f"Expected halves of one skeleton. Received: {seeing.skeleton} and {lifting.skeleton}.")
    lifter = {key: value for key, value in lifting.architecture.items() if key not in ("joints", "side")}
    architecture = {
        "image_network": dict(seeing.architecture),
        "lifter": lifter,
        "temperature": seeing.temperature,
    }
    whole = build_network("decoupled", architecture, "decoupled")
    side = whole.halves[1].input_size
    if lifting.architecture["side"] != side:
        raise InputError(f"Expected a lifter of side {side}. Received: side {lifting.architecture['side']}.")
    for part, path in zip(whole.halves, paths, strict=True):
        load_weights(part, path)
    preset = replace(
        lifting,
        name="decoupled",
        kind="decoupled",
        architecture=architecture,
        parameters=seeing.parameters + lifting.parameters,
        crop_margin=seeing.crop_margin,
        weights=None,
    )
    save_weights(whole, options.out, facts=asdict(preset))
    print(f"Written: {options.out}")
