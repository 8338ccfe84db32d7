"""The Lite0 backbone: its shapes, its shipped weights, what freezing leaves out, what a wrong file is told."""

import keras
import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.networks.backbones.lite0 import freeze_backbone, lite0
from voxelpose.networks.backbones.weights import load_backbone, read_backbone, save_backbone
from voxelpose.networks.volumetric import VolumetricHourglass


def compact(**options):
    return VolumetricHourglass(
        **{"joints": 2, "depths": (2,), "input_size": 32, "family": "compact", "width": 8, "levels": 1, **options}
    )


@pytest.fixture(scope="module")
def network():
    return compact(groups=3)


def test_strides_and_channels_are_those_of_lite0():
    with keras.StatelessScope(initialize_variables=False):
        features = lite0(keras.Input((64, 64, 3)), 7)
    keras.utils.clear_session()
    shapes = {stride: tuple(x.shape[1:]) for stride, x in features.items()}
    assert shapes == {2: (32, 32, 16), 4: (16, 16, 24), 8: (8, 8, 40), 16: (4, 4, 112), 32: (2, 2, 320)}


def test_parameters_are_those_of_lite0():
    # EfficientNet-Lite0 has 4,652,008 parameters with its classifier: 1x1 320 -> 1280 without bias and its
    # normalisation (409,600 + 2,560), dense 1280 -> 1000 (1,281,000). What remains is the backbone.
    with keras.StatelessScope(initialize_variables=False):
        image = keras.Input((64, 64, 3))
        model = keras.Model(image, lite0(image, 7)[32])
        count = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    keras.utils.clear_session()
    assert count == 4_652_008 - 409_600 - 2_560 - 1_281_000


def test_shipped_weights_load_and_see_edges(network):
    load_backbone(network)
    kernel = network.get_layer("lite0_stem").kernel.numpy()
    # Learned first filters: smooth and of unequal strength, not the start they replace.
    assert kernel.std() > 0.5
    assert network.get_layer("lite0_block3_project_bn").moving_variance.numpy().min() > 0
    # With the statistics that belong to the weights, features of a natural range of colours are of order one.
    features = keras.Model(network.input, network.get_layer("lite0_block4_sum").output)
    image = np.random.default_rng(0).uniform(size=(1, 32, 32, 3)).astype(np.float32)
    assert 0.1 < np.std(features(image)) < 10


def test_weights_survive_the_file_to_one_part_in_254(tmp_path):
    rng = np.random.default_rng(0)
    weights = {
        "a/kernel": rng.normal(size=(3, 3, 4, 5)) * 10.0 ** np.arange(5),
        "b/kernel": rng.normal(size=(3, 3, 6, 1)) * 10.0 ** np.arange(6)[:, None],  # depthwise
        "a_bn/moving_variance": rng.uniform(size=5),
    }
    save_backbone(tmp_path / "weights.npz", weights)
    read = read_backbone(tmp_path / "weights.npz")
    assert sorted(read) == sorted(weights)
    for name, axes in (("a/kernel", (0, 1, 2)), ("b/kernel", (0, 1, 3))):
        largest = np.abs(weights[name]).max(axis=axes, keepdims=True)
        assert (np.abs(read[name] - weights[name]) <= largest / 254 * 1.001).all()
    np.testing.assert_allclose(read["a_bn/moving_variance"], weights["a_bn/moving_variance"], rtol=1e-6)


def test_freezing_leaves_out_the_first_groups():
    network = compact(groups=3)
    freeze_backbone(network, 2)
    trained = {layer.name for layer in network.layers if layer.trainable_variables}
    # Groups 1 and 2 hold the blocks 0 to 2; the third one's blocks 3 and 4 still learn.
    assert not {
        name for name in trained if name.startswith(("lite0_stem", "lite0_block0", "lite0_block1", "lite0_block2"))
    }
    assert {"lite0_block3_expand", "lite0_block4_project_bn", "volume_1"} <= trained
    before = network.get_layer("lite0_stem_bn").get_weights()
    network(np.ones((2, 32, 32, 3), np.float32), training=True)
    for old, new in zip(before, network.get_layer("lite0_stem_bn").get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_block_10_is_not_taken_for_block_1():
    network = compact(groups=5)
    freeze_backbone(network, 2)
    assert network.get_layer("lite0_block10_expand").trainable_variables


def test_a_network_without_backbone_is_told_so():
    network = VolumetricHourglass(1, (1,), 16, "uniform", width=8, levels=1, modules=1, name="plain")
    with pytest.raises(InputError, match="backbone of its own weights. Received: plain"):
        load_backbone(network)


def test_a_foreign_file_leaves_the_network_as_it_was(network, tmp_path):
    weights = {f"{layer.name}/{v.name}": v.numpy() for layer in network.layers for v in layer.weights}
    weights["lite0_block3_depthwise/kernel"] = np.zeros((3, 3, 144, 1))
    save_backbone(tmp_path / "other.npz", weights)
    before = network.get_layer("lite0_stem").kernel.numpy()
    with pytest.raises(InputError, match=r"lite0_block3_depthwise/kernel of shape \(5, 5, 144, 1\).*\(3, 3, 144, 1\)"):
        load_backbone(network, tmp_path / "other.npz")
    np.testing.assert_array_equal(network.get_layer("lite0_stem").kernel, before)
    del weights["lite0_stem_bn/gamma"]
    save_backbone(tmp_path / "less.npz", weights)
    with pytest.raises(InputError, match="lite0_stem_bn/gamma of shape .32,.*Received: nothing"):
        load_backbone(network, tmp_path / "less.npz")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04truncated"])
def test_a_damaged_file_is_one_sentence(tmp_path, content):
    path = tmp_path / "damaged.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="Expected backbone weights of .* in .*damaged.npz"):
        read_backbone(path)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="Cannot read .*none.npz: No such file"):
        read_backbone(tmp_path / "none.npz")
