import subprocess
import sys

import numpy as np
import pytest

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.inference.inputs.boxes import overlap
from voxelpose.inference.inputs.images import read_image
from voxelpose.inference.inputs.person_detector import (
    ONNX_FILE,
    Detection,
    NanoDet,
    decode,
    distinct,
    input_shape,
    largest,
    least_presence,
)

# As samples/walking.json gives it.
WALKING = (212, 58, 265, 415)


def empty_maps(width, height):
    return {f"stride_{s}": np.full((height // s, width // s, 45), -9, np.float32) for s in (8, 16, 32)}


def put(maps, stride, row, column, logit, sides):
    """A person at a cell whose sides are exactly these bins, or halfway between two of them."""
    values = np.full((4, 11), -60, np.float32)
    for side, reach in enumerate(sides):
        values[side, [int(np.floor(reach)), int(np.ceil(reach))]] = 0
    maps[f"stride_{stride}"][row, column] = [logit, *values.ravel()]


class Maps:
    """Stands for the network: the same maps for every picture of one shape, none for others."""

    def __init__(self, maps):
        self.maps, self.shapes = maps, []

    def __call__(self, pictures):
        _, height, width, _ = pictures.shape
        self.shapes.append((width, height))
        fits = self.maps["stride_8"].shape[:2] == (height // 8, width // 8)
        return {name: value[None] for name, value in (self.maps if fits else empty_maps(width, height)).items()}


def test_cells_become_boxes():
    maps = empty_maps(128, 96)
    put(maps, 8, 2, 3, 0.0, (1, 2, 3, 2.5))
    put(maps, 32, 1, 2, np.log(4.0), (2, 1, 0, 1))
    put(maps, 16, 0, 0, -0.1, (1, 1, 1, 1))
    corners, scores = decode(maps, 0.5)
    # Cell (2, 3) of stride 8 has its centre at 28, 20; cell (1, 2) of stride 32 at 80, 48.
    np.testing.assert_allclose(corners, [[20, 4, 52, 40], [16, 16, 80, 80]], atol=1e-4)
    np.testing.assert_allclose(scores, [0.5, 0.8], atol=1e-6)
    assert len(decode(maps, 0.4)[1]) == 3 and decode(maps, 0.9)[0].shape == (0, 4)


def test_boxes_come_back_in_the_pictures_pixels_the_most_certain_first():
    maps = empty_maps(128, 96)
    put(maps, 8, 2, 3, 1.0, (1, 2, 3, 2.5))
    put(maps, 32, 1, 2, 2.0, (2, 1, 0, 1))
    network = Maps(maps)
    found = NanoDet(network, sizes=(128, 64)).detect(np.zeros((192, 256, 3), np.uint8))
    assert network.shapes == [(128, 96), (64, 64)]  # 48 is as far from 32 as from 64
    # The picture is twice as large as the first input.
    assert [pytest.approx(one.box) for one in found] == [(32, 32, 128, 128), (40, 8, 64, 72)]
    assert [one.score for one in found] == pytest.approx([0.880797, 0.731059], abs=1e-5)
    assert NanoDet(network, sizes=(128,))(np.zeros((192, 256, 3), np.uint8)) == [one.box for one in found]


def test_boxes_are_cut_at_the_picture():
    maps = empty_maps(64, 64)
    put(maps, 32, 0, 0, 3.0, (9, 0.5, 1, 10))
    (one,) = NanoDet(Maps(maps), sizes=(64,)).detect(np.zeros((64, 64, 3), np.uint8))
    assert one.box == (0, 0, 48, 64)


def test_of_boxes_on_one_person_the_most_certain_stays():
    corners = np.array([[0, 0, 10, 10], [0, 0, 10, 6], [0, 0, 10, 4], [5, 0, 15, 10], [0, 0, 10, 10]], float)
    # Shares of the union with the last, the most certain: 1, 0.6, 0.4, 1/3.
    assert distinct(corners, np.array([0.8, 0.7, 0.6, 0.5, 0.9])) == [4, 2, 3]
    assert distinct(corners, np.array([0.8, 0.7, 0.6, 0.5, 0.9]), most=0.35) == [4, 3]
    assert distinct(np.zeros((0, 4)), np.zeros(0)) == []


@pytest.mark.parametrize(
    "picture, longer, shape",
    [
        ((640, 480), 416, (416, 320)),
        ((480, 640), 416, (320, 416)),
        ((640, 480), 256, (256, 192)),
        ((100, 100), 256, (256, 256)),
        ((1000, 10), 256, (256, 32)),
        ((4000, 10), 1024, (1024, 128)),
    ],
)
def test_pictures_keep_their_shape_to_the_nearest_multiples(picture, longer, shape):
    assert input_shape(*picture, longer) == shape


def test_the_largest_are_ordered_from_left_to_right():
    people = [Detection((50, 0, 20, 20), 0.5), Detection((0, 0, 10, 50), 0.6), Detection((30, 0, 5, 5), 0.9)]
    assert [one.box[0] for one in largest(people)] == [0, 30, 50]
    assert [one.box[0] for one in largest(people, 2)] == [0, 50]
    assert [one.box[0] for one in largest(people, 1)] == [0]


def test_a_sure_detection_needs_less_presence():
    assert least_presence(None, 0.5) == 0.5
    assert least_presence(0.45, 0.5) == pytest.approx(0.2) and least_presence(0.5, 0.5) == pytest.approx(0.05)
    assert least_presence(0.45, 0) == 0


@pytest.mark.parametrize("score", [0, 1.5, -1])
def test_scores_that_cannot_be(score):
    with pytest.raises(InputError, match="least score above 0 and at most 1"):
        NanoDet(min_score=score)


def test_what_is_no_picture_is_refused():
    with pytest.raises(InputError, match="Expected an RGB image"):
        NanoDet(Maps({})).detect(np.zeros((4, 4)))


def test_the_shipped_detector_finds_the_shipped_person():
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    image, detector = read_image(verified_asset("samples/walking.jpg")), NanoDet()
    (one,) = detector.detect(image)
    assert overlap(one.box, WALKING) > 0.85 and one.score > 0.7
    # Mirrored, moved to a larger picture, and twice: the same person, where she is then.
    (mirrored,) = detector.detect(np.ascontiguousarray(image[:, ::-1]))
    x, y, width, height = mirrored.box
    assert overlap((image.shape[1] - x - width, y, width, height), one.box) > 0.85
    both = detector.detect(np.concatenate([image, image], axis=1))
    assert len(both) == 2
    second = max(both, key=lambda found: found.box[0]).box
    assert overlap((second[0] - image.shape[1], *second[1:]), one.box) > 0.8


def test_nobody_is_found_where_nobody_is():
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    for image in (noise, np.zeros_like(noise), np.full((5, 900, 3), 200, np.uint8), noise[:1, :1]):
        assert NanoDet().detect(image) == []


def test_with_onnx_runtime_no_tensorflow_is_loaded():
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    code = (
        "import sys, numpy as np; from voxelpose.inference.inputs.person_detector import NanoDet;"
        "NanoDet().detect(np.zeros((64, 64, 3), np.uint8));"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(
    "present, taken", [(("onnxruntime", "openvino"), "onnx"), (("openvino",), "openvino"), ((), "tensorflow")]
)
def test_the_first_runtime_that_is_installed_runs_it(monkeypatch, present, taken):
    module, network = "voxelpose.inference.inputs.person_detector", Maps(empty_maps(64, 64))
    opened = []
    monkeypatch.setattr(f"{module}.installed", lambda name: name in present)
    monkeypatch.setattr(f"{module}.open_file", lambda runtime, path: opened.append(runtime) or network)
    monkeypatch.setattr(f"{module}.tensorflow_network", lambda: opened.append("tensorflow") or network)
    detector = NanoDet()
    assert opened == []  # not before there is a picture
    for _ in range(2):
        assert detector.detect(np.zeros((64, 64, 3), np.uint8)) == []
    assert opened == [taken]


def test_the_file_is_small():
    assert verified_asset(ONNX_FILE).stat().st_size < 4e6
