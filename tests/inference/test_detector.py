import sys
from types import SimpleNamespace

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.inference.inputs.detector import PersonDetector
from voxelpose.inference.inputs.detector_layouts import BlazePose, DetsAndLabels, Yolo

HEIGHT, WIDTH = 200, 400
PICTURE = np.zeros((HEIGHT, WIDTH, 3), np.uint8)


def onnx_file(path, outputs, size=64, channels=3):
    """An ONNX network that answers every picture with the same arrays."""
    onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    helper, kinds = onnx.helper, onnx.TensorProto
    nodes, infos = [], []
    for name, array in outputs.items():
        nodes.append(helper.make_node("Constant", [], [name], value=onnx.numpy_helper.from_array(array)))
        kind = kinds.INT64 if array.dtype.kind == "i" else kinds.FLOAT
        infos.append(helper.make_tensor_value_info(name, kind, array.shape))
    entry = helper.make_tensor_value_info("images", kinds.FLOAT, (1, channels, size, size))
    graph = helper.make_graph(nodes, "detector", [entry], infos)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    return path


def yolo_head(*people, classes=3, count=100):
    """people: (cx, cy, w, h, scores...) in input pixels."""
    head = np.zeros((1, 4 + classes, count), np.float32)
    for n, person in enumerate(people):
        head[0, : len(person), n] = person
    return head


def test_yolo(tmp_path):
    # The picture is letterboxed: 400 px wide to 64, so that a pixel of the input is 6.25 of the picture, and the
    # picture begins 16 px below the input's upper edge.
    people = [
        (32, 32, 16, 20, 0.9),
        (33, 32, 16, 20, 0.8),
        (8, 24, 4, 8, 0.7),
        (50, 30, 9, 9, 0.1, 0.9),
        (9, 9, 9, 9, 0.3),
    ]
    detector = PersonDetector(onnx_file(tmp_path / "a.onnx", {"output0": yolo_head(*people)}))
    found = detector(PICTURE)
    expected = [(24 * 6.25, (22 - 16) * 6.25, 100, 125), (6 * 6.25, (20 - 16) * 6.25, 25, 50)]
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert len(PersonDetector(tmp_path / "a.onnx", min_score=0.85)(PICTURE)) == 1


def test_dets_and_labels(tmp_path):
    dets = np.array([[[24, 22, 40, 42, 0.9], [6, 20, 10, 28, 0.7], [0, 0, 9, 9, 0.99]]], np.float32)
    labels = np.array([[0, 0, 16]])
    detector = PersonDetector(onnx_file(tmp_path / "a.onnx", {"labels": labels, "dets": dets}))
    np.testing.assert_allclose(detector(PICTURE), [(150, 37.5, 100, 125), (37.5, 25, 25, 50)], atol=1e-3)


def test_pictures_are_prepared_as_each_network_was_trained():
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[..., 0] = 255
    yolo = Yolo(64, np.dtype(np.float32)).prepare(picture)
    assert yolo.shape == (1, 3, 64, 64) and yolo[0, :, 5, 5].tolist() == [1, 0, 0]
    dets = DetsAndLabels(64, np.dtype(np.float32)).prepare(picture)
    # Blue, green, red: (0 - 103.53) / 57.375, (0 - 116.28) / 57.12, (255 - 123.675) / 58.395.
    np.testing.assert_allclose(dets[0, :, 5, 5], [-1.80444, -2.03571, 2.24891], atol=1e-4)
    blaze = BlazePose(224, np.dtype(np.float32)).prepare(np.full((224, 224, 3), (0, 255, 51), np.uint8))
    np.testing.assert_allclose(blaze[0, 5, 5], [-1, 1, -0.6], atol=1e-6)


