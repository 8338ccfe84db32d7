"""HDF5, MATLAB and NumPy files whose sizes cannot be true are refused before anything is allocated."""

import resource
import struct
import zipfile
import zlib

import h5py
import numpy as np
import pytest
import scipy.io

from voxelpose.errors import InputError
from voxelpose.reading import npz as npz_opener
from voxelpose.safe_files.hdf5 import open_hdf5
from voxelpose.safe_files.matlab import read_mat
from voxelpose.safe_files.npz import read_npz, read_npz_object


@pytest.fixture
def _small_allowance(monkeypatch):
    """Bombs of 20 MB do where a file may unpack to one."""
    monkeypatch.setattr(npz_opener, "_FLOOR", 2**20)


@pytest.fixture(autouse=True)
def _little_memory():
    """Any attempt to allocate what the files below declare fails the test; they declare 80 GB and more."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2 * 2**30, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def test_hdf5_arrays_are_read_and_wrong_ones_named(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["pose/2d"] = np.arange(12.0).reshape(1, 6, 2)
        file["text"] = np.array([b"a", b"b"])
        file["objects"] = np.array(["x"], h5py.string_dtype())
    with open_hdf5(tmp_path / "a.h5") as file:
        assert file.array("pose/2d", (None, 6, 2))[0, 1].tolist() == [2, 3] and "text" in file
        with pytest.raises(InputError, match=r"pose/2d of shape any x 17 x 2 .* Received: 1 x 6 x 2"):
            file.array("pose/2d", (None, 17, 2))
        with pytest.raises(InputError, match="Expected an array part in .* There is: objects, pose, pose/2d, text"):
            file.array("part")
        with pytest.raises(InputError, match="numbers or text in objects"):
            file.array("objects")


def test_an_absurd_hdf5_array_is_refused(tmp_path):
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        file.create_dataset("part", (10**9, 10, 2), "f4", chunks=(1000, 10, 2), fillvalue=1)
    assert (tmp_path / "huge.h5").stat().st_size < 10_000
    with open_hdf5(tmp_path / "huge.h5") as file, pytest.raises(InputError, match="80,000,000,000 bytes, more than a"):
        file.array("part")
    (tmp_path / "broken.h5").write_bytes((tmp_path / "huge.h5").read_bytes()[:600])
    with pytest.raises(InputError, match="sound HDF5 file"), open_hdf5(tmp_path / "broken.h5"):
        pass
    with pytest.raises(InputError, match="There is no such file"), open_hdf5(tmp_path / "none.h5"):
        pass


def test_hdf5_arrays_that_lie_in_other_files_are_refused(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(80))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.ones(3)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["linked"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "x")
        file.create_dataset("raw", (10,), "f8", external=[(str(tmp_path / "secret"), 0, 80)])
        layout = h5py.VirtualLayout((3,), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (3,))
        file.create_virtual_dataset("virtual", layout)
    with open_hdf5(tmp_path / "a.h5") as file:
        for name in ("linked", "raw", "virtual"):
            with pytest.raises(InputError, match="points at another file"):
                file.array(name)


def test_matlab_arrays_structs_and_cells_are_read(tmp_path):
    content = {"x": np.arange(6.0).reshape(2, 3), "s": {"a": 1.0, "b": "text"}, "c": np.array([[1.0], ["q"]], object)}
    for compressed in (False, True):
        scipy.io.savemat(tmp_path / "a.mat", content, do_compression=compressed)
        assert read_mat(tmp_path / "a.mat", "x", (2, None)).tolist() == [[0, 1, 2], [3, 4, 5]]
        assert read_mat(tmp_path / "a.mat", "s").flat[0].b.item() == "text"
        assert read_mat(tmp_path / "a.mat", "c").shape == (2, 1)
        with pytest.raises(InputError, match="x of shape 3 x any"):
            read_mat(tmp_path / "a.mat", "x", (3, None))
        with pytest.raises(InputError, match="variable y"):
            read_mat(tmp_path / "a.mat", "y")


@pytest.mark.parametrize("kind", ["numbers", "cell", "struct"])
@pytest.mark.parametrize("compressed", [False, True])
def test_an_absurd_matlab_array_is_refused(tmp_path, kind, compressed):
    value = {"numbers": np.ones((7, 11)), "cell": np.array([[1.0, 2.0]] * 7, object), "struct": {"a": 1.0}}[kind]
    scipy.io.savemat(tmp_path / "a.mat", {"x": value})
    content = (tmp_path / "a.mat").read_bytes()
    rows, columns = {"numbers": (7, 11), "cell": (7, 2), "struct": (1, 1)}[kind]
    at = content.index(struct.pack("<IIii", 5, 8, rows, columns))
    content = content[: at + 8] + struct.pack("<ii", 2_000_000_000, 40_000) + content[at + 16 :]
    if compressed:
        packed = zlib.compress(content[128:])
        content = content[:128] + struct.pack("<II", 15, len(packed)) + packed
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"an array that declares 2000000000 x 40000 elements in \d+ bytes"):
        read_mat(tmp_path / "a.mat", "x")


def test_a_matlab_bomb_objects_and_nonsense_are_refused(tmp_path, _small_allowance):
    header = scipy_header(tmp_path)
    bomb = zlib.compress(bytes(2 * 10**7))
    (tmp_path / "bomb.mat").write_bytes(header + struct.pack("<II", 15, len(bomb)) + bomb)
    with pytest.raises(InputError, match="unpack to more than a file of its size can hold"):
        read_mat(tmp_path / "bomb.mat", "x")
    sparse = struct.pack("<IIII", 6, 8, 5, 0) + struct.pack("<IIii", 5, 8, 2, 2)
    (tmp_path / "sparse.mat").write_bytes(header + struct.pack("<II", 14, len(sparse)) + sparse)
    with pytest.raises(InputError, match="no annotation needs"):
        read_mat(tmp_path / "sparse.mat", "x")
    (tmp_path / "long.mat").write_bytes(header + struct.pack("<II", 14, 2**32 - 1))
    with pytest.raises(InputError, match="does not fit in the file"):
        read_mat(tmp_path / "long.mat", "x")
    (tmp_path / "text.mat").write_text("no matlab file" * 30)
    with pytest.raises(InputError, match="no MATLAB header"):
        read_mat(tmp_path / "text.mat", "x")
    with h5py.File(tmp_path / "new.mat", "w") as file:
        file["x"] = 1
    with pytest.raises(InputError, match="version 7.3; expected version 5 to 7"):
        read_mat(tmp_path / "new.mat", "x")


def scipy_header(folder) -> bytes:
    scipy.io.savemat(folder / "header.mat", {"x": 1.0})
    return (folder / "header.mat").read_bytes()[:128]


def test_numpy_archives_are_read_and_absurd_ones_refused(tmp_path, _small_allowance):
    np.savez_compressed(
        tmp_path / "a.npz", x=np.arange(6).reshape(2, 3).T, name=np.array(["a"]), bare=np.ones(2, object)
    )
    fields = read_npz(tmp_path / "a.npz", {"x": (3, 2), "name": None})
    assert fields["x"].tolist() == [[0, 3], [1, 4], [2, 5]] and fields["name"].tolist() == ["a"]
    with pytest.raises(InputError, match="Expected y in .* There is: x, name, bare"):
        read_npz(tmp_path / "a.npz", {"y": None})
    with pytest.raises(InputError, match="Received Python objects"):
        read_npz(tmp_path / "a.npz", {"bare": None})
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", 86)
    told = b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000, 1), }"
    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as archive:
        archive.writestr("x.npy", header + told.ljust(85) + b"\n")
    with pytest.raises(InputError, match="80,000,000,000 bytes, more than a file of its size can hold"):
        read_npz(tmp_path / "huge.npz", {"x": None})
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(2 * 10**7))
    with pytest.raises(InputError, match="unpacks to more"):
        read_npz(tmp_path / "bomb.npz", {"x": None})


def test_an_archive_with_a_program_in_it_is_refused(tmp_path):
    class Runs:
        def __reduce__(self):
            return open, (str(tmp_path / "ran"), "w")

    np.savez(tmp_path / "bad.npz", positions_3d=np.array(Runs(), object))
    with pytest.raises(InputError, match=r"it asks for (_?io|builtins).open"):
        read_npz_object(tmp_path / "bad.npz", "positions_3d")
    assert not (tmp_path / "ran").exists()
