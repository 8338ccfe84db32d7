"""A network ready to run: its preset, its weights, and the fingerprint of the file that they came from."""

from dataclasses import dataclass, fields
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
    """Build a network and load its weights.

    name: a preset. weights: a path ending in .weights.h5, or a preset's name, which then stands for both. A file that
    says which network it belongs to needs no name; without either it is the default preset.
    Raises InputError for an unknown name, a missing or damaged file, weights of another network, or a preset that ships
    none.
    """
    if weights in PRESETS and not Path(weights).exists():
        if name not in (None, weights):
            raise InputError(f"Expected the weights of the preset {name}. Received: the name of the preset {weights}.")
        name, weights = weights, None
    preset = None if name is None else get_preset(name)
    if weights is None:
        preset = preset or get_preset(DEFAULT_PRESET)
        path = _shipped(preset)
    else:
        path = _given(weights)
        preset = preset or preset_in(path) or get_preset(DEFAULT_PRESET)
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
    if path.is_file():
        return path
    near = get_close_matches(weights, PRESETS, n=1)
    hint = f" The nearest preset is {near[0]}." if near else ""
    raise InputError(
        f"Expected a file of weights or a preset among {', '.join(PRESETS)}. "
        f"Received: {path}, which {'is no file' if path.exists() else 'does not exist'}.{hint}"
    )


def preset_in(path: Path) -> Preset | None:
    """The preset that training wrote into the file, or None: how a picture is cut and a volume read goes with it."""
    from voxelpose.networks.weights_io import read_facts

    facts = read_facts(path)
    if not {"name", "architecture"} <= facts.keys():
        return None
    # JSON has no tuples.
    values = {f.name: _as_tuple(facts[f.name]) for f in fields(Preset) if f.name in facts}
    architecture = {key: _as_tuple(value) for key, value in facts["architecture"].items()}
    try:
        return Preset(**values | {"architecture": architecture, "weights": None})
    except TypeError as error:
        raise InputError(f"The network that {path} describes is incomplete: {error}.") from error


def _as_tuple(value):
    return tuple(value) if isinstance(value, list) else value


def _model(preset: Preset, path: Path):
    from voxelpose.networks.build import build_network
    from voxelpose.networks.weights_io import load_weights

    try:
        model = build_network(preset.kind, preset.architecture, preset.name.replace("-", "_"))
    except InputError as error:
        raise InputError(f"The network {preset.name} that {path} describes cannot be built: {error}.") from error
    load_weights(model, path)
    return model
