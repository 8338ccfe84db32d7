"""Two halves, image -> heatmaps and heatmaps -> volumes, as one network in one file."""

from dataclasses import replace
from pathlib import Path

from voxelpose.errors import InputError
from voxelpose.inference.runtime.loading import preset_in
from voxelpose.networks.preset_facts import KEY, to_facts
from voxelpose.networks.presets import Architecture, Card, Preset


def merge_halves(image_weights: Path, lifter_weights: Path, out: Path) -> None:
    """Write the decoupled network of two files of weights, for `load_network`.

    Raises InputError for halves in the wrong order, of two skeletons, or of sides that don't fit.
    """
    from voxelpose.networks.build import build_network
    from voxelpose.networks.weights_io import load_weights, save_weights

    paths = (Path(image_weights), Path(lifter_weights))
    image, lifter = presets = [preset_in(path) for path in paths]
    for preset, kind, path in zip(presets, ("volumetric", "lifter"), paths, strict=True):
        if preset is None or preset.architecture.kind != kind:
            found = "a file that doesn't say" if preset is None else f"a {preset.architecture.kind} one"
            raise InputError(f"Expected the weights of a {kind} network in {path}. Received: {found}.")
    if image.input.skeleton != lifter.input.skeleton:
        raise InputError(
            f"Expected halves of one skeleton. Received: {image.input.skeleton} and {lifter.input.skeleton}."
        )
    arguments = {
        "image_network": dict(image.architecture.arguments),
        # Joints and side follow from the image network.
        "lifter": {k: v for k, v in lifter.architecture.arguments.items() if k not in ("joints", "side")},
        # The lifter saw distributions; the image network's temperature makes them of its heatmaps.
        "temperature": image.calibration.temperature,
    }
    whole = build_network("decoupled", arguments, "decoupled")
    side = whole.halves[1].input_size
    if lifter.architecture.arguments["side"] != side:
        raise InputError(f"Expected a lifter of side {side}. Received: side {lifter.architecture.arguments['side']}.")
    for part, path in zip(whole.halves, paths, strict=True):
        load_weights(part, path)
    preset = Preset(
        "decoupled",
        Architecture("decoupled", arguments),
        replace(lifter.input, crop_margin=image.input.crop_margin),
        lifter.calibration,
        Card(image.card.parameters + lifter.card.parameters, image.card.gmac + lifter.card.gmac),
    )
    save_weights(whole, out, facts={KEY: to_facts(preset)})
