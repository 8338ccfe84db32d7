import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.pools import background_drawing as growing
from voxelpose.synthetic.pools.background_drawing import BackgroundDrawing, GrowingPool, PoolOrder
from voxelpose.synthetic.pools.pool import draw_pool
from voxelpose.synthetic.pools.shards import shard_path
from voxelpose.synthetic.settings import SyntheticSettings

SETTINGS = SyntheticSettings(picture=32)


def order(folder, count=3, seed=5) -> PoolOrder:
    return PoolOrder(folder, SETTINGS, count, seed)


def test_people_come_as_they_are_asked_for(tmp_path):
    drawing = BackgroundDrawing([order(tmp_path / "grown")])
    pool = GrowingPool(order(tmp_path / "grown"), drawing, H36M17)
    drawn = tmp_path / "drawn"
    draw_pool(drawn, SETTINGS, 3, 5)
    expected = growing.load_pool(drawn, H36M17)
    assert len(pool) == 3
    with drawing:
        for i in (2, 0, 1):
            assert (pool[i].image == expected.images[i]).all()
            assert (pool[i].joints == expected[i].joints).all()
        assert (pool.head(2).images == expected.images[:2]).all()
        assert (pool.labels(np.array([2, 0])).joints == expected.labels().joints[[2, 0]]).all()


def test_of_a_growing_pool_the_beginning_is_ready(tmp_path):
    drawing = BackgroundDrawing([order(tmp_path)])
    assert GrowingPool(order(tmp_path), drawing, H36M17, first=2).ready == 2
    assert GrowingPool(order(tmp_path), drawing, H36M17).ready == 3


def test_a_shard_of_a_smaller_pool_is_waited_for_until_it_is_whole(tmp_path):
    draw_pool(tmp_path, SETTINGS, 1, 5)
    drawing = BackgroundDrawing([order(tmp_path)])
    pool = GrowingPool(order(tmp_path), drawing, H36M17)
    with drawing:
        assert len(pool.head(3)) == 3


def test_a_failure_of_the_drawing_reaches_whoever_waits(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(growing, "draw_pool", fail)
    with BackgroundDrawing([order(tmp_path)]) as drawing, pytest.raises(OSError, match="No space left"):
        GrowingPool(order(tmp_path), drawing, H36M17)[0]


def test_a_foreign_pool_is_refused_before_anything_is_drawn(tmp_path):
    draw_pool(tmp_path, SETTINGS, 1, 4)
    with pytest.raises(InputError, match="another pool"):
        BackgroundDrawing([order(tmp_path)])


def test_nobody_waits_for_people_that_were_not_ordered(tmp_path):
    with BackgroundDrawing([]) as drawing, pytest.raises(RuntimeError, match="among what is drawn"):
        drawing.wait_for(shard_path(tmp_path, 0), 1)


def test_leaving_the_block_ends_the_drawing(tmp_path):
    many = PoolOrder(tmp_path, SETTINGS, 400, 5)
    with BackgroundDrawing([many]) as drawing:
        GrowingPool(many, drawing, H36M17)[0]
    assert 1 <= len(list(tmp_path.glob("people-*.npz"))) < 4


def test_images_of_the_same_seed_are_the_same_whatever_the_count(tmp_path):
    draw_pool(tmp_path / "one", SETTINGS, 1, 5)
    draw_pool(tmp_path / "three", SETTINGS, 3, 5)
    one, three = (growing.load_pool(tmp_path / name, H36M17) for name in ("one", "three"))
    assert np.array_equal(one.images[0], three.images[0])
