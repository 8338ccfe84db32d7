"""A sequence as one JSON file: the facts and arrays of its NPZ file in plain text, null where a number is missing."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.results.sequence import PoseSequence, array_shapes
from voxelpose.results.sequence_file import facts_of, from_parts


def json_text(sequence: PoseSequence) -> str:
    """The whole file; one line per array and frame."""
    facts = json.dumps(facts_of(sequence), indent=1, allow_nan=False)
    arrays = [f'"{name}": {_rows(getattr(sequence, name))}' for name in array_shapes(0, 0)]
    return f'{{"facts": {facts},\n' + ",\n".join(arrays) + "}\n"


def read_json(path: Path) -> PoseSequence:
    """Read what `json_text` made; anything else is an InputError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"Cannot read the sequence file {path}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not a voxelpose sequence. It is no valid JSON: {error}.") from error
    names = set(array_shapes(0, 0))
    if not isinstance(content, dict) or set(content) != {"facts", *names}:
        raise InputError(f"{path} is not a voxelpose sequence. Expected facts and {', '.join(sorted(names))}.")
    try:
        arrays = {name: np.array(_filled(content[name])) for name in names}
    except ValueError as error:
        raise InputError(f"{path} is not a voxelpose sequence. {error}.") from error
    return from_parts(content["facts"], arrays, str(path))


def _rows(array: np.ndarray) -> str:
    missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
    values = np.where(missing, None, array.astype(object)).tolist()
    return "[" + ",\n ".join(json.dumps(value, allow_nan=False) for value in values) + "]"


def _filled(values: Any) -> Any:
    """The same lists with NaN for null."""
    if isinstance(values, list):
        return [_filled(value) for value in values]
    return np.nan if values is None else values
