"""Checkpoints under every kind of damage: the newest sound one is found, and a failed save leaves the others alone."""

import errno
import io

import numpy as np
import pytest

from voxelpose.training.run import checkpoint
from voxelpose.training.run.checkpoint import CheckpointFolder

ARRAYS = {"model/00000": np.arange(6, dtype=np.float32).reshape(2, 3), "optimizer/00000": np.array(7, np.int64)}


@pytest.fixture
def folder(tmp_path):
    folder = CheckpointFolder(tmp_path / "checkpoints", keep=2)
    for step in (10, 20):
        folder.save(step, {**ARRAYS, "optimizer/00000": np.array(step)}, {"step": step, "best": None, "error": 1 / 3})
    return folder


def latest(folder):
    told = []
    found = folder.latest(told.append)
    return (None if found is None else found[1]["step"]), told


def test_what_was_saved_comes_back_bit_for_bit(folder):
    arrays, facts = folder.latest(pytest.fail)
    assert arrays.keys() == ARRAYS.keys()
    np.testing.assert_array_equal(arrays["model/00000"], ARRAYS["model/00000"])
    assert arrays["model/00000"].dtype == np.float32 and arrays["optimizer/00000"] == 20
    assert facts == {"step": 20, "best": None, "error": 1 / 3}


def test_the_newest_few_are_kept(folder):
    folder.save(30, ARRAYS, {"step": 30})
    assert sorted(path.name for path in folder.folder.iterdir()) == ["step-000000020.npz", "step-000000030.npz"]


def test_an_empty_folder_has_none(tmp_path):
    assert latest(CheckpointFolder(tmp_path)) == (None, [])


def truncated(content):
    return content[: len(content) // 2]


def flipped(content):
    """One bit of an array's numbers, and nothing that zip itself would notice missing."""
    place = content.index(ARRAYS["model/00000"].tobytes())
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def torn(content):
    return content[:100] + bytes(len(content) - 100)


def of_other_content(content):
    """A sound file of NumPy whose digest belongs to other numbers."""
    with np.load(io.BytesIO(content)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["model/00000"] = arrays["model/00000"] + 1
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def pickled(content):
    stream = io.BytesIO()
    np.savez(stream, facts=np.array([{"step": 99}], dtype=object))
    return stream.getvalue()


@pytest.mark.parametrize("damage", [truncated, flipped, torn, of_other_content, pickled, lambda content: b""])
def test_a_damaged_file_is_told_and_the_one_before_taken(folder, damage):
    path = folder.folder / "step-000000020.npz"
    path.write_bytes(damage(path.read_bytes()))
    step, told = latest(folder)
    assert step == 10
    assert len(told) == 1 and str(path) in told[0] and "going back to the one before" in told[0]


def test_nothing_sound_is_none(folder):
    for path in folder.folder.iterdir():
        path.write_bytes(b"x")
    step, told = latest(folder)
    assert step is None and len(told) == 2


@pytest.mark.parametrize("written", [0, 300])
def test_a_full_disk_leaves_the_earlier_ones_alone(folder, monkeypatch, written):
    before = {path.name: path.read_bytes() for path in folder.folder.iterdir()}

    def full(path, **_):
        path.write_bytes(b"half of it"[:written])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(checkpoint, "save_arrays", full)
    with pytest.raises(OSError, match="No space left"):
        folder.save(30, ARRAYS, {"step": 30})
    assert {path.name: path.read_bytes() for path in folder.folder.iterdir()} == before


def test_sweeping_removes_halves_of_files_and_what_could_not_be_loaded(folder):
    (folder.folder / ".step-000000030-x1y2.npz").write_bytes(b"half")
    (folder.folder / "step-000000020.npz").write_bytes(b"damaged")
    folder.sweep(latest(folder)[0])
    assert [path.name for path in folder.folder.iterdir()] == ["step-000000010.npz"]


def test_a_damaged_newer_one_never_pushes_out_a_sound_one(folder):
    folder.keep = 1
    (folder.folder / "step-000000020.npz").write_bytes(b"damaged")
    folder.sweep(10)
    folder.save(15, ARRAYS, {"step": 15})
    assert latest(folder) == (15, [])


def test_whatever_byte_is_changed_the_newest_or_the_one_before_is_found(folder):
    """Zip's directory and headers, NumPy's headers and the numbers, byte after byte."""
    path = folder.folder / "step-000000020.npz"
    content = path.read_bytes()
    older = 0
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :])
        step, told = latest(folder)
        assert (step, len(told)) in ((20, 0), (10, 1)), place
        older += step == 10
    assert older > len(content) / 2
