"""BlazePose as a backbone: its published shapes and order of convolutions, its stem, and weights put into it."""

import keras
import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.networks.backbones.blazepose import PREFIX, blazepose, convolutions
from voxelpose.networks.backbones.weights import load_backbone, save_backbone
from voxelpose.networks.volumetric import VolumetricHourglass


def volumetric(**options):
    return VolumetricHourglass(
        **{
            "joints": 2,
            "depths": (1, 4),
            "input_size": 64,
            "family": "blazepose-lite",
            "width": 8,
            "levels": 1,
            **options,
        }
    )


@pytest.fixture(scope="module")
def network():
    return volumetric()


@pytest.mark.parametrize(
    ("size", "channels"), [("lite", {32: 576, 16: 32, 8: 32, 4: 32}), ("full", {32: 864, 16: 48, 8: 48, 4: 48})]
)
def test_maps_are_those_of_the_published_networks(size, channels):
    with keras.StatelessScope(initialize_variables=False):
        features = blazepose(keras.Input((256, 256, 3)), size)
    keras.utils.clear_session()
    assert {stride: tuple(x.shape[1:]) for stride, x in features.items()} == {
        stride: (256 // stride, 256 // stride, count) for stride, count in channels.items()
    }


def test_convolutions_stand_in_the_order_of_the_published_file():
    names = [item.name for item in convolutions("full")]
    assert names[:6] == [
        "stem",
        "block0_depthwise",
        "block0_project",
        "block1_expand",
        "lateral2_depthwise",
        "lateral2",
    ]
    assert names[-4:] == ["top_expand", "top_depthwise", "lateral32_depthwise", "lateral32"]
    expanded = {item.name: item.filters for item in convolutions("full") if item.name.endswith("_expand")}
    # The first block of stride 4 expands fourfold, every other one sixfold.
    assert [expanded[f"block{i}_expand"] for i in (1, 2, 3, 14)] == [64, 144, 144, 864]


def test_a_strided_map_sees_both_sides_alike(network):
    # Symmetric padding: a picture mirrored by 180 degrees under mirrored kernels gives the mirrored map.
    features = keras.Model(network.input, network.get_layer(f"{PREFIX}stem").output)
    kernel, bias = network.get_layer(f"{PREFIX}stem").get_weights()
    layer = network.get_layer(f"{PREFIX}stem")
    layer.set_weights([(kernel + kernel[::-1, ::-1]) / 2, bias])
    picture = np.zeros((1, 64, 64, 3), np.float32)
    picture[0, 31:33, 31:33] = 1.0  # around the centre, but a map of stride 2 has its samples at even pixels
    seen = features(picture).numpy()[0].sum(-1) - features(np.zeros_like(picture)).numpy()[0].sum(-1)
    rows = np.flatnonzero(np.abs(seen).sum(1) > 1e-6)
    assert rows.min() >= 15 and rows.max() <= 16


def test_weights_of_a_file_arrive_and_a_foreign_file_is_refused(network, tmp_path):
    rng = np.random.default_rng(0)
    layers = [layer for layer in network.layers if layer.name.startswith(PREFIX) and layer.weights]
    weights = {
        f"{layer.name}/{variable.name}": rng.normal(size=variable.shape).astype(np.float32)
        for layer in layers
        for variable in layer.weights
    }
    save_backbone(tmp_path / "b.npz", weights, quantize=False)
    load_backbone(network, tmp_path / "b.npz")
    for layer in layers:
        np.testing.assert_array_equal(layer.kernel.numpy(), weights[f"{layer.name}/kernel"])
    with pytest.raises(InputError, match=r"Expected blaze_\w+/kernel of shape"):
        load_backbone(network)  # those of Lite0


def test_an_input_that_the_pyramid_cannot_halve_is_refused():
    with pytest.raises(ValueError, match="multiple of 32"):
        volumetric(input_size=80)
