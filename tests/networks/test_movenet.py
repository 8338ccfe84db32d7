"""MoveNet as a backbone: its published shapes, and that the weights that ship see what the published graphs saw."""

import keras
import numpy as np
import pytest
from walking_case import walking

from voxelpose.networks.backbones.movenet import HEADS, PREFIX, convolutions, movenet, movenet_network
from voxelpose.networks.backbones.movenet_decode import single_person
from voxelpose.networks.backbones.weights import load_backbone

# What the published TensorFlow.js graphs gave for the walking person of the samples, padded to a square: x, y, score of
# each keypoint, and the sum of each keypoint's likelihoods over all cells.
PUBLISHED = {
    "thunder": (
        [[0.4544, 0.1340, 0.6113], [0.4650, 0.1220, 0.5961], [0.4597, 0.1206, 0.6468], [0.4979, 0.1279, 0.5219],
         [0.4830, 0.1277, 0.3338], [0.5145, 0.1870, 0.6704], [0.4835, 0.1991, 0.4879], [0.5753, 0.2630, 0.6890],
         [0.4250, 0.2755, 0.5674], [0.6210, 0.3502, 0.7989], [0.3371, 0.3194, 0.4660], [0.4915, 0.3719, 0.7512],
         [0.4857, 0.3718, 0.7125], [0.4096, 0.4880, 0.7161], [0.5399, 0.5015, 0.5859], [0.3728, 0.6203, 0.7622],
         [0.6088, 0.6035, 0.8704]],
        [3.028, 2.882, 2.551, 3.489, 2.351, 5.901, 5.671, 9.921, 6.896, 9.370, 9.015, 11.349, 12.094, 8.222, 11.917,
         8.602, 10.636],
    ),
    "lightning": (
        [[0.4595, 0.1374, 0.6601], [0.4709, 0.1218, 0.6604], [0.4586, 0.1209, 0.5666], [0.5054, 0.1283, 0.6842],
         [0.4810, 0.1246, 0.5268], [0.5194, 0.1981, 0.7584], [0.4915, 0.1953, 0.7210], [0.5732, 0.2671, 0.5053],
         [0.4227, 0.2722, 0.5679], [0.6220, 0.3633, 0.4933], [0.3461, 0.3195, 0.5590], [0.4950, 0.3803, 0.7307],
         [0.4863, 0.3794, 0.7613], [0.4118, 0.4835, 0.7528], [0.5428, 0.5033, 0.6659], [0.3737, 0.6229, 0.6203],
         [0.6025, 0.5825, 0.5659]],
        [3.617, 3.145, 3.049, 4.100, 4.156, 7.157, 8.297, 9.234, 10.802, 10.480, 12.240, 11.126, 11.062, 11.242, 13.607,
         11.960, 10.390],
    ),
}  # fmt: skip


@pytest.mark.parametrize("size", PUBLISHED)
def test_the_shipped_weights_see_what_the_published_graph_saw(size):
    keypoints, sums = PUBLISHED[size]
    network = movenet_network(size)
    load_backbone(network, f"movenet-{size}")
    found = network(walking(network.input_shape[1]))
    heads = {name: keras.ops.convert_to_numpy(head)[0].astype(np.float64) for name, head in found.items()}
    # Where two cells are about as likely, another build's arithmetic may take the other one; here none are.
    np.testing.assert_allclose(single_person(heads), keypoints, atol=1e-3)
    np.testing.assert_allclose((1 / (1 + np.exp(-heads["keypoints"]))).sum((0, 1)), sums, atol=0.02)


@pytest.mark.parametrize(("size", "side", "count"), [("thunder", 256, 6_226_046), ("lightning", 192, 2_317_974)])
def test_maps_and_parameters_are_those_of_the_published_networks(size, side, count):
    with keras.StatelessScope(initialize_variables=False):
        image = keras.Input((side, side, 3))
        found = movenet(image, size, tuple(HEADS))
        model = keras.Model(image, {**found.heads, "deep": found.deep})
        assert sum(int(np.prod(v.shape)) for v in model.trainable_variables) == count
    keras.utils.clear_session()
    shapes = {stride: tuple(x.shape[1:]) for stride, x in found.pyramid.items()}
    channels = {16: 32, 8: 24, 4: 24}
    assert shapes == {stride: (side // stride, side // stride, n) for stride, n in channels.items()}
    assert tuple(found.deep.shape[1:]) == (side // 32, side // 32, 1280)
    assert {name: tuple(x.shape[1:]) for name, x in found.heads.items()} == {
        "center": (side // 4, side // 4, 1),
        "keypoints": (side // 4, side // 4, 17),
        "regression": (side // 4, side // 4, 34),
        "offsets": (side // 4, side // 4, 34),
    }


def test_every_convolution_is_one_layer_and_nothing_else_has_weights():
    with keras.StatelessScope(initialize_variables=False):
        model = movenet_network("lightning", 64)
    keras.utils.clear_session()
    names = [layer.name for layer in model.layers if layer.weights]
    assert sorted(names) == sorted(PREFIX + item.name for item in convolutions("lightning"))
    assert not [layer.name for layer in model.layers if "pad" in layer.name]


def test_the_person_nearest_to_the_middle_is_read():
    heads = {
        "center": np.full((8, 8, 1), -9.0),
        "keypoints": np.full((8, 8, 17), -9.0),
        "regression": np.zeros((8, 8, 34)),
        "offsets": np.full((8, 8, 34), 0.25),
    }
    heads["center"][4, 5], heads["center"][0, 0] = 1.0, 2.0  # the second is more likely and far off
    heads["regression"][4, 5, :2] = -1.0, 1.0  # y, x: keypoint 0 is guessed at row 3, column 6
    heads["keypoints"][3, 7, 0], heads["keypoints"][7, 0, 0] = 1.0, 1.5  # again one of two lies near
    x, y, score = single_person(heads)[0]
    assert (x, y) == ((7 + 0.25) / 8, (3 + 0.25) / 8)
    assert score == pytest.approx(1 / (1 + np.exp(-1.0)))
