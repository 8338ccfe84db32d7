"""Two halves, image -> heatmaps and heatmaps -> volumes, as one network in one file."""

from dataclasses import asdict, replace
from pathlib import Path

from voxelpose.errors import InputError
from voxelpose.inference.runtime.loading import preset_in


def join_halves(image_weights: Path, lifter_weights: Path, out: Path) -> None:
    """Write the decoupled network of two files of weights, for `load_network`.

    Raises InputError for halves in the wrong order, of two skeletons, or of sides that don't fit.
    """
    from voxelpose.networks.build import build_network
    from voxelpose.networks.weights_io import load_weights, save_weights

    paths = (Path(image_weights), Path(lifter_weights))
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
    save_weights(whole, out, facts=asdict(preset))
