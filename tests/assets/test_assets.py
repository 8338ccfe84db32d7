import json

import pytest

import voxelpose.assets as assets
from voxelpose.errors import InputError
from voxelpose.files import sha256

RECORDED = json.loads(assets.CHECKSUMS.read_text())


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_file_is_there_and_whole(name):
    assert sha256(assets.ROOT / name) == RECORDED[name]


def test_every_shipped_file_is_recorded():
    shipped = {
        path.relative_to(assets.ROOT).as_posix()
        for path in assets.ROOT.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and path != assets.CHECKSUMS
    }
    assert shipped == set(RECORDED)


@pytest.mark.parametrize("folder", ["backbones", "bodies", "detectors", "people", "samples"])
def test_what_ships_has_its_licence_beside_it(folder):
    assert list((assets.ROOT / folder).glob("*LICENSE*"))


def test_a_missing_file_is_named():
    with pytest.raises(InputError, match="shipped file people/nobody.npz; there is none"):
        assets.asset_path("people/nobody.npz")


def test_a_damaged_file_is_refused(tmp_path, monkeypatch):
    content = bytearray((assets.ROOT / "people/poses.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "poses.npz").write_bytes(content)
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    assets.verified_asset.cache_clear()
    try:
        with pytest.raises(InputError, match="people/poses.npz is damaged: expected sha256 "):
            assets.verified_asset("people/poses.npz")
    finally:
        assets.verified_asset.cache_clear()


def test_a_file_without_a_recorded_checksum_is_refused(tmp_path, monkeypatch):
    (tmp_path / "new.txt").write_text("new")
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    with pytest.raises(InputError, match="expected sha256 None"):
        assets.verified_asset("new.txt")
