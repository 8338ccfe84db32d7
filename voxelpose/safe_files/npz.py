"""NumPy's archives (.npz); one that holds Python objects goes through the restricted pickle reader."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.reading.guard import guarded
from voxelpose.reading.npz import allowance
from voxelpose.safe_files.limits import check_declared, check_shape, require_file
from voxelpose.safe_files.pickles import parse_pickle

_EXPECTED = "a sound .npz file"


def array_names(path: str | Path) -> set[str]:
    """The names of the arrays in an archive; InputError where the file is none."""
    path = require_file(path, "a NumPy archive (.npz)")
    with guarded(path, _EXPECTED), zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy") for name in archive.namelist()}


def read_npz(path: str | Path, fields: dict[str, Sequence[int | None] | None]) -> dict[str, np.ndarray]:
    """The named arrays of an archive. fields: the shape that each must have, None for any; object arrays are refused.

    InputError where the file is none, lacks an array, or declares more than it can honestly hold.
    """
    path = require_file(path, "a NumPy archive (.npz)")
    with guarded(path, _EXPECTED), zipfile.ZipFile(path) as archive:
        return {name: _array(path, archive, name, shape) for name, shape in fields.items()}


def read_npz_object(path: str | Path, name: str) -> Any:
    """The Python object (dicts, lists, arrays) that an archive holds under a name; nothing in it is run."""
    path = require_file(path, "a NumPy archive (.npz)")
    with guarded(path, _EXPECTED), zipfile.ZipFile(path) as archive:
        shape, kind, content = _open(path, archive, name)
    if kind.kind != "O" or shape != ():
        raise InputError(f"Expected one Python object under {name} in {path}. Received: {kind} of shape {shape}.")
    found = parse_pickle(content, f"{name} of {path}")
    return found.item() if isinstance(found, np.ndarray) and found.shape == () else found


def _array(path: Path, archive: zipfile.ZipFile, name: str, expected: Sequence[int | None] | None) -> np.ndarray:
    shape, kind, content = _open(path, archive, name, expected)
    if kind.hasobject:
        raise InputError(f"Expected plain numbers or text under {name} in {path}. Received Python objects.")
    return content


def _open(path: Path, archive: zipfile.ZipFile, name: str, expected: Sequence[int | None] | None = None) -> tuple:
    member = f"{name}.npy"
    if member not in archive.namelist():
        there = ", ".join(found.removesuffix(".npy") for found in archive.namelist()[:20])
        raise InputError(f"Expected {name} in {path}. There is: {there}.")
    if archive.getinfo(member).file_size > allowance(path):
        raise InputError(f"{name} of {path} unpacks to more than a file of its size can hold. It was not read.")
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, kind = read(stream)
        if kind.hasobject:
            return shape, kind, stream.read()
        check_shape(path, name, shape, expected)
        check_declared(path, name, shape, max(kind.itemsize, 1))
        values = np.frombuffer(stream.read(), kind)
        return shape, kind, values.reshape(shape, order="F" if fortran else "C")
