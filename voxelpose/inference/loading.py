"""A network ready to run: its preset, its weights, and the fingerprint of the file that they came from."""

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.files import sha256
from voxelpose.inference.runtime import KerasRuntime, Runtime
from voxelpose.networks.presets import DEFAULT_PRESET, PRESETS, Preset, get_preset

WEIGHTS_ENDING = ".weights.h5"


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
    return LoadedNetwork(KerasRuntime(_model(preset, path)), preset, sha256(path))


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
    if path.is_file() and path.name.endswith(WEIGHTS_ENDING):
        return path
    if path.exists():
        received = f"{path}, which is something else"
    else:
        near = get_close_matches(weights, PRESETS, n=1)
        received = f"{path}, which does not exist" + (f"; the nearest preset is {near[0]}" if near else "")
    raise InputError(
        f"Expected a file of weights ending in {WEIGHTS_ENDING} or a preset among {', '.join(PRESETS)}. "
        f"Received: {received}."
    )


def _model(preset: Preset, path: Path):
    from voxelpose.networks.volumetric import VolumetricHourglass

    model = VolumetricHourglass.from_preset(preset.name, load_weights=False)
    try:
        stored = _stored_shapes(path)
        # Keras passes over what it doesn't find in a file, so the whole set is compared first.
        if stored != Counter(tuple(variable.shape) for variable in model.weights):
            raise ValueError(f"{stored.total()} arrays in the file, {len(model.weights)} in the network")
        model.load_weights(path)
    except OSError as error:
        raise InputError(f"Expected a file of weights. Received: {path}, which is damaged or no HDF5 file.") from error
    except (ValueError, KeyError) as error:
        raise InputError(
            f"Expected weights of the preset {preset.name}. Received: those of another network, in {path}."
        ) from error
    return model


def _stored_shapes(path: Path) -> Counter:
    """How often each shape occurs among the arrays of an HDF5 file."""
    import h5py

    shapes: Counter = Counter()

    def count(_, item):
        if isinstance(item, h5py.Dataset):
            shapes[item.shape] += 1

    with h5py.File(path, "r") as file:
        file.visititems(count)
    return shapes
