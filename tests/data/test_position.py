import json

import numpy as np
import pytest
from store_fakes import origin, reading, settings

from voxelpose.data.augmentation.crops import GeometricAugmentation, ViewMaker
from voxelpose.data.batches import BatchStream, Source
from voxelpose.data.position import index_at, position_of
from voxelpose.data.store.preparation import prepare
from voxelpose.data.store.stored_examples import load_store
from voxelpose.errors import InputError
from voxelpose.geometry import VoxelGrid
from voxelpose.skeleton import H36M17


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("stores")
    for name, count in (("a", 30), ("b", 14)):
        source, how = reading(count), settings()
        prepare(root / name, origin(source, how, name), source, how)
    return root


def stream(folders, seed=5, shares=(3.0, 1.0), geometric=None) -> BatchStream:
    views = ViewMaker(32, VoxelGrid(8, 8, 8), H36M17, 1.0, geometric or GeometricAugmentation())
    return BatchStream([Source(load_store(folders / n), s, views) for n, s in zip("ab", shares, strict=True)], 8, seed)


def test_stores_are_mixed_shuffled_across_shards_and_seen_once_an_epoch(folders):
    still = stream(folders, geometric=GeometricAugmentation(0, 0, 0, 0, 0))
    frames = [round(float(i[16, 16, 0])) for b in range(5) for i in still.batch(b)["image"][:6]]
    assert len(frames) == 30 and np.abs(np.sort(frames) - np.arange(30)).max() <= 1
    # Shards hold four neighbours each; a batch draws from many of them.
    assert len({frame // 4 for frame in frames[:6]}) >= 3


def test_a_saved_position_goes_on_with_the_same_batches(folders):
    first = stream(folders)
    told = json.loads(json.dumps(position_of(first, 7)))
    again = stream(folders)
    for index in range(index_at(again, told), 9):
        for a, b in zip(first.batch(index).values(), again.batch(index).values(), strict=True):
            assert (a == b).all()


@pytest.mark.parametrize(
    "changes, sentence",
    [({"seed": 6}, "seed was 5 and is 6"), ({"shares": (1.0, 1.0)}, "sources was .*'per_batch': 6.* and is .*: 4")],
)
def test_the_position_of_another_stream_is_refused(folders, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        index_at(stream(folders, **changes), position_of(stream(folders), 3))


def test_a_store_that_was_prepared_anew_is_another_source(folders, tmp_path):
    told = position_of(stream(folders), 3)
    told["sources"][1]["manifest"] = "0" * 64
    with pytest.raises(InputError, match="belongs to another stream"):
        index_at(stream(folders), told)


def test_targets_are_those_of_the_true_joints(folders):
    store, grid = load_store(folders / "a"), VoxelGrid(8, 8, 8)
    views = ViewMaker(32, grid, H36M17, 1.0, GeometricAugmentation(0, 0, 0, 0, 0))
    for row in (0, 11, 29):
        example = views(store[row], np.random.default_rng(0))
        targets = example["joints"]
        assert np.isfinite(targets).all() and (example["joint_weights"] == 1).all()
        camera = store.camera(row)
        assert grid.fraction_to_depth(targets[:, 2]) == pytest.approx(store.joints[row, :, 2], abs=1e-2)
        # Which joints lie left and right of the crop's middle is the same before and after.
        pixels = camera.project(store.joints_mm[row])
        middle = (pixels.min(0) + pixels.max(0)) / 2
        assert ((targets[:, 0] > 0.5) == (pixels[:, 0] > middle[0])).sum() >= 15