class Interpreter:
    """Stands for LiteRT's: one person at the anchor of row 3, column 5 of the coarse grid."""

    shape = (1, 224, 224, 3)

    def __init__(self, path):
        boxes, scores = np.zeros((1, 2254, 12), np.float32), np.full((1, 2254, 1), -200, np.float32)
        anchor = 28 * 28 * 2 + 14 * 14 * 2 + 6 * (3 * 7 + 5)
        # Hips 8 input pixels left of the anchor, the edge of the body 50 below and 0 aside of them.
        boxes[0, anchor, 4:8] = (-8, 0, -8, 50)
        scores[0, anchor] = 2.0
        self.outputs = [scores, boxes]

    def allocate_tensors(self):
        pass

    def get_input_details(self):
        return [{"index": 0, "shape": np.array(self.shape), "dtype": np.float32}]

    def get_output_details(self):
        return [{"index": 0}, {"index": 1}]

    def set_tensor(self, index, value):
        assert value.shape == self.shape and value.dtype == np.float32

    def invoke(self):
        pass

    def get_tensor(self, index):
        return self.outputs[index]


@pytest.fixture
def tflite(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", SimpleNamespace(Interpreter=Interpreter))
    path = tmp_path / "assets.data"
    path.write_bytes(b"\x1c\0\0\0TFL3....")
    return path


def test_blazepose(tflite):
    # Anchor at (5.5, 3.5) of 7 cells: 176, 112 px; hips at 168, 112; the box reaches 50 px around them. The picture
    # is shown 224 / 400 as large and begins 56 px below the upper edge.
    x, y, half = 168 / 0.56, (112 - 56) / 0.56, 50 / 0.56
    (box,) = PersonDetector(tflite)(PICTURE)
    assert box == pytest.approx((x - half, y - half, 2 * half, 2 * half), abs=1e-3)
    assert PersonDetector(tflite, min_score=0.9)(PICTURE) == []  # 1 / (1 + exp(-2)) = 0.88


def test_tflite_networks_of_another_kind(tflite, monkeypatch):
    monkeypatch.setattr(Interpreter, "shape", (1, 257, 353, 3))
    with pytest.raises(InputError, match="one square RGB picture. Received: .1, 257, 353, 3."):
        PersonDetector(tflite)


def test_onnx_networks_of_another_kind(tmp_path):
    path = onnx_file(tmp_path / "a.onnx", {"logits": np.zeros((1, 1000), np.float32)})
    with pytest.raises(InputError, match=r"a.onnx with outputs as BlazePose.*Received: \(1, 1000\)"):
        PersonDetector(path)
    with pytest.raises(InputError, match="one square RGB picture"):
        PersonDetector(onnx_file(tmp_path / "b.onnx", {"a": yolo_head()}, channels=4))


def test_files_that_are_no_networks(tmp_path):
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(InputError, match="ONNX or TFLite detector in .*text.onnx. Received: ") as caught:
        PersonDetector(tmp_path / "text.onnx")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="Cannot read the detector .*gone.onnx: No such file"):
        PersonDetector(tmp_path / "gone.onnx")
    with pytest.raises(InputError, match="between 0 and 1. Received: 2"):
        PersonDetector(tmp_path / "gone.onnx", min_score=2)


@pytest.mark.parametrize(
    "content, module, told",
    [(b"\x08\x07", "onnxruntime", r"voxelpose\[onnx\]"), (b"\x1c\0\0\0TFL3", "ai_edge_litert", r"voxelpose\[litert\]")],
)
def test_without_the_package_one_sentence_says_what_to_install(tmp_path, monkeypatch, content, module, told):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "ai_edge_litert.interpreter", raising=False)
    (tmp_path / "a.bin").write_bytes(content)
    with pytest.raises(InputError, match=told):
        PersonDetector(tmp_path / "a.bin")


def test_detections_outside_the_picture_are_none(tmp_path):
    # In the letterbox above the picture.
    head = yolo_head((32, 5, 10, 6, 0.9))
    assert PersonDetector(onnx_file(tmp_path / "a.onnx", {"output0": head}))(PICTURE) == []
