"""MATLAB files up to version 7 (`scipy` reads them, after their declared sizes were compared with their real ones)."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.safe_files.limits import allowance, check_shape, require_file

_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _LAST_PLAIN = 1, 2, 15
_REFUSED = (3, 5)  # objects of classes, and sparse matrices: no data set needs them
_DEEPEST = 20


def read_mat(path: str | Path, name: str, shape: Sequence[int | None] | None = None) -> Any:
    """One variable of a MATLAB file: arrays as they are, structs as objects with attributes, cells as object arrays.

    shape: what a numeric array must be, None for any length. InputError where the file is none, lacks the variable,
    or declares more than it holds; nothing in it is run.
    """
    path = require_file(path, "a MATLAB file")
    if find_spec("scipy") is None:
        raise InputError(f"Reading {path.name} needs the package scipy: pip install 'voxelpose[datasets]'.")
    from scipy.io import loadmat

    content = path.read_bytes()
    if content[:8] == b"\x89HDF\r\n\x1a\n" or content[512:520] == b"\x89HDF\r\n\x1a\n":
        raise InputError(f"{path} is a MATLAB file of version 7.3; expected version 5 to 7 here.")
    try:
        _check_file(content, allowance(path))
        variables = loadmat(path, struct_as_record=False, squeeze_me=False, variable_names=[name])
    except (ValueError, struct.error, zlib.error, OSError, TypeError, KeyError, NotImplementedError) as error:
        raise InputError(f"Expected a sound MATLAB file at {path}. Received: {error}") from error
    if name not in variables:
        raise InputError(f"Expected a variable {name} in {path}. There is none.")
    found = variables[name]
    if shape is not None:
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "biuf":
            raise InputError(f"Expected numbers in {name} of {path}. Received: {type(found).__name__}.")
        check_shape(path, name, found.shape, shape)
    return found


def _check_file(content: bytes, limit: int) -> None:
    """ValueError if any array in the file declares more elements than it has bytes."""
    if len(content) < _HEADER or content[126:128] not in (b"IM", b"MI"):
        raise ValueError("no MATLAB header")
    order = "<" if content[126:128] == b"IM" else ">"
    for kind, start, stop in _elements(content, _HEADER, len(content), order):
        if kind == _COMPRESSED:
            inflater = zlib.decompressobj()
            plain = inflater.decompress(content[start:stop], limit)
            if inflater.unconsumed_tail:
                raise ValueError("a compressed array unpacks to more than a file of its size can hold")
            limit -= len(plain)
            for inner, first, last in _elements(plain, 0, len(plain), order):
                if inner == _MATRIX:
                    _check_matrix(plain, first, last, order, 0)
        elif kind == _MATRIX:
            _check_matrix(content, start, stop, order, 0)


def _check_matrix(content: bytes, start: int, stop: int, order: str, depth: int) -> None:
    if start == stop:
        return
    if depth > _DEEPEST:
        raise ValueError("cells inside cells without end")
    parts = list(_elements(content, start, stop, order))
    if len(parts) < 2:
        raise ValueError("an array without dimensions")
    flags = struct.unpack_from(order + "I", content, parts[0][1])[0]
    kind = flags & 0xFF
    if kind in _REFUSED or kind > _LAST_PLAIN:
        raise ValueError(f"an array of a class that no annotation needs ({kind})")
    _, first, last = parts[1]
    dimensions = struct.unpack_from(f"{order}{(last - first) // 4}i", content, first)
    if min(dimensions, default=0) < 0 or prod(dimensions) > stop - start:
        raise ValueError(f"an array declares {' x '.join(map(str, dimensions))} elements in {stop - start} bytes")
    if kind in (_CELL, _STRUCT):
        for inner, first, last in parts[2:]:
            if inner == _MATRIX:
                _check_matrix(content, first, last, order, depth + 1)


def _elements(content: bytes, start: int, stop: int, order: str) -> Iterator[tuple[int, int, int]]:
    """(type, first byte, end) of the data elements between two positions."""
    while start + 8 <= stop:
        kind, size = struct.unpack_from(order + "II", content, start)
        if kind >> 16:  # small elements pack type, size and data into eight bytes
            kind, size = kind & 0xFFFF, kind >> 16
            if size > 4:
                raise ValueError("a small element of more than four bytes")
            yield kind, start + 4, start + 4 + size
            start += 8
            continue
        if start + 8 + size > stop:
            raise ValueError(f"an element of {size:,} bytes does not fit in the file")
        yield kind, start + 8, start + 8 + size
        # Only compressed elements are not padded to eight bytes.
        start += 8 + size + (0 if kind == _COMPRESSED else -size % 8)
