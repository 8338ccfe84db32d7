"""Growing a network in depth and in stages: what fits is taken, what does not is said."""

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.networks.volumetric import VolumetricHourglass
from voxelpose.networks.weights_io import save_weights
from voxelpose.training.setup.warm_start import warm_start

SMALL = {"joints": 2, "input_size": 32, "family": "uniform", "width": 8, "levels": 1, "modules": 1}


def network(depths, **changes):
    return VolumetricHourglass(**SMALL | {"depths": depths} | changes)


@pytest.fixture(scope="module")
def shallow(tmp_path_factory):
    """A network of depths (1, 2), and its file."""
    model, path = network((1, 2)), tmp_path_factory.mktemp("weights") / "shallow.weights.h5"
    save_weights(model, path, facts={"name": "custom", "architecture": SMALL | {"depths": (1, 2)}})
    return model, path


def kernels(model):
    return {layer.name: layer.kernel.numpy() for layer in model.layers if hasattr(layer, "kernel")}


def test_depth_grows_and_only_the_deeper_head_is_new(shallow):
    source, path = shallow
    model = network((1, 4))
    head = model.get_layer("volume_2").kernel.numpy()
    taken = warm_start(model, path)
    old, new = kernels(source), kernels(model)
    assert all(np.array_equal(old[name], new[name]) for name in old if name != "volume_2")
    np.testing.assert_array_equal(new["volume_2"], head)
    assert taken.reshaped == ("volume_2/kernel", "volume_2/bias") and not taken.new and not taken.unused
    total = sum(int(np.prod(weight.shape)) for weight in model.weights)
    assert taken.numbers == (total - 8 * 8 - 8, total)  # 8 features, 2 joints x 4 cells, and the bias
    assert (
        str(taken)
        == f"took {total - 72:,} of {total:,} numbers in {len(taken.taken)} arrays; of another shape: volume_2"
    )


def test_stages_grow(shallow):
    source, path = shallow
    model = network((1, 2, 4))
    taken = warm_start(model, path)
    assert np.array_equal(kernels(model)["volume_2"], kernels(source)["volume_2"])
    assert {name.split("/")[0].split("_")[0] for name in taken.new} == {"stage3", "merge2", "volume"}
    assert "only here: merge2_* (2 layers), stage3_* (32 layers), volume_3" in str(taken)


def test_a_narrower_network_leaves_nothing_to_take(shallow):
    with pytest.raises(InputError, match="at least one array .* Received: .* none of the same shape"):
        warm_start(network((1, 2), width=16, joints=3), shallow[1])


def test_a_file_that_names_no_network_is_refused(tmp_path):
    path = tmp_path / "plain.weights.h5"
    network((1,)).save_weights(path)
    with pytest.raises(InputError, match="a description of their network"):
        warm_start(network((1,)), path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere.weights.h5"):
        warm_start(network((1,)), tmp_path / "nowhere.weights.h5")
