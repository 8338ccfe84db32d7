"""How much memory a file may ask for."""

from collections.abc import Sequence
from math import prod
from pathlib import Path

from voxelpose.errors import InputError
from voxelpose.reading.npz import allowance


def check_declared(path: str | Path, name: str, shape: Sequence[int], item: int) -> None:
    """InputError if an array of `shape` with `item` bytes each is larger than the file can honestly hold."""
    size = prod(int(n) for n in shape) * item
    if size > allowance(path):
        raise InputError(
            f"{path} declares {name} of shape {tuple(shape)}, {size:,} bytes, more than a file of its size can hold. "
            "It was not read."
        )


def check_shape(path: str | Path, name: str, shape: Sequence[int], expected: Sequence[int | None] | None) -> None:
    """InputError unless `shape` fits `expected`, where None stands for any length."""
    if expected is None:
        return
    same = len(shape) == len(expected) and all(e in (None, n) for n, e in zip(shape, expected, strict=True))
    if not same:
        wanted = " x ".join("any" if n is None else str(n) for n in expected)
        raise InputError(f"Expected {name} of shape {wanted} in {path}. Received: {' x '.join(map(str, shape))}.")


def require_file(path: str | Path, what: str) -> Path:
    """The path, if there is a file; InputError saying what was expected otherwise."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"Expected {what} at {path}. There is no such file.")
    return path
