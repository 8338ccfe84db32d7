"""Volumes over MoveNet's features: the shared case, what the first volume begins as, bad options."""

import keras
import numpy as np
import pytest
from network_case import check_everything
from walking_case import walking

from voxelpose.networks import decode
from voxelpose.networks.backbones.weights import load_backbone
from voxelpose.networks.build import build_network
from voxelpose.networks.movenet_volumetric import MoveNetVolumetric
from voxelpose.skeleton import COCO17, H36M17

NARROW = {"depths": (1, 4, 8), "input_size": 64, "width": 8, "inner": 8, "deep": 8, "blocks": (1, 1)}


@pytest.fixture(scope="module")
def fresh():
    """A narrow network as training begins with it, at Lightning's own size of image."""
    keras.utils.set_random_seed(0)
    network = build_network("movenet_volumetric", {**NARROW, "size": "lightning", "input_size": 192})
    load_backbone(network, "movenet-lightning")
    return network


def test_the_shared_case(tmp_path):
    # Convolutions of the backbone up to the pyramid: 52 with bias, 3 depthwise without; the keypoints' head: 2 and 1.
    backbone = 2 * (52 + 4 + 3) + 3 + (2 * 2 + 1)
    # Units without bias with four vectors: 9, and two in each of 2 blocks. Volumes: 3 with bias, 3 kernels alone.
    volumes = 5 * (9 + 2 * 2) + 2 * 3 + 3 + 2
    check_everything(
        lambda: MoveNetVolumetric("lightning", **NARROW),
        (64, 64, 3),
        {"volume_1": (16, 16, 17), "volume_2": (4, 4, 17 * 4), "volume_3": (8, 8, 17 * 8), "presence": (1,)},
        backbone + volumes,
        tmp_path,
    )


def test_every_volume_but_the_second_begins_as_movenets_heatmaps(fresh):
    picture = walking(192)
    outputs = {name: np.asarray(value) for name, value in fresh(picture).items()}
    heads = keras.Model(fresh.input, fresh.get_layer("move_keypoints").output)
    known = np.asarray(heads(picture))
    for name, cells in (("volume_1", 48), ("volume_3", 24)):
        joints = decode.argmax(decode.volume_view(outputs[name], 17))[0]
        for joint in ("left_knee", "right_wrist", "left_shoulder"):
            y, x = np.unravel_index(known[0, ..., COCO17.index(joint)].argmax(), (48, 48))
            expected = (np.array([x, y]) // (48 // cells) + 0.5) / cells
            np.testing.assert_allclose(joints[H36M17.index(joint), :2], expected, atol=1e-6)
    # Of depth it knows nothing yet: cells behind a place differ by little, beside what places differ by.
    volume = decode.volume_view(outputs["volume_3"], 17)
    assert volume.std(-1).mean() < 0.1 * volume.mean(-1).std()


def test_a_volume_before_is_spread_linearly_over_finer_cells(fresh):
    kernel = fresh.get_layer("volume_3_second").kernel.numpy().reshape(17, 4, 17, 8)
    assert kernel[3, 1, 3].tolist() == [0, 0.25, 0.75, 0.75, 0.25, 0, 0, 0]
    np.testing.assert_allclose(kernel[3, :, 3].sum(0), 1)
    assert not kernel[3, :, 4].any()
    assert (fresh.get_layer("volume_3_first").kernel.numpy().reshape(17, 17, 8)[5, 5] == 1).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": "storm"}, "thunder, lightning. Received: size='storm'"),
        ({"depths": (1, 8)}, r"three depths, the first of them 1. Received: depths=\(1, 8\)"),
        ({"depths": (2, 8, 16)}, "the first of them 1"),
        ({"input_size": 200}, "multiple of 32. Received: input_size=200"),
        ({"joints": 16}, "joints of h36m17. Received: joints=16"),
    ],
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        MoveNetVolumetric(**{**NARROW, **options})


def test_without_presence_there_is_none():
    with keras.StatelessScope(initialize_variables=False):
        network = MoveNetVolumetric("lightning", **NARROW, presence=False)
    keras.utils.clear_session()
    assert set(network.output) == {"volume_1", "volume_2", "volume_3"}
