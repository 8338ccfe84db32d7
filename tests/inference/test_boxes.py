import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.inference.inputs.boxes import box_from_joints, check_box, parse_box

SURE = np.zeros((5, 2))


def test_parse():
    assert parse_box("1,2.5,30,4e1") == (1.0, 2.5, 30.0, 40.0)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,nan,3,4", "1,2,inf,4", "1;2;3;4"])
def test_parse_refuses(text):
    with pytest.raises(InputError, match="four numbers x,y,width,height"):
        parse_box(text)


@pytest.mark.parametrize("box", [(0, 0, 10, 10), (-5, -5, 6, 6), (9.5, 9.5, 100, 100), np.array([1, 2, 3, 4])])
def test_boxes_that_meet_the_picture(box):
    assert check_box(box, 10, 10) == tuple(float(v) for v in box)


@pytest.mark.parametrize(
    "box, told",
    [
        ((float("nan"), 0, 1, 1), "four finite numbers"),
        ((0, 0, 1), "four finite numbers"),
        ("box", "four finite numbers"),
        (None, "four finite numbers"),
        ((0, 0, 0, 5), "positive width and height"),
        ((5, 5, -2, 2), "positive width and height"),
        ((10, 0, 5, 5), "meets the picture of 10 x 20"),
        ((0, 20, 5, 5), "meets the picture"),
        ((-5, 0, 5, 5), "meets the picture"),
    ],
)
def test_bad_boxes(box, told):
    with pytest.raises(InputError, match=told):
        check_box(box, 10, 20)


def test_box_from_joints_has_a_margin_and_ignores_the_rest():
    joints = np.array([[20.0, 30.0], [60.0, 30.0], [20.0, 110.0], [40.0, 70.0], [199.0, 199.0]])
    credible = np.array([True, True, True, True, False])
    # Joints span x 20.5..60.5, y 30.5..110.5 in box coordinates; 4 per cent of 80 px all around.
    assert box_from_joints(joints, SURE, credible, 200, 200) == pytest.approx((17.3, 27.3, 46.4, 86.4))


def test_uncertain_joints_widen_the_box():
    joints = np.array([[50.0, 50.0]] * 5)
    spread = np.array([[10.0, 20.0]] * 5)
    # 50.5 +- 10 and +- 20, and 4 per cent of 40 px.
    assert box_from_joints(joints, spread, np.ones(5, bool), 200, 200) == pytest.approx((38.9, 28.9, 23.2, 43.2))


def test_box_from_joints_is_cut_at_the_picture():
    joints = np.array([[0.0, 0.0], [99.0, 0.0], [0.0, 49.0], [99.0, 49.0]])
    assert box_from_joints(joints, SURE[:4], np.ones(4, bool), 100, 50) == (0.0, 0.0, 100.0, 50.0)


def test_too_few_credible_joints_tell_nothing():
    joints = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 4.0], [9.0, 4.0]])
    assert box_from_joints(joints, SURE[:4], np.array([True, True, True, False]), 100, 50) is None


def test_joints_on_one_spot_tell_nothing():
    assert box_from_joints(np.full((5, 2), 3.0), SURE, np.ones(5, bool), 100, 50) is None


@pytest.mark.parametrize("text", ["0.1,0.2,0.5,0.6", "0,0,1,0.5", "-0.1,0.2,0.9,1.2"])
def test_fractions_of_the_picture_are_no_pixels(text):
    for box_format in ("xywh", "xyxy"):
        with pytest.raises(InputError, match="in pixels. Received: .*looks like fractions of the picture"):
            parse_box(text, box_format)
    assert parse_box("0.5,0.5,2,3") == (0.5, 0.5, 2, 3) and parse_box("0,0,1,1") == (0, 0, 1, 1)
