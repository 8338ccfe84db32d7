"""Pickles of NumPy arrays and plain containers, and nothing else.

A pickle is a program. This reader never looks up a name in any module: the few names that pickled arrays consist of are
answered by stand-ins of this file, everything else is refused. Arrays are then made from their bytes alone.
"""

import io
import pickle
import pickletools
from collections import OrderedDict
from collections.abc import Collection
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.reading.guard import guarded
from voxelpose.safe_files.limits import require_file

_NUMPY = ("numpy", "numpy.core.multiarray", "numpy._core.multiarray", "numpy._core.numeric", "numpy.core.numeric")
_FORBIDDEN = ("PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "NEXT_BUFFER")


def read_pickle(path: str | Path, objects: Collection[str] = ()) -> Any:
    """The content of a pickle, Python 2's included: dicts, lists, tuples, text, numbers, arrays of numbers.

    objects: classes such as "chumpy.ch.Ch" whose objects come as the dict of their attributes; no class is looked up.
    InputError where it holds anything else; nothing in it is run.
    """
    path = require_file(path, "a pickle file")
    return parse_pickle(path.read_bytes(), str(path), objects)


def parse_pickle(content: bytes, where: str, objects: Collection[str] = ()) -> Any:
    """The same for bytes at hand; where: what to call them in messages."""
    with guarded(where, "a pickle of arrays and plain containers"):
        _check_program(content, _FORBIDDEN if not objects else set(_FORBIDDEN) - {"NEWOBJ"})
        unpickler = _Unpickler(io.BytesIO(content), encoding="latin1")
        unpickler.objects = frozenset(objects)
        return _plain(unpickler.load(), {})


def _check_program(content: bytes, forbidden: Collection[str]) -> None:
    """Refuse operations that no pickle of arrays needs, and memory for more memo entries than there are operations."""
    largest, count = 0, 0
    for operation, argument, _ in pickletools.genops(content):
        count += 1
        if operation.name in forbidden:
            raise ValueError(f"it uses {operation.name}")
        if operation.name in ("PUT", "BINPUT", "LONG_BINPUT"):
            largest = max(largest, int(argument))
    if largest > count:
        raise ValueError("it reserves memory without need")


class _Unpickler(pickle.Unpickler):
    objects: frozenset[str] = frozenset()

    def find_class(self, module: str, name: str):
        if f"{module}.{name}" in self.objects:
            return _Attributes
        if self.objects and module in ("copy_reg", "copyreg") and name == "_reconstructor":
            return _attributes
        if self.objects and module in ("builtins", "__builtin__") and name == "object":
            return object
        if module in _NUMPY and name in _STAND_INS:
            return _STAND_INS[name]
        if (module, name) == ("_codecs", "encode"):
            return _encode
        if module in ("builtins", "__builtin__") and name == "bytes":
            return _no_bytes
        if (module, name) == ("collections", "OrderedDict"):
            return _ordered
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


class _Attributes:
    """Stands in for an object of another class, of which only the attributes are wanted."""

    value: Any = None

    def __new__(cls, *_):
        return object.__new__(cls)

    def __init__(self, *_):
        pass

    def __setstate__(self, state: dict) -> None:
        if not isinstance(state, dict):
            raise ValueError("an object whose state is no dict")
        self.value = state


def _attributes(kind: Any, base: Any, _: Any) -> _Attributes:
    if kind is not _Attributes or base is not object:
        raise ValueError("an object that is not made from its attributes")
    return _Attributes()


class _Type:
    """Stands in for numpy.dtype."""

    def __init__(self, code: str, *_):
        self.type = np.dtype(_text(code))
        if self.type.kind not in "biufcSUO" or self.type.hasobject and self.type.kind != "O":
            raise ValueError(f"arrays of type {code}")

    def __setstate__(self, state: tuple) -> None:
        order = _text(state[1])
        if len(state) > 4 and (state[2] is not None or state[3] is not None or state[4] is not None):
            raise ValueError("arrays of records")
        if order in "<>":
            self.type = self.type.newbyteorder(order)
        if self.type.kind in "SU":
            self.type = np.dtype(f"{order if order in '<>' else ''}{self.type.kind}{_length(state, self.type.kind)}")


class _Array:
    """Stands in for numpy.ndarray while its pieces come in."""

    value: Any = None

    def __setstate__(self, state: tuple) -> None:
        _, shape, kind, fortran, data = state
        order = "F" if fortran else "C"
        count = prod(int(n) for n in shape)
        if kind.type.kind == "O":
            if len(data) != count:
                raise ValueError("an array whose content does not fit its shape")
            self.value = (data, tuple(shape), order)
            return
        data = data.encode("latin1") if isinstance(data, str) else bytes(data)
        if min(shape, default=0) < 0 or len(data) != count * kind.type.itemsize:
            raise ValueError("an array whose content does not fit its shape")
        self.value = np.frombuffer(data, kind.type).reshape(shape, order=order).copy()


def _reconstruct(kind: Any, shape: tuple, code: Any) -> _Array:
    if kind is not _Array or prod(shape) != 0:
        raise ValueError("an array that is not made from its bytes")
    return _Array()


def _frombuffer(data: Any, kind: _Type, shape: tuple, order: str, *_) -> _Array:
    array = _Array()
    array.__setstate__((1, shape, kind, order == "F", bytes(data)))
    return array


def _scalar(kind: _Type, data: Any = b"") -> Any:
    data = data.encode("latin1") if isinstance(data, str) else bytes(data)
    return np.frombuffer(data, kind.type, count=1)[0]


def _encode(text: str, codec: str = "latin1") -> bytes:
    if codec not in ("latin1", "latin-1", "utf-8"):
        raise ValueError(f"the codec {codec}")
    return text.encode(codec)


def _no_bytes(*arguments: Any) -> bytes:
    # Protocols below 3 write empty bytes as a call; bytes(n) would reserve n of them.
    if arguments not in ((), ((),), ([],)):
        raise ValueError("bytes that are made by a call")
    return b""


def _ordered(items: Any = ()) -> dict:
    return OrderedDict(items)


_STAND_INS = {
    "ndarray": _Array,
    "dtype": _Type,
    "_reconstruct": _reconstruct,
    "_frombuffer": _frombuffer,
    "scalar": _scalar,
}


def _text(value: Any) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else str(value)


def _length(state: tuple, kind: str) -> int:
    return int(state[5]) // (4 if kind == "U" else 1)


def _plain(value: Any, seen: dict[int, Any]) -> Any:
    """The same with real arrays in place of the stand-ins; what is shared stays shared."""
    if isinstance(value, str | bytes | int | float | complex | bool | np.generic | type(None)):
        return value
    if id(value) in seen:
        return seen[id(value)][0]
    made = _made(value, seen)
    # The original is kept as well: its id must not be given to another object meanwhile.
    seen[id(value)] = (made, value)
    return made


def _made(value: Any, seen: dict[int, Any]) -> Any:
    if isinstance(value, _Array):
        if not isinstance(value.value, tuple):
            return value.value
        data, shape, order = value.value
        flat = np.empty(len(data), object)
        flat[:] = [_plain(item, seen) for item in data]
        return flat.reshape(shape, order=order)
    if isinstance(value, _Attributes):
        return _plain(value.value, seen)
    if isinstance(value, dict):
        return {_plain(key, seen): _plain(item, seen) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(_plain(item, seen) for item in value)
    raise ValueError(f"it holds a {type(value).__name__}")
