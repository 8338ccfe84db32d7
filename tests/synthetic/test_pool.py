import json
from dataclasses import replace

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.files import sha256
from voxelpose.skeleton import H36M17, MPII16
from voxelpose.synthetic.people import DRAWING_VERSION, draw_person
from voxelpose.synthetic.pools import pool as pools
from voxelpose.synthetic.pools.pool import draw_pool, load_pool, load_shards
from voxelpose.synthetic.pools.shards import read_shard, shard_path
from voxelpose.synthetic.settings import SyntheticSettings

SETTINGS = SyntheticSettings(picture=32)


@pytest.fixture(autouse=True)
def short_shards(monkeypatch):
    monkeypatch.setattr(pools, "SHARD", 4)


@pytest.fixture
def folder(tmp_path):
    draw_pool(tmp_path / "pool", SETTINGS, 10, seed=3)
    return tmp_path / "pool"


def contents(folder):
    return {path.name: sha256(path) for path in folder.iterdir()}


def test_a_pool_holds_what_is_drawn(folder):
    examples = load_pool(folder, H36M17)
    assert len(examples) == 10 and examples.images.shape == (10, 32, 32, 3)
    for number in (0, 5, 9):
        drawn = draw_person(3, number, SETTINGS)
        read = examples[number]
        assert np.array_equal(read.joints, drawn.joints) and np.array_equal(read.known, drawn.known)
        assert np.array_equal(read.weights, drawn.weights)
        assert read.camera == drawn.camera and read.present == drawn.present
        # JPEG of quality 95 changes a noisy picture by a few grey levels.
        assert np.abs(examples.images[number].astype(int) - drawn.image).mean() < 8
    assert len(load_pool(folder, H36M17, 5)) == 5


def test_joints_take_the_order_that_is_asked_for(folder):
    ours, theirs = load_pool(folder, H36M17), load_pool(folder, MPII16)
    for name in ("right_wrist", "left_ankle", "pelvis"):
        own, other = ours.labels().joints[:, H36M17.index(name)], theirs.labels().joints[:, MPII16.index(name)]
        assert np.allclose(own, other)
    missing = theirs.labels().known[:, MPII16.index("upper_neck")]
    assert not missing.any() and (theirs.labels().joints[:, MPII16.index("upper_neck")] == 0).all()


def test_an_interrupted_pool_ends_with_the_same_bytes(folder, tmp_path, monkeypatch):
    def killed(seed, number, settings):
        if number == 6:
            raise KeyboardInterrupt
        return draw_person(seed, number, settings)

    with monkeypatch.context() as patch:
        patch.setattr(pools, "draw_person", killed)
        with pytest.raises(KeyboardInterrupt):
            draw_pool(tmp_path / "again", SETTINGS, 10, seed=3)
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == ["people-0000000.npz", "pool.json"]
    assert draw_pool(tmp_path / "again", SETTINGS, 10, seed=3) == 6
    assert contents(tmp_path / "again") == contents(folder)
    assert draw_pool(tmp_path / "again", SETTINGS, 10, seed=3) == 0


def test_a_pool_grows(folder, tmp_path):
    # The last shard was short: it is drawn anew, the full ones stay.
    assert draw_pool(folder, SETTINGS, 14, seed=3) == 6
    draw_pool(tmp_path / "whole", SETTINGS, 14, seed=3)
    assert contents(folder) == contents(tmp_path / "whole")


def test_several_processes_draw_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.undo()  # workers know the true length of shards
    settings = replace(SETTINGS, picture=16)
    told = []
    for processes in (1, 2):
        draw_pool(tmp_path / str(processes), settings, 120, 4, processes, told.append)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
    assert "drawn 120/120" in told[-1] and "images/s" in told[-1] and told[-1].endswith("0:00:00 left")


@pytest.mark.parametrize(
    ("settings", "seed", "told"),
    [
        (SETTINGS, 4, r"seed 4 \(there: 3\)\."),
        (replace(SETTINGS, occluded=0.5), 3, r"occluded 0.5 \(there: 0.25\)\."),
    ],
)
def test_another_pool_is_refused_in_one_sentence(folder, settings, seed, told):
    before = contents(folder)
    with pytest.raises(InputError, match=f"holds another pool than the one asked for: {told}"):
        draw_pool(folder, settings, 10, seed)
    assert contents(folder) == before


