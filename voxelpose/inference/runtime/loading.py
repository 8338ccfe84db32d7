"""A network ready to run: its preset, its weights, and the fingerprint of the file that they came from."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from voxelpose.assets import ROOT, verified_asset
from voxelpose.errors import InputError
from voxelpose.files import sha256
from voxelpose.inference.runtime.runtimes import (
    AUTO,
    FILE_RUNTIMES,
    TENSORFLOW,
    FileRuntime,
    KerasRuntime,
    Runtime,
    candidates,
    check_runtime,
    open_file,
)
from voxelpose.networks.presets import DEFAULT_PRESET, PRESETS, Preset, get_preset

WEIGHTS_ENDING = ".weights.h5"
EXPORTED_ENDINGS = tuple(dict.fromkeys(ending for kind in FILE_RUNTIMES.values() for ending in kind.endings))


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """network: ready to run; preset: its facts; sha256: of the file of weights; runtime: which one runs it."""

    network: Runtime
    preset: Preset
    sha256: str
    runtime: str = TENSORFLOW


def load_network(name: str | None = None, weights: str | None = None, runtime: str = AUTO) -> LoadedNetwork:
    """Build a network and load its weights.

    name: a preset. weights: a path ending in .weights.h5, a file that `voxelpose export` wrote, or a preset's name,
    which then stands for both. A file that says which network it belongs to needs no name; without either it is the
    default preset. runtime: other ones than "tensorflow" run the exported file, which lies beside the weights under
    the same name (small.weights.h5, small.onnx); "auto" takes the fastest for which there is one.
    Raises InputError for an unknown name, a missing or damaged file, weights of another network, a preset that ships
    none, or a runtime whose package or file is missing.
    """
    check_runtime(runtime)
    path, preset = _located(name, weights)
    load = _from_exported if path.suffix in EXPORTED_ENDINGS else _from_weights
    return load(path, preset, runtime)


def find_weights(name: str | None = None, weights: str | None = None) -> tuple[Path, Preset]:
    """The file of weights that the two name, and its network; see `load_network`.

    Raises InputError also for an exported network, which holds no weights to go on with.
    """
    path, preset = _located(name, weights)
    if path.suffix in EXPORTED_ENDINGS:
        raise InputError(f"Expected a file of weights that ends in {WEIGHTS_ENDING}. Received: {path}.")
    return path, preset or preset_in(path) or get_preset(DEFAULT_PRESET)


def exported_beside(weights: Path, runtime: str) -> list[Path]:
    """Where a runtime's file for some weights is looked for: small.onnx, then small.float16.onnx."""
    stem = weights.name.removesuffix(WEIGHTS_ENDING)
    endings = [infix + ending for ending in FILE_RUNTIMES[runtime].endings for infix in ("", ".float16")]
    return [weights.with_name(stem + ending) for ending in endings]


def describe(preset: Preset, weights_sha256: str) -> dict[str, Any]:
    """What an exported file says about its network, as plain values."""
    facts = {f.name: getattr(preset, f.name) for f in fields(Preset) if f.name != "weights"}
    return {"preset": facts | {"architecture": dict(preset.architecture)}, "weights_sha256": weights_sha256}


def keras_model(preset: Preset, path: Path):
    """The Keras network of a preset with the weights in a file; InputError if they are another network's."""
    from voxelpose.networks.build import build_network
    from voxelpose.networks.weights_io import load_weights

    try:
        model = build_network(preset.kind, preset.architecture, preset.name.replace("-", "_"))
    except InputError as error:
        raise InputError(
            f"The network {preset.name} that {path} describes cannot be built: {error.__cause__ or error}"
        ) from error
    load_weights(model, path)
    return model


def _located(name: str | None, weights: str | None) -> tuple[Path, Preset | None]:
    """The file, and the preset if it was named; None where the file itself has to say it."""
    if weights in PRESETS and not Path(weights).exists():
        if name not in (None, weights):
            raise InputError(f"Expected the weights of the preset {name}. Received: the name of the preset {weights}.")
        name, weights = weights, None
    preset = None if name is None else get_preset(name)
    if weights is not None:
        return _given(weights), preset
    preset = preset or get_preset(DEFAULT_PRESET)
    return _shipped(preset), preset


def _from_exported(path: Path, name: Preset | None, runtime: str) -> LoadedNetwork:
    fitting = [kind for kind, facts in FILE_RUNTIMES.items() if path.suffix in facts.endings]
    chosen = next((kind for kind in candidates(runtime) if kind in fitting), None)
    if chosen is None:
        raise InputError(
            f"Expected {path} to be run by {' or '.join(fitting)}. "
            + (f"Received: the runtime {runtime}." if runtime != AUTO else "None of them is installed.")
        )
    network = open_file(chosen, path)
    preset = _described(network, path)
    if name is not None and name.architecture != preset.architecture:
        raise InputError(f"Expected a file of the network {name.name}. Received: {path}, of {preset.name}.")
    return LoadedNetwork(network, preset, network.description.get("weights_sha256", ""), chosen)


def _from_weights(path: Path, preset: Preset | None, runtime: str) -> LoadedNetwork:
    fingerprint = sha256(path)
    for kind in candidates(runtime):
        if kind == TENSORFLOW:
            preset = preset or preset_in(path) or get_preset(DEFAULT_PRESET)
            return LoadedNetwork(KerasRuntime(keras_model(preset, path)), preset, fingerprint, kind)
        beside = exported_beside(path, kind)
        found = next((file for file in beside if file.is_file()), None)
        if found is None and runtime != AUTO:
            raise InputError(
                f"Expected {beside[0]} for the runtime {runtime}. There is none: write it with "
                f"voxelpose export {runtime} --weights {path} --out {path.parent}."
            )
        if found is None:
            continue
        network = open_file(kind, _verified(found))
        if network.description.get("weights_sha256") == fingerprint:
            return LoadedNetwork(network, preset or _described(network, found), fingerprint, kind)
        stale = f"{found} was not exported from {path}"
        if runtime != AUTO:
            raise InputError(f"{stale}: export it again.")
        warnings.warn(f"{stale} and is left alone; export it again for a faster start.", stacklevel=3)


def _verified(path: Path) -> Path:
    """A shipped file's checksum is compared; other files are taken as they are."""
    return verified_asset(path.relative_to(ROOT).as_posix()) if path.is_relative_to(ROOT) else path


def _described(network: FileRuntime, path: Path) -> Preset:
    facts = network.description.get("preset")
    if facts is None:
        raise InputError(f"Expected a network that voxelpose exported. Received: {path}, which doesn't say what it is.")
    return _preset_of(facts, path)


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
    return _preset_of(facts, path) if {"name", "architecture"} <= facts.keys() else None


def _preset_of(facts: Mapping[str, Any], path: Path) -> Preset:
    # JSON has no tuples.
    values = {f.name: _as_tuple(facts[f.name]) for f in fields(Preset) if f.name in facts}
    try:
        architecture = {key: _as_tuple(value) for key, value in facts["architecture"].items()}
        return Preset(**values | {"architecture": architecture, "weights": None})
    except (TypeError, AttributeError, KeyError) as error:
        raise InputError(f"The network that {path} describes is incomplete: {error}.") from error


def _as_tuple(value):
    return tuple(value) if isinstance(value, list) else value
