"""MATLAB's files of version 5 to 7, read here byte by byte.

The common reader of these files ends the whole process over some damaged ones of a kilobyte, which nothing can catch.
The format is the one of "MAT-File Format" (The MathWorks), sections "Level 5 MAT-File Format" and following.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.reading.guard import guarded
from voxelpose.reading.npz import allowance
from voxelpose.safe_files.limits import check_shape, require_file

_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_TEXTS = {16: "utf-8", 17: "utf-16", 18: "utf-32"}
_CELL, _STRUCT, _CHARACTERS = 1, 2, 4
_NUMBERS = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
_COMPLEX = 0x800
_DEEPEST = 20


def read_mat(path: str | Path, name: str, shape: Sequence[int | None] | None = None) -> Any:
    """One variable of a MATLAB file: arrays as they are, structs as objects with attributes, cells as object arrays.

    Structs and cells come in arrays of the shape that MATLAB says; text as an array of one string per row.
    shape: what a numeric array must be, None for any length. InputError where the file is none, lacks the variable,
    or declares more than it holds; nothing in it is run.
    """
    path = require_file(path, "a MATLAB file")
    content = path.read_bytes()
    if content[:8] == b"\x89HDF\r\n\x1a\n" or content[512:520] == b"\x89HDF\r\n\x1a\n":
        raise InputError(f"{path} is a MATLAB file of version 7.3; expected version 5 to 7 here.")
    with guarded(path, "a sound MATLAB file"):
        variables = _Reader(content, allowance(path)).variables(name)
    if name not in variables:
        raise InputError(f"Expected a variable {name} in {path}. There is none.")
    found = variables[name]
    if shape is not None:
        if found.dtype.kind not in "biuf":
            raise InputError(f"Expected numbers in {name} of {path}. Received: {type(found).__name__}.")
        check_shape(path, name, found.shape, shape)
    return found


class _Reader:
    """limit: bytes that compressed variables may take when they are unpacked."""

    def __init__(self, content: bytes, limit: int):
        if len(content) < _HEADER or content[126:128] not in (b"IM", b"MI"):
            raise ValueError("no MATLAB header")
        self._content, self._limit = content, limit
        self._order = "<" if content[126:128] == b"IM" else ">"

    def variables(self, wanted: str) -> dict[str, np.ndarray]:
        """The variable of that name, if there is one; the others are not looked into."""
        found: dict[str, np.ndarray] = {}
        for kind, data in _elements(memoryview(self._content)[_HEADER:], self._order):
            if kind == _COMPRESSED:
                kind, data = next(_elements(memoryview(self._unpacked(data)), self._order), (0, data))
            if kind == _MATRIX and len(data):
                name = self._header(data)[2]
                if name == wanted:
                    found[name] = self._array(data, 0)
        return found

    def _unpacked(self, data: memoryview) -> bytes:
        inflater = zlib.decompressobj()
        plain = inflater.decompress(data, max(self._limit, 1))
        if inflater.unconsumed_tail or len(plain) > self._limit:
            raise ValueError("compressed arrays that unpack to more than a file of its size can hold")
        self._limit -= len(plain)
        return plain

    def _header(self, data: memoryview) -> tuple[int, tuple[int, ...], str, Iterator]:
        """Class, dimensions, name, and the elements that follow."""
        parts = _elements(data, self._order)
        flags = int(self._numbers(*_following(parts))[0])
        kind = flags & 0xFF
        if kind not in (_CELL, _STRUCT, _CHARACTERS, *_NUMBERS) or flags & _COMPLEX:
            raise ValueError(f"an array of a class that no annotation needs ({kind})")
        dimensions = tuple(int(side) for side in self._numbers(*_following(parts)))
        if len(dimensions) < 2 or min(dimensions) < 0 or prod(dimensions) > len(data):
            raise ValueError(f"an array that declares {_product(dimensions)} elements in {len(data)} bytes")
        name = bytes(_following(parts)[1]).decode("latin1").rstrip("\0")
        return kind, dimensions, name, parts

    def _array(self, data: memoryview, depth: int) -> np.ndarray:
        if not len(data):  # how MATLAB writes an empty cell
            return np.zeros((0, 0))
        if depth > _DEEPEST:
            raise ValueError("cells inside cells without end")
        kind, dimensions, _, parts = self._header(data)
        count = prod(dimensions)
        if kind in _NUMBERS:
            values = self._numbers(*_following(parts)) if count else np.zeros(0)
            return _shaped(values.astype(_NUMBERS[kind]), dimensions)
        if kind == _CHARACTERS:
            return self._text(dimensions, parts)
        if kind == _CELL:
            return _objects([self._value(parts, depth) for _ in range(count)], dimensions)
        return self._structs(dimensions, parts, depth)

    def _structs(self, dimensions: tuple[int, ...], parts: Iterator, depth: int) -> np.ndarray:
        length = int(self._numbers(*_following(parts))[0])
        names = bytes(_following(parts)[1])
        if length < 1 or len(names) % length:
            raise ValueError("fields without names")
        fields = [names[i : i + length].split(b"\0")[0].decode("latin1") for i in range(0, len(names), length)]
        if not fields and prod(dimensions) > 1:
            raise ValueError("structs without fields")
        made = [
            SimpleNamespace(**{field: self._value(parts, depth) for field in fields}) for _ in range(prod(dimensions))
        ]
        return _objects(made, dimensions)

    def _value(self, parts: Iterator, depth: int) -> np.ndarray:
        kind, data = next(parts, (0, b""))
        if kind != _MATRIX:
            raise ValueError("fewer arrays than a cell or struct declares")
        return self._array(data, depth + 1)

    def _text(self, dimensions: tuple[int, ...], parts: Iterator) -> np.ndarray:
        """One string for every row; without any character, none."""
        if not prod(dimensions):
            return np.zeros(0, np.str_)
        kind, data = _following(parts)
        if kind in _TEXTS:
            endian = "" if kind == 16 else "-le" if self._order == "<" else "-be"
            letters = np.array(list(bytes(data).decode(_TEXTS[kind] + endian)))
        else:
            letters = np.array([chr(number) for number in self._numbers(kind, data).astype(np.uint32).tolist()])
        rows = _shaped(letters, dimensions).reshape(-1, dimensions[-1])
        return np.array(["".join(row) for row in rows]).reshape(dimensions[:-1])

    def _numbers(self, kind: int, data: memoryview) -> np.ndarray:
        if kind not in _STORED:
            raise ValueError(f"an element of type {kind} in place of numbers")
        return np.frombuffer(data, np.dtype(_STORED[kind]).newbyteorder(self._order))


def _elements(content: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """(type, data) of the data elements that follow each other; ValueError where one does not fit in."""
    start = 0
    while start + 8 <= len(content):
        kind, size = struct.unpack_from(order + "II", content, start)
        if kind >> 16:  # small elements pack type, size and data into eight bytes
            kind, size = kind & 0xFFFF, kind >> 16
            if size > 4:
                raise ValueError("a small element of more than four bytes")
            yield kind, content[start + 4 : start + 4 + size]
            start += 8
            continue
        if start + 8 + size > len(content):
            raise ValueError(f"an element of {size:,} bytes that does not fit in the file")
        yield kind, content[start + 8 : start + 8 + size]
        # Only compressed elements are not padded to eight bytes.
        start += 8 + size + (0 if kind == _COMPRESSED else -size % 8)


def _following(parts: Iterator[tuple[int, memoryview]]) -> tuple[int, memoryview]:
    found = next(parts, None)
    if found is None:
        raise ValueError("an array that ends before its content")
    return found


def _shaped(values: np.ndarray, dimensions: tuple[int, ...]) -> np.ndarray:
    if len(values) != prod(dimensions):
        raise ValueError(f"an array that declares {_product(dimensions)} elements and holds {len(values)}")
    return values.reshape(dimensions, order="F")


def _objects(values: list[Any], dimensions: tuple[int, ...]) -> np.ndarray:
    made = np.empty(len(values), object)
    for place, value in enumerate(values):
        made[place] = value
    return _shaped(made, dimensions)


def _product(dimensions: tuple[int, ...]) -> str:
    return " x ".join(map(str, dimensions)) or "no"
