import hashlib

import pytest

from voxelpose import assets
from voxelpose.errors import InputError
from voxelpose.files import atomic_folder, atomic_path, sha256, write_bytes


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
