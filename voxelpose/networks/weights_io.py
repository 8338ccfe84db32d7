"""Weight files: one HDF5 in Keras' own layout, with the facts about it beside the numbers.

`model.load_weights` of Keras reads these files too; `load_weights` here says what is wrong with one that does not fit.
"""

import io
import json
import os
from collections import Counter
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from voxelpose.errors import InputError
from voxelpose.files import write_bytes

ENDING = ".weights.h5"
ATTRIBUTE = "voxelpose"
# HDF5 holds attributes of up to 64 KiB; a list of layers too long for that is left out, and shapes alone are compared.
ATTRIBUTE_LIMIT = 60_000


def save_weights(
    model: keras.Model, path: str | os.PathLike, half: bool = False, facts: Mapping[str, Any] | None = None
) -> None:
    """Write the model's weights to `path` (ending in .weights.h5), whole or not at all.

    half: kernels as float16, which halves the file; biases and statistics stay float32. facts: anything that JSON
    holds, to be found again by `read_facts` (what it was trained on, at which step, ...).
    """
    path = _checked_ending(path)
    # HDF5 that finds the disk full in the midst of a file may take the interpreter with it: files are made in memory.
    content = _saved(model)
    if half:
        content = _halved(content)
    write_bytes(path, _with_description(content, _description(model, facts or {})))


def load_weights(model: keras.Model, path: str | os.PathLike) -> dict[str, Any]:
    """Load a file of weights into the model and return its facts (empty for a file that Keras itself wrote).

    Raises InputError for a missing, truncated or foreign file and for weights of another network, with the first layer
    that differs; the model is then as it was.
    """
    path = _checked_ending(path)
    try:
        _compare(model, path)
        facts = read_facts(path)
        model.load_weights(path)
    except InputError:
        raise
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise InputError(f"Expected weights of the network {model.name} in {path}. Received: {_first(error)}") from None
    return facts


def read_facts(path: str | os.PathLike) -> dict[str, Any]:
    """The facts that `save_weights` wrote into the file; InputError if it is no file of weights."""
    return _stored_description(_checked_ending(path)).get("facts", {})


def write_facts(path: str | os.PathLike, facts: Mapping[str, Any]) -> None:
    """Put other facts into a file of weights, whole or not at all; the weights stay as they are.

    Raises InputError for a missing or damaged file.
    """
    path = _checked_ending(path)
    description = _stored_description(path) | {"facts": dict(facts)}
    write_bytes(path, _with_description(path.read_bytes(), _as_text(description)))


def _checked_ending(path: str | os.PathLike) -> Path:
    path = Path(path)
    if not path.name.endswith(ENDING):
        raise InputError(f"Expected a file of weights whose name ends in {ENDING}. Received: {path}.")
    return path


def _layer_shapes(model: keras.Model) -> list[tuple[str, list[list[int]]]]:
    return [(layer.name, [list(v.shape) for v in layer.weights]) for layer in model.layers if layer.weights]


def _description(model: keras.Model, facts: Mapping[str, Any]) -> str:
    return _as_text({"network": model.name, "facts": dict(facts), "layers": _layer_shapes(model)})


def _as_text(description: Mapping[str, Any]) -> str:
    complete = json.dumps(description, separators=(",", ":"))
    if len(complete) < ATTRIBUTE_LIMIT:
        return complete
    return json.dumps({name: value for name, value in description.items() if name != "layers"})


def _stored_description(path: str | os.PathLike) -> dict[str, Any]:
    try:
        with h5py.File(path, "r") as file:
            return json.loads(file.attrs.get(ATTRIBUTE, "{}"))
    except FileNotFoundError:
        raise InputError(f"Expected a file of weights. Received: {path}, which does not exist.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"The file of weights {path} is damaged or no HDF5 file: {_first(error)}") from None


def _compare(model: keras.Model, path: Path) -> None:
    """Raise InputError unless the file holds what the model needs, no more and no less."""
    description = _stored_description(path)
    network = description.get("network", "another network")
    layers = ((name, shapes) for name, shapes in description.get("layers", ()))
    for ours, theirs in zip_longest(_layer_shapes(model), layers) if "layers" in description else ():
        if ours != theirs:
            raise InputError(
                f"{path} holds weights of {network}, not of {model.name}. "
                f"Expected {_layer_in_words(ours)}; received {_layer_in_words(theirs)}."
            )
    expected, received = Counter(tuple(v.shape) for v in model.weights), _shapes_in(path)
    if expected != received:
        shape = next(iter((expected - received) or (received - expected)))
        raise InputError(
            f"{path} holds weights of {network}, not of {model.name}. Expected {expected[shape]} arrays of shape "
            f"{shape}; received {received[shape]}."
        )


def _layer_in_words(layer: tuple[str, list[list[int]]] | None) -> str:
    return "no further layer" if layer is None else f"the layer {layer[0]} with {', '.join(map(str, layer[1]))}"


def _shapes_in(path: Path) -> Counter:
    shapes: Counter = Counter()
    with h5py.File(path, "r") as file:
        file.visititems(lambda _, item: shapes.update([item.shape] if isinstance(item, h5py.Dataset) else []))
    return shapes


class _Memory(io.BytesIO):
    """A file of weights in memory: Keras writes to anything that h5py does, if its name ends as such files do."""

    def __str__(self) -> str:
        return f"memory{ENDING}"


def _saved(model: keras.Model) -> bytes:
    """The model's weights in Keras' own layout."""
    memory = _Memory()
    model.save_weights(memory)
    return memory.getvalue()


def _with_description(content: bytes, description: str) -> bytes:
    memory = io.BytesIO(content)
    with h5py.File(memory, "r+") as file:
        file.attrs[ATTRIBUTE] = description
    return memory.getvalue()


def _halved(content: bytes) -> bytes:
    """The same with arrays of two or more axes as float16; those that it can't hold stay as they are."""
    memory = io.BytesIO()
    with h5py.File(io.BytesIO(content), "r") as source, h5py.File(memory, "w") as target:
        source.visititems(lambda name, item: _copy_halved(name, item, target))
    return memory.getvalue()


def _copy_halved(name: str, item: h5py.Group | h5py.Dataset, target: h5py.File) -> None:
    if isinstance(item, h5py.Group):
        copy = target.require_group(name)
    else:
        value = item[()]
        fits = value.ndim >= 2 and np.abs(value).max(initial=0.0) <= np.finfo(np.float16).max
        copy = target.create_dataset(name, data=value.astype(np.float16) if fits else value)
    for key, value in item.attrs.items():
        copy.attrs[key] = value


def _first(error: Exception) -> str:
    """The first sentence of a library's message."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".") + "."
