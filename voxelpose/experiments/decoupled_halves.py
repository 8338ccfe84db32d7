"""What the halves of a decoupled network owe each other: heatmap errors before the lifter, one file after it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from voxelpose.data.depth_hiding import DepthHidden
from voxelpose.errors import InputError
from voxelpose.evaluation.calibration.heatmap_fit import fit_heatmap_errors
from voxelpose.experiments.experiment_paths import Places, load_wanted
from voxelpose.experiments.suite import Run
from voxelpose.inference.runtime.loading import load_network
from voxelpose.inference.runtime.merge_halves import join_halves


def errors_of(places: Places, image: Run, say: Callable[[str], None]) -> Path:
    """The file of the heatmap errors of an image network, fitted if it isn't there: by 2D labels of the validation
    people, whose depth and camera are taken away before. InputError while the image network isn't trained."""
    if not places.result(image).exists():
        raise InputError(f"Expected the run {image.name} to be finished. Received: one that isn't.")
    path = places.training(image) / "heatmap-errors.json"
    if not path.exists():
        people = load_wanted(places.suite.validation, say)
        seen = replace(people, examples=DepthHidden(people.examples), labels=people.labels.without_depth())
        fit_heatmap_errors(load_network(weights=str(places.weights(image)), runtime="tensorflow"), seen).save(path)
        say(f"heatmap errors: {path}")
    return path


def joined(places: Places, lifter: Run) -> Path:
    """The file of the whole network that a lifter and its image network make."""
    image = Run(places.suite.variants[lifter.variant].after, lifter.seed)
    path = places.training(lifter) / "joined.weights.h5"
    join_halves(places.weights(image), places.weights(lifter), path)
    return path