def test_other_photographs_make_another_pool(tmp_path):
    import cv2

    photos = tmp_path / "photos"
    photos.mkdir()
    cv2.imwrite(str(photos / "wall.png"), np.full((64, 64, 3), 90, np.uint8))
    settings = replace(SETTINGS, backgrounds=str(photos))
    draw_pool(tmp_path / "pool", settings, 2, 1)
    moved = tmp_path / "moved"
    photos.rename(moved)
    assert draw_pool(tmp_path / "pool", replace(settings, backgrounds=str(moved)), 2, 1) == 0
    cv2.imwrite(str(moved / "tree.png"), np.full((64, 64, 3), 50, np.uint8))
    with pytest.raises(InputError, match="backgrounds .*2 files .*there: .*1 files"):
        draw_pool(tmp_path / "pool", replace(settings, backgrounds=str(moved)), 2, 1)


@pytest.mark.parametrize("version", [None, DRAWING_VERSION + 1])
def test_another_version_of_the_drawer_is_refused(folder, version):
    manifest = json.loads((folder / "pool.json").read_text())
    assert manifest.pop("drawing") == DRAWING_VERSION
    if version is not None:
        manifest["drawing"] = version
    (folder / "pool.json").write_text(json.dumps(manifest))
    told = f"was drawn by version {version or 1} of the drawer, and this is version {DRAWING_VERSION}: draw it anew"
    with pytest.raises(InputError, match=told):
        draw_pool(folder, SETTINGS, 10, 3)
    with pytest.raises(InputError, match=told):
        load_pool(folder, H36M17)


def test_folders_that_are_no_pools_are_refused(tmp_path, folder):
    with pytest.raises(InputError, match="Expected a pool of drawn people in .* There is no pool.json in it"):
        load_pool(tmp_path, H36M17)
    (folder / "pool.json").write_text("[1]")
    with pytest.raises(InputError, match="Expected what a pool is in .*pool.json"):
        load_pool(folder, H36M17)


def test_a_damaged_shard_is_named_and_drawn_anew(folder):
    path = folder / "people-0000004.npz"
    whole = sha256(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 255
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"The shard .*people-0000004.npz is damaged \(.*\); delete it"):
        load_pool(folder, H36M17)
    path.write_bytes(bytes(content[:200]))
    with pytest.raises(InputError, match="is damaged"):
        read_shard(path)
    assert draw_pool(folder, SETTINGS, 10, 3) == 4
    assert sha256(path) == whole


def test_an_unfinished_pool_is_refused(folder):
    (folder / "people-0000004.npz").unlink()
    with pytest.raises(InputError, match="is not complete"):
        load_pool(folder, H36M17)
    with pytest.raises(InputError, match="Expected 4000 examples .* Received: |is not complete"):
        load_pool(folder, H36M17, 4000)


def test_too_few_examples_are_told(folder):
    with pytest.raises(InputError, match="Expected 30 examples in the pool .* Received: 10"):
        load_pool(folder, H36M17, 30)


def test_labels_of_no_person_are_refused(tmp_path):
    settings = SyntheticSettings(picture=64)
    draw_pool(tmp_path, settings, 3, seed=5)
    path = shard_path(tmp_path, 0)
    assert len(load_pool(tmp_path, H36M17)) == 3
    for column, value in (
        ("joints", np.float32(1e30)),
        ("weights", np.float32(np.nan)),
        ("joints", np.float32(np.nan)),
    ):
        with np.load(path) as content:
            arrays = dict(content)
        changed = arrays[column].copy()
        changed[np.flatnonzero(arrays["present"])[0], :, 2] = value
        np.savez(tmp_path / "other.npz", **{**arrays, column: changed})
        with pytest.raises(InputError, match="example .* of .*other.npz"):
            load_shards([tmp_path / "other.npz"], H36M17)
