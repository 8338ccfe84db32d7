"""A network ready to run: its preset, its weights, and the fingerprint of the file that they came from."""

import warnings
from dataclasses import dataclass, replace
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
from voxelpose.networks.preset_facts import KEY, describes_network, from_facts, to_facts
from voxelpose.networks.presets import DEFAULT_PRESET, PRESETS, Preset, get_preset

WEIGHTS_ENDING = ".weights.h5"
EXPORTED_ENDINGS = tuple(dict.fromkeys(ending for kind in FILE_RUNTIMES.values() for ending in kind.endings))


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """network: ready to run; preset: what it is, with the calibration of its weights; sha256: of the file of weights;
    runtime: which one runs it."""

    network: Runtime
    preset: Preset
    sha256: str
    runtime: str = TENSORFLOW


def load_network(name: str | None = None, weights: str | None = None, runtime: str = AUTO) -> LoadedNetwork:
    """Build a network and load its weights.

    name: a preset. weights: a path ending in .weights.h5, a file that `voxelpose export` wrote, or a preset's name,
    which then stands for both. A file that says which network it belongs to needs no name; without either it is the
    default preset. How a person is put before the network and how its volume is calibrated is read from the file, if
    it says so. runtime: other ones than "tensorflow" run the exported file, which lies beside the weights under
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
    return path, _preset_of_weights(path, preset)


def exported_beside(weights: Path, runtime: str) -> list[Path]:
    """Where a runtime's file for some weights is looked for: small.onnx, then small.float16.onnx."""
    stem = weights.name.removesuffix(WEIGHTS_ENDING)
    endings = [infix + ending for ending in FILE_RUNTIMES[runtime].endings for infix in ("", ".float16")]
    return [weights.with_name(stem + ending) for ending in endings]


def describe(preset: Preset, weights_sha256: str) -> dict[str, Any]:
    """What an exported file says about its network, as plain values."""
    return {KEY: to_facts(preset), "weights_sha256": weights_sha256}


def keras_model(preset: Preset, path: Path):
    """The Keras network of a preset with the weights in a file; InputError if they are another network's."""
    from voxelpose.networks.build import build_network
    from voxelpose.networks.weights_io import load_weights

    try:
        architecture = preset.architecture
        model = build_network(architecture.kind, architecture.arguments, preset.name.replace("-", "_"))
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


def _from_exported(path: Path, named: Preset | None, runtime: str) -> LoadedNetwork:
    fitting = [kind for kind, facts in FILE_RUNTIMES.items() if path.suffix in facts.endings]
    chosen = next((kind for kind in candidates(runtime) if kind in fitting), None)
    if chosen is None:
        raise InputError(
            f"Expected {path} to be run by {' or '.join(fitting)}. "
            + (f"Received: the runtime {runtime}." if runtime != AUTO else "None of them is installed.")
        )
    network = open_file(chosen, path)
    preset = _described(network, path)
    if named is not None and named.architecture != preset.architecture:
        raise InputError(f"Expected a file of the network {named.name}. Received: {path}, of {preset.name}.")
    return LoadedNetwork(network, preset, network.description.get("weights_sha256", ""), chosen)


def _from_weights(path: Path, named: Preset | None, runtime: str) -> LoadedNetwork:
    fingerprint = sha256(path)
    for kind in candidates(runtime):
        if kind == TENSORFLOW:
            preset = _preset_of_weights(path, named)
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
            return LoadedNetwork(network, _as_stored(named, _described(network, found)), fingerprint, kind)
        stale = f"{found} was not exported from {path}"
        if runtime != AUTO:
            raise InputError(f"{stale}: export it again.")
        warnings.warn(f"{stale} and is left alone; export it again for a faster start.", stacklevel=3)


def _preset_of_weights(path: Path, named: Preset | None) -> Preset:
    stored = preset_in(path)
    return named or get_preset(DEFAULT_PRESET) if stored is None else _as_stored(named, stored)


def _as_stored(named: Preset | None, stored: Preset) -> Preset:
    """What a file says of itself, under the name that was asked for: its weights were trained with that input."""
    return stored if named is None else replace(named, input=stored.input, calibration=stored.calibration)


def _verified(path: Path) -> Path:
    """A shipped file's checksum is compared; other files are taken as they are."""
    return verified_asset(path.relative_to(ROOT).as_posix()) if path.is_relative_to(ROOT) else path


def _described(network: FileRuntime, path: Path) -> Preset:
    if KEY not in network.description:
        raise InputError(f"Expected a network that voxelpose exported. Received: {path}, which doesn't say what it is.")
    return from_facts(network.description, path)


def _shipped(preset: Preset) -> Path:
    if preset.card.weights is None:
        shipped = [other.name for other in PRESETS.values() if other.card.weights is not None]
        raise InputError(
            f"No weights ship for the preset {preset.name}. Name a file of weights for it"
            + (f", or a preset that has them: {', '.join(shipped)}." if shipped else ".")
        )
    return verified_asset(preset.card.weights)


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
    return from_facts(facts, path) if describes_network(facts) else None
