"""A calibration in the file of the weights that it was fitted for."""

from dataclasses import replace
from pathlib import Path

from voxelpose.assets import ROOT
from voxelpose.errors import InputError
from voxelpose.inference.runtime.loading import find_weights
from voxelpose.networks.preset_facts import replaced
from voxelpose.networks.presets import Calibration


def own_weights(weights: str | None) -> Path:
    """The user's file of weights of that name; InputError for weights that ship, and for an exported network."""
    path, _ = find_weights(weights=weights)
    if path.is_relative_to(ROOT):
        raise InputError(f"Expected a file of weights of your own to write to. Received: {path.name}, which ships.")
    return path


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Put a calibration into a file of weights, which then says which network it is of, whatever it said before.

    What was exported of the weights is of another file from then on, and is not run beside it. Raises InputError for a
    damaged file.
    """
    from voxelpose.networks.weights_io import read_facts, write_facts

    _, preset = find_weights(weights=str(path))
    write_facts(path, replaced(read_facts(path), replace(preset, calibration=calibration)))
