import numpy as np
import pytest

from voxelpose.data.augmentation.crops import CropMaker, GeometricAugmentation
from voxelpose.data.batches import BatchStream, WeightedSource, _apportion
from voxelpose.data.labels import Labels, PictureCameras
from voxelpose.data.source import ExampleSet
from voxelpose.geometry import VoxelGrid
from voxelpose.skeleton import H36M17


def example_set(name: str, count: int, present: bool = True) -> ExampleSet:
    """Pictures whose grey value is their number."""
    images = np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 32, 32, 3)).copy()
    joints, weights = np.full((count, 17, 3), 16.0, np.float32), np.zeros((count, 17, 3), np.float32)
    labels = Labels(H36M17, 32, joints, weights, np.full(count, present), PictureCameras.of([None] * count))
    return ExampleSet(name, images, labels)


def stream(seed: int = 0, geometric: GeometricAugmentation | None = None) -> BatchStream:
    maker = CropMaker(16, VoxelGrid(4, 4, 4), H36M17, 1.0, geometric or GeometricAugmentation(0, 0, 0, 0, 0))
    sources = [
        WeightedSource(example_set("a", 7), 3.0, maker),
        WeightedSource(example_set("b", 50, present=False), 1.0, maker),
    ]
    return BatchStream(sources, 8, seed)


def test_shares_become_whole_numbers_that_fill_the_batch():
    assert _apportion([3, 1], 8) == (6, 2)
    assert _apportion([1, 1, 1], 8) in {(3, 3, 2), (3, 2, 3), (2, 3, 3)}
    assert _apportion([1000, 1], 8) == (7, 1)
    with pytest.raises(ValueError, match="at least one example per source"):
        _apportion([1, 1, 1], 2)


def test_a_batch_depends_on_seed_and_index_alone():
    shaky = GeometricAugmentation()
    first = stream(1, shaky)
    for earlier in range(3):
        first.batch(earlier)
    same, other = stream(1, shaky).batch(5), stream(2, shaky).batch(5)
    for name, array in first.batch(5).items():
        assert (array == same[name]).all()
    assert any((array != other[name]).any() for name, array in first.batch(5).items())


def test_every_example_is_seen_once_before_any_is_seen_twice():
    batches = stream()
    seen = np.concatenate([batches.batch(i)["image"][:6, 8, 8, 0] for i in range(7)])
    for epoch in range(6):
        assert sorted(seen[epoch * 7 : epoch * 7 + 7]) == list(range(7))
    assert seen[:7].tolist() != seen[7:14].tolist()


def test_a_batch_has_the_shapes_and_shares_it_promises():
    batch = stream().batch(0)
    shapes = {name: (array.shape, array.dtype) for name, array in batch.items()}
    assert shapes == {
        "image": ((8, 16, 16, 3), np.uint8),
        "joints": ((8, 17, 3), np.float32),
        "joint_weights": ((8, 17, 3), np.float32),
        "present": ((8,), np.float32),
        "present_weight": ((8,), np.float32),
    }
    assert batch["present"].tolist() == [1] * 6 + [0] * 2


def test_the_dataset_yields_the_same_batches_from_any_start():
    batches = stream()
    received = list(batches.dataset(3, 6, workers=2))
    assert len(received) == 3
    for offset, batch in enumerate(received):
        expected = batches.batch(3 + offset)
        assert batch.keys() == expected.keys()
        for name, array in expected.items():
            assert (batch[name].numpy() == array).all()


def test_empty_sources_are_refused_by_name():
    maker = CropMaker(16, VoxelGrid(4, 4, 4), H36M17, 1.0)
    with pytest.raises(ValueError, match="nobody"):
        BatchStream([WeightedSource(example_set("nobody", 0), 1.0, maker)], 8, 0)


def test_a_growing_source_takes_in_a_tenth_more_with_every_pass():
    maker = CropMaker(16, VoxelGrid(4, 4, 4), H36M17, 1.0, GeometricAugmentation(0, 0, 0, 0, 0))
    growing = example_set("grows", 23)
    growing.first = 20
    batches = BatchStream([WeightedSource(growing, 1.0, maker)], 1, seed=3)
    seen = np.array([batches.batch(i)["image"][0, 8, 8, 0] for i in range(20 + 22 + 23 + 23)])
    for start, stop in ((0, 20), (20, 42), (42, 65), (65, 88)):
        assert sorted(seen[start:stop]) == list(range(stop - start))
    assert seen[42:65].tolist() != seen[65:].tolist()
