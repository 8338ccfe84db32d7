"""The one way in which HDF5 files are opened."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import h5py

from voxelpose.reading.guard import guarded


@contextmanager
def open_hdf5(path: str | os.PathLike, expected: str, advice: str = "") -> Iterator[h5py.File]:
    """Open an HDF5 file, for a block that takes arrays and attributes out of it and does nothing else.

    InputError naming the file for whatever goes wrong in the block.
    """
    with guarded(path, expected, advice), h5py.File(path, "r") as file:
        yield file
