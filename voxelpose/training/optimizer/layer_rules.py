"""What a configuration says about single layers, by patterns of their names: which are frozen, which learn slower."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

import keras

from voxelpose.errors import InputError
from voxelpose.networks.blocks.normalization import FusedBatchNormalization


def named_layers(model: keras.Model, prefix: str = "") -> dict[str, keras.layers.Layer]:
    """Layers by name; those of a network within the network as `outer/inner`."""
    found: dict[str, keras.layers.Layer] = {}
    for layer in model.layers:
        name = prefix + layer.name
        found |= named_layers(layer, f"{name}/") if isinstance(layer, keras.Model) else {name: layer}
    return found


def freeze_layers(model: keras.Model, patterns: Sequence[str]) -> int:
    """Exclude layers from training, statistics included; returns how many arrays that concerns.

    Raises InputError for a pattern that fits no layer with weights, and if nothing is left to train.
    """
    frozen = 0
    for pattern in patterns:
        for layer in _matching(model, pattern, "network.freeze"):
            frozen += len(layer.trainable_weights)
            layer.trainable = False
    if not model.trainable_weights:
        raise InputError(f"network.freeze leaves nothing to train. Received: {', '.join(patterns)}.")
    return frozen


def freeze_normalization(model: keras.Model) -> None:
    """Let every normalisation keep its statistics, scale and shift."""
    for layer in named_layers(model).values():
        if isinstance(layer, FusedBatchNormalization):
            layer.trainable = False


def layer_rates(model: keras.Model, rates: Mapping[str, float]) -> dict[str, float]:
    """Factor on the learning rate by path of a variable; the first pattern that fits a layer's name counts.

    Raises InputError for a pattern that fits no layer with weights.
    """
    factors: dict[str, float] = {}
    for pattern, factor in rates.items():
        for layer in _matching(model, pattern, "optimizer.rates"):
            for variable in layer.trainable_weights:
                factors.setdefault(variable.path, factor)
    return factors


def _matching(model: keras.Model, pattern: str, key: str) -> list[keras.layers.Layer]:
    layers = {name: layer for name, layer in named_layers(model).items() if layer.weights}
    found = [layer for name, layer in layers.items() if fnmatchcase(name, pattern)]
    if not found:
        near = get_close_matches(pattern, layers, n=3, cutoff=0.3)
        hint = f" Names that look like it: {', '.join(near)}." if near else ""
        raise InputError(f"Expected in {key} a pattern that fits a layer of the network. Received: '{pattern}'.{hint}")
    return found
