"""Weights of another network as a start: what has the same name and the same shape is taken, and said."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from voxelpose.errors import InputError
from voxelpose.networks.build import build_network
from voxelpose.networks.preset_facts import describes_network, from_facts
from voxelpose.networks.weights_io import load_weights, read_facts
from voxelpose.training.optimizer.layer_rules import named_layers


@dataclass(frozen=True)
class Taken:
    """taken: names ("layer/array") that were; reshaped: there in both, of another shape; new: only in this network;
    unused: only in the other one; numbers: how many numbers were taken, of how many."""

    taken: tuple[str, ...]
    reshaped: tuple[str, ...]
    new: tuple[str, ...]
    unused: tuple[str, ...]
    numbers: tuple[int, int]

    def __str__(self) -> str:
        share = f"{self.numbers[0]:,} of {self.numbers[1]:,} numbers in {len(self.taken)} arrays"
        groups = {"of another shape": self.reshaped, "only here": self.new, "only there": self.unused}
        rest = [f"{what}: {_layers(names)}" for what, names in groups.items() if names]
        return "; ".join([f"took {share}", *rest])


def warm_start(model: keras.Model, path: str | Path) -> Taken:
    """Copy into `model` what fits of a file of weights that training wrote.

    Raises InputError for a missing or damaged file, one that does not say which network it is of, and if nothing fits.
    """
    given = _arrays(_network_of(path))
    own = _arrays(model)
    shared = [name for name in own if name in given]
    taken = [name for name in shared if own[name].shape == given[name].shape]
    if not taken:
        raise InputError(
            f"Expected in {path} at least one array whose layer name and shape are those of the network to train. "
            f"Received: {len(given)} arrays, {len(shared)} of the same name, none of the same shape."
        )
    for name in taken:
        own[name].assign(given[name])
    return Taken(
        tuple(taken),
        tuple(name for name in shared if own[name].shape != given[name].shape),
        tuple(name for name in own if name not in given),
        tuple(name for name in given if name not in own),
        (_count(own[name] for name in taken), _count(own.values())),
    )


def _network_of(path: str | Path) -> keras.Model:
    facts = read_facts(path)
    if not describes_network(facts):
        raise InputError(
            f"Expected weights that training wrote, with a description of their network. Received: {path}."
        )
    architecture = from_facts(facts, path).architecture
    try:
        model = build_network(architecture.kind, architecture.arguments)
    except InputError as error:
        raise InputError(f"The network that {path} describes cannot be built: {error}") from error
    load_weights(model, path)
    return model


def _arrays(model: keras.Model) -> dict[str, keras.Variable]:
    layers = named_layers(model)
    return {f"{name}/{variable.name}": variable for name, layer in layers.items() for variable in layer.weights}


def _count(variables) -> int:
    return sum(int(np.prod(variable.shape)) for variable in variables)


def _layers(names: tuple[str, ...]) -> str:
    """The layers of some arrays, by the part of the network that their names begin with, with how many each has."""
    parts: dict[str, set[str]] = defaultdict(set)
    for name in names:
        layer = name.rpartition("/")[0]
        parts[layer.split("_")[0]].add(layer)
    return ", ".join(
        min(found) if len(found) == 1 else f"{part}_* ({len(found)} layers)" for part, found in parts.items()
    )
