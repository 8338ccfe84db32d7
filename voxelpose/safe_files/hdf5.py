"""HDF5 files and MATLAB's files since version 7.3, which are HDF5."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from voxelpose.errors import InputError
from voxelpose.reading.hdf5 import open_hdf5 as open_checked
from voxelpose.safe_files.limits import check_declared, check_shape, require_file


class Hdf5:
    """An open file whose arrays are checked before they are read."""

    def __init__(self, path: Path, file: h5py.File):
        self.path, self._file = path, file

    def __contains__(self, name: str) -> bool:
        return name in self._file

    def array(self, name: str, shape: Sequence[int | None] | None = None) -> np.ndarray:
        """A whole array of numbers or fixed-length text. shape: what it must be, None for any length.

        InputError where it is missing, of another shape or type, or larger than the file can honestly hold.
        """
        if isinstance(self._file.get(name, getlink=True), h5py.ExternalLink):
            raise InputError(f"{name} of {self.path} points at another file. It was not read.")
        found = self._file.get(name)
        if not isinstance(found, h5py.Dataset):
            raise InputError(f"Expected an array {name} in {self.path}. There is: {', '.join(self._names())}.")
        if found.shape is None or found.dtype.kind not in "biufS":
            raise InputError(f"Expected numbers or text in {name} of {self.path}. Received type: {found.dtype}.")
        check_shape(self.path, name, found.shape, shape)
        check_declared(self.path, name, found.shape, found.dtype.itemsize)
        if found.external or found.is_virtual:
            raise InputError(f"{name} of {self.path} points at another file. It was not read.")
        return found[()]

    def _names(self) -> list[str]:
        names: list[str] = []
        self._file.visit(names.append)
        return names[:20]


@contextmanager
def open_hdf5(path: str | Path) -> Iterator[Hdf5]:
    """Open an HDF5 file for reading; InputError where it is none or damaged."""
    path = require_file(path, "an HDF5 file")
    with open_checked(path, "a sound HDF5 file") as file:
        yield Hdf5(path, file)
