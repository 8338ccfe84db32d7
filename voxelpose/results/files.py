"""The files that results are kept in: JSON texts, and NPZ or JSON files of facts and arrays; whole or not at all."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.files import atomic_path, write_text
from voxelpose.reading.guard import reason
from voxelpose.reading.json_text import parse_json
from voxelpose.reading.json_text import read_json as read_any_json
from voxelpose.reading.npz import open_npz


def write_json(path: str | os.PathLike, content: Mapping[str, Any]) -> None:
    """Write an object as indented JSON, every innermost list on one line."""
    text = json.dumps(content, indent=1, allow_nan=False)
    # A line break never occurs inside a JSON string.
    rows = re.sub(r"\[\n\s*([^\[\]{}]*?)\n\s*\]", lambda row: "[" + re.sub(r"\n\s*", " ", row[1]) + "]", text)
    write_text(path, rows + "\n")


def read_json(path: str | os.PathLike, what: str) -> Any:
    """The content of a JSON file that should be a voxelpose `what`; InputError if it is missing or no JSON."""
    return read_any_json(path, f"a voxelpose {what}")


def write_array_json(path: str | os.PathLike, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write facts and arrays as one JSON object; a line per array and row, null for NaN."""
    head = json.dumps(facts, indent=1, allow_nan=False)
    rows = [f'"{name}": {_rows(array)}' for name, array in arrays.items()]
    write_text(path, f'{{"facts": {head},\n' + ",\n".join(rows) + "}\n")


def arrays_in_json(content: Any, names: Sequence[str]) -> tuple[Any, dict[str, np.ndarray]]:
    """Facts and arrays of what `write_array_json` wrote; raises InputError for other keys and for what is no number."""
    if not isinstance(content, dict) or set(content) != {"facts", *names}:
        raise InputError(f"Expected facts and {', '.join(names)}.")
    return content["facts"], {name: _filled(name, content[name]) for name in names}


def write_npz(path: str | os.PathLike, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name, and the facts as one JSON text "facts"."""
    text = np.array(json.dumps(facts, allow_nan=False))
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, facts=text, **arrays)


def read_npz(path: str | os.PathLike, names: Sequence[str], what: str) -> tuple[Any, dict[str, np.ndarray]]:
    """Facts and arrays of what `write_npz` wrote; raises InputError if it is missing, damaged or something else."""
    with open_npz(path, f"a voxelpose {what}") as content:
        return parse_json(str(content["facts"])), {name: content[name] for name in names}


def _rows(array: np.ndarray) -> str:
    missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
    values = np.where(missing, None, array.astype(object)).tolist()
    return "[" + ",\n ".join(json.dumps(value, allow_nan=False) for value in values) + "]"


def _filled(name: str, values: Any) -> np.ndarray:
    """The lists as an array with NaN for null."""
    try:
        array = np.array(values)
        if array.dtype.kind == "O" and set(map(type, array.ravel().tolist())) <= {int, float, type(None)}:
            array = array.astype(np.float64)
    except (ValueError, OverflowError, RecursionError) as error:
        raise InputError(f"Expected {name} as lists of numbers of equal length. {reason(error)}.") from error
    return array
