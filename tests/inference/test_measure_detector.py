"""How detections are counted, on people and boxes whose counts are plain."""

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.inference.inputs.person_detector import Detection


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("measure_detector")


BOXES = np.array([[0, 0, 20, 60], [30, 0, 20, 60], [70, 0, 10, 10]], float)


def photograph(tool, boxes=BOXES, tall=(True, True, False), clear=(True, False, False)):
    return tool.Photograph(np.zeros((100, 100, 3), np.uint8), boxes, np.array(tall), np.array(clear))


def test_one_box_a_person_and_one_person_a_box(tool):
    # The second lies on the first person, too, who is taken; the third is half of one; the last shares a third.
    found = [(0, 0, 20, 60), (1, 0, 20, 60), (30, 0, 20, 30), (70, 0, 10, 30)]
    people = tool.matched([Detection(box, 0.9) for box in found], BOXES)
    assert people == [0, None, 1, None]


def test_parts_found_and_false_boxes_at_a_score(tool):
    found = [Detection((0, 0, 20, 60), 0.9), Detection((80, 80, 9, 9), 0.6), Detection((30, 0, 20, 60), 0.4)]
    both = [photograph(tool), photograph(tool, BOXES[:1], (True,), (True,))]
    assert tool.measure(both, [found, []], 0.3) == pytest.approx((2 / 4, 2 / 3, 1 / 2, 1 / 2))
    assert tool.measure(both, [found, []], 0.5) == pytest.approx((1 / 4, 1 / 3, 1 / 2, 1 / 2))
    assert tool.measure(both, [found, []], 0.7) == pytest.approx((1 / 4, 1 / 3, 1 / 2, 0))


def test_who_is_clear(tool, tmp_path):
    import cv2

    jpeg = cv2.imencode(".jpg", np.zeros((100, 200, 3), np.uint8))[1].ravel()
    # Tall and free; tall, two thirds behind the next one; that one; small; tall, without an outline.
    boxes = [(10, 10, 30, 80), (60, 10, 30, 60), (60, 30, 28, 60), (150, 80, 10, 15), (110, 10, 20, 80)]
    outlines = [(10, 10, 30, 80), (60, 10, 30, 19), (60, 30, 28, 60), (150, 80, 10, 15)]
    corners = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for x, y, w, h in outlines]
    np.savez(
        tmp_path / "people.npz",
        jpeg=jpeg,
        offsets=[0, len(jpeg)],
        box_image_xywh=[(0, *box) for box in boxes],
        polygon_image=[0] * 4,
        polygon_points=np.float32(corners).reshape(-1, 2),
        polygon_offsets=[0, 4, 8, 12, 16],
    )
    (one,) = tool.read_photographs(tmp_path / "people.npz")
    assert one.tall.tolist() == [True, True, True, False, True]
    assert one.clear.tolist() == [True, False, True, False, True]


def test_other_files_are_refused(tool, tmp_path):
    np.savez(tmp_path / "a.npz", jpeg=np.zeros(3))
    for name in ("a.npz", "gone.npz"):
        with pytest.raises(InputError, match=f"Expected photographs with people in .*{name}"):
            tool.read_photographs(tmp_path / name)
