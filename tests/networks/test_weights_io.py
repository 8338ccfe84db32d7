"""Weight files: round trips, half precision, and one sentence for whatever does not fit."""

import h5py
import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.networks.volumetric import VolumetricHourglass
from voxelpose.networks.weights_io import load_weights, read_facts, save_weights, write_facts


def network(joints=2, depths=(2,), **options):
    return VolumetricHourglass(joints, depths, 16, "uniform", width=8, levels=1, modules=1, **options)


@pytest.fixture(scope="module")
def trained():
    return network(name="mine")


def test_weights_and_facts_come_back(trained, tmp_path):
    path = tmp_path / "a.weights.h5"
    save_weights(trained, path, facts={"step": 7, "data": ["drawn"]})
    other = network()
    assert load_weights(other, path) == {"step": 7, "data": ["drawn"]} == read_facts(path)
    for mine, theirs in zip(trained.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_half_precision_halves_kernels_only(trained, tmp_path):
    save_weights(trained, tmp_path / "full.weights.h5")
    save_weights(trained, tmp_path / "half.weights.h5", half=True)
    with h5py.File(tmp_path / "half.weights.h5") as file:
        dtypes = set()
        file.visititems(lambda _, x: dtypes.add((x.ndim >= 2, x.dtype.str)) if isinstance(x, h5py.Dataset) else None)
    assert dtypes == {(True, "<f2"), (False, "<f4")}
    other = network()
    load_weights(other, tmp_path / "half.weights.h5")
    for mine, theirs in zip(trained.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2**-11, atol=1e-7)
    assert {v.dtype for v in other.weights} == {"float32"}


def test_what_float16_cannot_hold_stays_float32(tmp_path):
    model = network()
    model.get_layer("volume_1").kernel.assign(np.full(model.get_layer("volume_1").kernel.shape, 1e6, np.float32))
    save_weights(model, tmp_path / "big.weights.h5", half=True)
    load_weights(model, tmp_path / "big.weights.h5")
    assert model.get_layer("volume_1").kernel.numpy().max() == np.float32(1e6)


def test_keras_itself_reads_and_writes_such_files(trained, tmp_path):
    other = network()
    save_weights(trained, tmp_path / "a.weights.h5")
    other.load_weights(tmp_path / "a.weights.h5")
    other.save_weights(tmp_path / "b.weights.h5")
    assert load_weights(network(), tmp_path / "b.weights.h5") == {}


def test_weights_of_another_network_name_the_first_layer_that_differs(trained, tmp_path):
    path = tmp_path / "a.weights.h5"
    save_weights(trained, path)
    other = network(depths=(3,), name="other")
    before = other.get_weights()
    message = (
        r"weights of mine, not of other. Expected the layer volume_1 with \[1, 1, 8, 6\], \[6\]; received .*, \[4\]"
    )
    with pytest.raises(InputError, match=message):
        load_weights(other, path)
    with pytest.raises(InputError, match="the layer presence with .*; received the layer volume_1"):
        load_weights(network(presence=True), path)
    for old, new in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_file_of_keras_for_another_network_names_a_shape(trained, tmp_path):
    path = tmp_path / "plain.weights.h5"
    trained.save_weights(path)
    with pytest.raises(InputError, match=r"Expected \d+ arrays of shape .*; received \d+"):
        load_weights(network(depths=(3,)), path)


def test_damaged_and_missing_files_are_one_sentence(trained, tmp_path):
    path = tmp_path / "a.weights.h5"
    save_weights(trained, path)
    content = path.read_bytes()
    for broken in (b"", b"text", content[: len(content) // 2]):
        path.write_bytes(broken)
        with pytest.raises(InputError, match="a.weights.h5") as error:
            load_weights(trained, path)
        assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="none.weights.h5, which does not exist"):
        load_weights(trained, tmp_path / "none.weights.h5")
    with pytest.raises(InputError, match="ends in .weights.h5. Received: .*weights.txt"):
        save_weights(trained, tmp_path / "weights.txt")


def test_a_failing_write_leaves_the_old_file(trained, tmp_path):
    path = tmp_path / "a.weights.h5"
    save_weights(trained, path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        save_weights(trained, path, facts={"not JSON": object()})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.weights.h5"]


def test_a_disk_that_fills_up_leaves_the_old_file_and_no_rest(trained, tmp_path):
    """HDF5 itself must not meet the end of the disk: it would take the interpreter with it."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "a.weights.h5"
    save_weights(trained, path)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        for write in (lambda: save_weights(trained, path), lambda: write_facts(path, {"a": 1})):
            with pytest.raises(OSError, match="File too large") as told:
                write()
            assert told.value.filename == str(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["a.weights.h5"]


def test_files_made_in_memory_are_those_that_keras_writes(trained, tmp_path):
    save_weights(trained, tmp_path / "ours.weights.h5")
    trained.save_weights(tmp_path / "theirs.weights.h5")
    found = []
    for name in ("ours", "theirs"):
        with h5py.File(tmp_path / f"{name}.weights.h5") as file:
            arrays = {}
            file.visititems(lambda key, item, into=arrays: into.update({key: getattr(item, "shape", None)}))
            found.append(arrays)
    assert found[0] == found[1] and len(found[0]) > 10
