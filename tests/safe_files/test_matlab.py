"""MATLAB's files are read as scipy reads them where they are sound, and are refused where they are not."""

import random
import struct

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.safe_files.matlab import read_mat

scipy_io = pytest.importorskip("scipy.io")

VALUES = {
    "doubles": np.arange(24.0).reshape(2, 3, 4) / 7,
    "singles": np.linspace(-1, 1, 7, dtype=np.float32).reshape(1, 7),
    "bytes": np.arange(5, dtype=np.uint8).reshape(5, 1),
    "wide": np.array([[-(2**40), 3]], np.int64),
    "truth": np.array([[True, False]]),
    "empty": np.zeros((0, 3)),
    "word": "walking",
    "umlaut": "Gehört",
    "nothing": "",
    "cells": np.array([np.arange(3.0), "two", np.zeros((2, 2))], object),
    "tree": {"joints": np.eye(3), "inner": {"name": "left", "id": 4.0}, "list": np.array([1.0, "b"], object)},
}


def same(ours, theirs):
    """Whether two values are the same in shape and content, structs field by field."""
    if hasattr(theirs, "_fieldnames"):
        return all(same(getattr(ours, name), getattr(theirs, name)) for name in theirs._fieldnames)
    if theirs.dtype == object:
        pairs = zip(ours.ravel(), theirs.ravel(), strict=True)
        return ours.shape == theirs.shape and all(same(one, other) for one, other in pairs)
    return ours.shape == theirs.shape and np.array_equal(ours, theirs)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", VALUES)
def test_sound_files_are_what_scipy_reads(name, packed, tmp_path):
    path = tmp_path / "a.mat"
    scipy_io.savemat(path, VALUES, do_compression=packed)
    theirs = scipy_io.loadmat(path, struct_as_record=False, squeeze_me=False)[name]
    assert same(read_mat(path, name), theirs)


def element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(kind, dimensions, stored, data):
    parts = element(6, struct.pack("<II", kind, 0)), element(5, struct.pack(f"<{len(dimensions)}i", *dimensions))
    return bytes(124) + b"\0\1IM" + element(14, b"".join(parts) + element(1, b"x") + element(stored, data))


def test_doubles_that_are_stored_as_bytes_are_doubles(tmp_path):
    (tmp_path / "a.mat").write_bytes(matrix(6, (1, 3), 2, b"\1\2\xff"))
    found = read_mat(tmp_path / "a.mat", "x", (1, 3))
    assert found.dtype == np.float64 and found.tolist() == [[1, 2, 255]]


@pytest.mark.parametrize(
    "content, told",
    [
        (matrix(6, (1, 3), 9, bytes(16)), "declares 1 x 3 elements and holds 2"),
        (matrix(6, (2**20, 2**20), 9, bytes(16)), "declares 1048576 x 1048576 elements"),
        (matrix(6, (-1, 3), 9, bytes(16)), "declares -1 x 3"),
        (matrix(6, (1, 2), 99, bytes(16)), "an element of type 99"),
        (matrix(5, (1, 2), 9, bytes(16)), "class that no annotation needs"),
        (matrix(1, (1, 2), 9, bytes(16)), "fewer arrays than a cell"),
        (matrix(4, (1, 2), 17, b"\0\xd8\0\xd8"), "decode"),
        (matrix(6, (1, 2), 9, bytes(16))[:-20], "does not fit"),
    ],
)
def test_what_does_not_fit_is_one_sentence(content, told, tmp_path):
    path = tmp_path / "a.mat"
    path.write_bytes(content)
    with pytest.raises(InputError, match="Expected a sound MATLAB file") as caught:
        read_mat(path, "x")
    assert told in str(caught.value) and str(path) in str(caught.value)


def test_cells_inside_cells_without_end_are_refused(tmp_path):
    inner = element(14, b"")
    for _ in range(60):
        head = element(6, struct.pack("<II", 1, 0)) + element(5, struct.pack("<2i", 1, 1)) + element(1, b"x")
        inner = element(14, head + inner)
    (tmp_path / "a.mat").write_bytes(bytes(124) + b"\0\1IM" + inner)
    with pytest.raises(InputError, match="without end"):
        read_mat(tmp_path / "a.mat", "x")


@pytest.mark.parametrize("packed", [False, True])
def test_any_changed_bytes_are_a_value_or_a_sentence(packed, tmp_path):
    """Files of one kilobyte ended the interpreter with a bus error when scipy read them."""
    path, rng = tmp_path / "a.mat", random.Random(15)
    scipy_io.savemat(path, VALUES, do_compression=packed)
    sound = path.read_bytes()
    for _ in range(600):
        content = bytearray(sound)
        for _ in range(rng.randint(1, 6)):
            content[rng.randrange(len(content))] = rng.choice((0, 1, 14, 127, 255, rng.randrange(256)))
        path.write_bytes(content)
        try:
            read_mat(path, rng.choice(list(VALUES)))
        except InputError as error:
            assert str(path) in str(error) and len(str(error)) <= 1000
