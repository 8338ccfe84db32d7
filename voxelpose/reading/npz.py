"""The one way in which NumPy's archives (.npz) are opened."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from voxelpose.reading.guard import guarded

# Nothing that is kept in archives unpacks to more than this many times its size; small files may be very regular.
_RATIO = 50
_FLOOR = 256 * 2**20


def allowance(path: str | os.PathLike) -> int:
    """Bytes that the content of a file may take in memory."""
    return max(_FLOOR, _RATIO * Path(path).stat().st_size)


@contextmanager
def open_npz(path: str | os.PathLike, expected: str, advice: str = "") -> Iterator[np.lib.npyio.NpzFile]:
    """Open an archive of arrays, for a block that takes arrays out of it and looks at them, and does nothing else.

    No Python object is read. InputError naming the file for whatever goes wrong in the block, and for an archive that
    unpacks to more than a file of its size can honestly hold.
    """
    with guarded(path, expected, advice):
        found = np.load(path, allow_pickle=False)
        if not isinstance(found, np.lib.npyio.NpzFile):
            raise ValueError("a single array, no archive of arrays")
        with found:
            declared, allowed = sum(member.file_size for member in found.zip.infolist()), allowance(path)
            if declared > allowed:
                raise ValueError(f"{declared:,} bytes unpacked, and a file of its size holds {allowed:,} at most")
            yield found


def read_array(path: str | os.PathLike, expected: str) -> np.ndarray:
    """The array of a .npy file, which is not copied before it is used; InputError naming the file otherwise."""
    with guarded(path, expected):
        found = np.load(path, allow_pickle=False, mmap_mode="r")
        if not isinstance(found, np.ndarray):
            found.close()
            raise ValueError("an archive of arrays")
        return found
