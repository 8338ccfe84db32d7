import numpy as np
import pytest

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.inference.inputs.images import read_image
from voxelpose.inference.inputs.person_detector import ONNX_FILE, NanoDet, tensorflow_network
from voxelpose.inference.runtime.runtimes import open_file
from voxelpose.networks.detectors import nanodet


@pytest.fixture(scope="module")
def in_tensorflow():
    return tensorflow_network()


# OpenVINO computes with kernels of 8 bits in a way of its own; logits are about 4.
@pytest.mark.parametrize("runtime, module, off", [("onnx", "onnxruntime", 2e-3), ("openvino", "openvino", 0.05)])
def test_tensorflow_and_the_exported_file_agree(in_tensorflow, runtime, module, off):
    pytest.importorskip(module, reason=f"{module} is not installed")
    exported = open_file(runtime, verified_asset(ONNX_FILE))
    pictures = np.random.default_rng(0).random((2, 96, 160, 3), np.float32)
    ours, theirs = in_tensorflow(pictures), exported(pictures)
    assert set(ours) == set(theirs) == {"stride_8", "stride_16", "stride_32"}
    for stride in nanodet.STRIDES:
        name = f"stride_{stride}"
        assert theirs[name].shape == (2, 96 // stride, 160 // stride, 45)
        np.testing.assert_allclose(theirs[name], ours[name], atol=off)


def test_both_find_the_same_person(in_tensorflow):
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    image = read_image(verified_asset("samples/walking.jpg"))
    (ours,), (theirs,) = NanoDet(in_tensorflow).detect(image), NanoDet().detect(image)
    np.testing.assert_allclose(ours.box, theirs.box, atol=0.05)
    assert ours.score == pytest.approx(theirs.score, abs=1e-4)


def test_maps_are_read_as_means_of_distributions():
    values = np.full((2, 45), -80, np.float32)
    values[0, 0], values[1, 0] = 0, np.log(3)
    for side, bins in enumerate(([0], [10], [2, 3], [4, 5, 6])):
        values[:, 1 + 11 * side + np.array(bins)] = 0
    # Three parts against one: 3 / 4 of bin 2 and 1 / 4 of bin 3.
    values[1, 1 + 22 + 2] = np.log(3)
    scores, reach = nanodet.read_map(values)
    np.testing.assert_allclose(scores, [0.5, 0.75], atol=1e-6)
    np.testing.assert_allclose(reach, [[0, 10, 2.5, 5], [0, 10, 2.25, 5]], atol=1e-5)


def test_weights_that_are_missing_or_of_another_shape_are_named():
    model = nanodet.build_nanodet()
    weights = {f"{layer.name}/{v.name}": np.array(v) for layer in model.layers for v in layer.weights}
    nanodet.set_weights(model, weights)
    with pytest.raises(InputError, match=r"stem/kernel of shape \(3, 3, 3, 32\) in a.npz. Received: \(3, 3, 3, 8\)"):
        nanodet.set_weights(model, weights | {"stem/kernel": np.zeros((3, 3, 3, 8))}, "a.npz")
    del weights["head8_out/bias"]
    with pytest.raises(InputError, match="head8_out/bias of shape .45,. in the weights. Received: nothing"):
        nanodet.set_weights(model, weights)
