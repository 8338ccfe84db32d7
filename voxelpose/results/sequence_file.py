"""The NPZ file of a PoseSequence: its arrays by name, and one JSON text "facts" with everything that is no array."""

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.files import atomic_path
from voxelpose.geometry.camera import Camera
from voxelpose.results.pose import BOX_FORMAT, COVARIANCE_UNIT, FRAME, PIXELS, UNIT
from voxelpose.results.sequence import FACTS, PoseSequence, array_shapes
from voxelpose.skeleton import Skeleton

SCHEMA = "voxelpose.results.sequence"
SCHEMA_VERSION = 1
_WORDS = {
    "schema": SCHEMA,
    "schema_version": SCHEMA_VERSION,
    "unit": UNIT,
    "covariance_unit": COVARIANCE_UNIT,
    "frame": FRAME,
    "pixels": PIXELS,
    "box_format": BOX_FORMAT,
    "time_unit": "s",
    "missing": "NaN in every array of a frame in which the person was not found",
}


def save_sequence(sequence: PoseSequence, path: str | os.PathLike) -> None:
    """Write the sequence, whole or not at all; `path` ends in .npz."""
    if not str(path).endswith(".npz"):
        raise InputError(f"Expected a file name that ends in .npz. Received: {path}.")
    names = array_shapes(0, 0)
    with atomic_path(path) as temporary:
        np.savez_compressed(
            temporary,
            facts=np.array(json.dumps(facts_of(sequence), allow_nan=False)),
            **{name: getattr(sequence, name) for name in names},
        )


def load_sequence(path: str | os.PathLike) -> PoseSequence:
    """Read a file that `save_sequence` wrote; anything else is an InputError."""
    try:
        with np.load(path, allow_pickle=False) as content:
            facts = json.loads(str(content["facts"]))
            arrays = {name: content[name] for name in array_shapes(0, 0)}
    except FileNotFoundError as error:
        raise InputError(f"Cannot read the sequence file {path}: {error.strerror}.") from error
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not a voxelpose sequence. {error}.") from error
    return from_parts(facts, arrays, str(path))


def facts_of(sequence: PoseSequence) -> dict[str, Any]:
    """Everything about a sequence but its arrays, as plain values, with the words that explain them."""
    facts = _WORDS | {name: getattr(sequence, name) for name in FACTS}
    return facts | {"skeleton": asdict(sequence.skeleton), "camera": asdict(sequence.camera)}


def from_parts(facts: Any, arrays: Mapping[str, Any], where: str) -> PoseSequence:
    """A sequence from what `facts_of` gave, and its arrays by name; anything else is an InputError naming `where`."""
    try:
        return PoseSequence(**arrays, **_parse(facts))
    except (InputError, TypeError, ValueError, KeyError) as error:
        raise InputError(f"{where} is not a voxelpose sequence. {error}") from error


def _parse(facts: Any) -> dict[str, Any]:
    if not isinstance(facts, dict):
        raise InputError(f"Expected facts to be an object. Received: {type(facts).__name__}.")
    for key, expected in _WORDS.items():
        if facts.get(key) != expected:
            raise InputError(f"Expected {key} to be {expected!r}. Received: {facts.get(key, 'nothing')!r}.")
    values = {name: value for name, value in facts.items() if name not in _WORDS}
    unknown = sorted(set(values) ^ set(FACTS))
    if unknown:
        raise InputError(f"Expected the facts {', '.join(FACTS)}. Missing or unknown: {', '.join(unknown)}.")
    skeleton, camera = values["skeleton"], values["camera"]
    return values | {
        "skeleton": Skeleton(skeleton["name"], tuple(skeleton["joints"]), tuple(skeleton["parents"])),
        "camera": Camera(**camera | {"distortion": tuple(camera["distortion"])}),
        "image_size": tuple(values["image_size"]),
        "up": tuple(values["up"]),
    }
