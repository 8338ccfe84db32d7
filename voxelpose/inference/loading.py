"""A network ready to run: its preset, its weights, and the fingerprint of the file that they came from."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.files import sha256
from voxelpose.inference.runtime import KerasRuntime, Runtime
from voxelpose.networks.presets import DEFAULT_PRESET, PRESETS, Preset, get_preset


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """network: ready to run; preset: its facts; sha256: of the file that its weights came from."""

    network: Runtime
    preset: Preset
    sha256: str


def load_network(name: str | None = None, weights: str | None = None) -> LoadedNetwork:
    """Build the network of a preset (None for the default) and load its shipped weights or those of a file.

    weights: a path ending in .weights.h5, or a preset's name, which then stands for both. Raises InputError for an
    unknown name, a missing or damaged file, weights of another network, or a preset that ships none.
    """
    if weights in PRESETS and not Path(weights).exists():
        if name not in (None, weights):
            raise InputError(f"Expected the weights of the preset {name}. Received: the name of the preset {weights}.")
        name, weights = weights, None
    preset = get_preset(DEFAULT_PRESET if name is None else name)
    path = _shipped(preset) if weights is None else _given(weights)

    from voxelpose.networks.volumetric import VolumetricHourglass
    from voxelpose.networks.weights_io import load_weights

    model = VolumetricHourglass.from_preset(preset.name, load_weights=False)
    load_weights(model, path)
    return LoadedNetwork(KerasRuntime(model), preset, sha256(path))


def _shipped(preset: Preset) -> Path:
    if preset.weights is None:
        shipped = [other.name for other in PRESETS.values() if other.weights is not None]
        raise InputError(
            f"No weights ship for the preset {preset.name}. Name a file of weights for it"
            + (f", or a preset that has them: {', '.join(shipped)}." if shipped else ".")
        )
    return verified_asset(preset.weights)


def _given(weights: str) -> Path:
    path = Path(weights)
    if path.is_file():
        return path
    near = get_close_matches(weights, PRESETS, n=1)
    hint = f" The nearest preset is {near[0]}." if near else ""
    raise InputError(
        f"Expected a file of weights or a preset among {', '.join(PRESETS)}. "
        f"Received: {path}, which {'is no file' if path.exists() else 'does not exist'}.{hint}"
    )
