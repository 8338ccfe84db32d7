import errno
import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from voxelpose import assets
from voxelpose.errors import InputError
from voxelpose.files import atomic_folder, atomic_path, check_writable, held, sha256, write_bytes


def test_a_file_appears_whole(tmp_path):
    write_bytes(tmp_path / "new" / "a.tar.gz", b"content")
    assert (tmp_path / "new" / "a.tar.gz").read_bytes() == b"content"
    assert sha256(tmp_path / "new" / "a.tar.gz") == hashlib.sha256(b"content").hexdigest()


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path, failure):
    target = tmp_path / "weights.h5"
    target.write_bytes(b"old")
    with pytest.raises(type(failure)), atomic_path(target) as temporary:
        temporary.write_bytes(b"half")
        raise failure
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["weights.h5"]


def test_every_shipped_asset_matches_its_checksum():
    import json

    for name in json.loads(assets.CHECKSUMS.read_text()):
        assert assets.verified_asset(name).is_file()


def test_a_damaged_asset_is_refused(tmp_path, monkeypatch):
    (tmp_path / "bodies.npz").write_bytes(b"changed")
    checksums = tmp_path / "checksums.json"
    checksums.write_text('{"bodies.npz": "00"}')
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    monkeypatch.setattr(assets, "CHECKSUMS", checksums)
    assets.verified_asset.cache_clear()
    with pytest.raises(InputError, match="damaged: expected sha256 00, received"):
        assets.verified_asset("bodies.npz")
    with pytest.raises(InputError, match="Expected the shipped file gone.npz"):
        assets.verified_asset("gone.npz")
    assets.verified_asset.cache_clear()


def test_all_files_move_together_and_replace_what_was_there(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "old").write_text("old")
    (tmp_path / "pair.xml").write_text("old")
    with atomic_folder(tmp_path) as stage:
        (stage / "folder").mkdir()
        (stage / "folder" / "new").write_text("new")
        (stage / "pair.xml").write_text("new")
        (stage / "pair.bin").write_text("new")
        assert (tmp_path / "pair.xml").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "pair.bin", "pair.xml"]
    assert [p.name for p in (tmp_path / "folder").iterdir()] == ["new"]
    assert (tmp_path / "pair.xml").read_text() == "new"


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failed_folder_leaves_everything_as_it_was(tmp_path, failure):
    (tmp_path / "a").write_text("old")
    with pytest.raises(failure), atomic_folder(tmp_path) as stage:
        (stage / "a").write_text("new")
        raise failure
    assert [p.name for p in tmp_path.iterdir()] == ["a"] and (tmp_path / "a").read_text() == "old"


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path):
    with pytest.raises(OSError) as told, atomic_path(tmp_path / "a.npz"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert told.value.filename == str(tmp_path / "a.npz")


def test_a_lock_is_given_to_one_at_a_time_and_leaves_nothing(tmp_path):
    lock = tmp_path / ".busy"
    lock.write_text("left behind by a killed process")
    with held(lock, "Busy."):
        with pytest.raises(InputError, match="Busy."), held(lock, "Busy."):
            pass
        assert lock.exists()
    assert not lock.exists()


def test_of_many_who_want_a_lock_never_two_have_it(tmp_path):
    """Holders remove the file as they leave: whoever opened it just before must not take its lock for one."""
    inside, most, done = 0, 0, 0

    def work(_):
        nonlocal inside, most, done
        for _ in range(200):
            try:
                with held(tmp_path / ".busy", "Busy."):
                    inside += 1
                    most = max(most, inside)
                    inside -= 1
                    done += 1
            except InputError:
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert most == 1 and done >= 200


def test_a_file_system_without_locks_refuses_nobody(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def none(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with held(tmp_path / ".busy", "Busy."), held(tmp_path / ".busy", "Busy."):
        pass


def test_whether_a_folder_can_be_written_to_is_known_before(tmp_path, monkeypatch):
    check_writable(tmp_path / "new" / "deeper")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError) as told:
        check_writable(tmp_path / "file" / "deeper")
    assert told.value.filename == str(tmp_path / "file")

    def refused(**_):
        raise OSError(errno.EROFS, "Read-only file system", "x/.voxelpose-1")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refused)
    with pytest.raises(OSError, match="Read-only") as told:
        check_writable(tmp_path / "new")
    assert told.value.filename == str(tmp_path)
