import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelpose.errors import InputError
from voxelpose.inference.inputs.box_list import BoxEntry, read_box_list
from voxelpose.inference.inputs.boxes import overlap, parse_box, to_xywh

PLACES = st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(1, 40), st.floats(1, 40))


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def listed(box_format, *boxes, image="a.jpg"):
    return {"box_format": box_format, "boxes": [{"image": image, "box": box} for box in boxes]}


def test_json_in_both_formats(tmp_path):
    expected = (BoxEntry("a.jpg", 0, (10.0, 20.0, 30.0, 40.0)), BoxEntry("a.jpg", 0, (1.0, 2.0, 3.0, 4.0)))
    wide = write(tmp_path / "a.json", listed("xywh", [10, 20, 30, 40], [1, 2, 3, 4]))
    corners = write(tmp_path / "b.json", listed("xyxy", [10, 20, 40, 60], [1, 2, 4, 6]))
    assert read_box_list(wide).entries == expected
    assert read_box_list(corners).entries == expected


def test_csv_in_both_formats(tmp_path):
    wide = write(tmp_path / "a.csv", "\ufeffimage,x,y,width,height\na.jpg,10,20,30,40\n")
    corners = write(tmp_path / "b.csv", "frame,x1,y1,x2,y2,image\n7,10,20,40,60,clip.mp4\n,1,2,4,6,clip.mp4\n")
    assert read_box_list(wide).entries == (BoxEntry("a.jpg", 0, (10.0, 20.0, 30.0, 40.0)),)
    assert [(e.frame, e.box) for e in read_box_list(corners).entries] == [(7, (10, 20, 30, 40)), (0, (1, 2, 3, 4))]


@pytest.mark.parametrize(
    "name, content, told",
    [
        ("a.json", {"boxes": []}, "box_format is xywh or xyxy. Received: none"),
        ("a.json", [], "box_format is xywh or xyxy"),
        ("a.json", listed("cxcywh", [1, 2, 3, 4]), "Received: cxcywh"),
        ("a.json", {"box_format": "xywh"}, '"boxes": a list'),
        ("a.json", listed("xyxy", [1, 2, 3, 4], [40, 2, 3, 4]), "Entry 2: .*x2 > x1 and y2 > y1"),
        ("a.json", listed("xyxy", [1, 20, 30, 4]), "Entry 1: .*y2 > y1"),
        ("a.json", listed("xywh", [1, 2, -3, 4]), "Entry 1: .*positive width and height"),
        ("a.json", listed("xywh", [1, 2, 3]), "four finite numbers x,y,width,height"),
        ("a.json", listed("xywh", [1, 2, 3, "wide"]), "four finite numbers"),
        ("a.json", listed("xywh", None), "four finite numbers"),
        ("a.json", '{"box_format": "xywh", "boxes": [{"image": "a.jpg", "box": [1, 2, 3, NaN]}]}', "four finite"),
        ("a.json", '{"box_format": "xywh", "boxes": [{"box": [1, 2, 3, 4]}]}', "name of an image"),
        ("a.json", '{"box_format": "xywh", "boxes": [7]}', "name of an image"),
        ("a.json", "{", "a.json cannot be used"),
        ("a.csv", "image,x,y,w,h\na.jpg,1,2,3,4\n", "header of image,x,y,width,height or .*Received: image,x,y,w,h"),
        ("a.csv", "", "header of image"),
        ("a.csv", "image,x,y,width,height\na.jpg,1,2,3\n", "Entry 1: .*four finite numbers"),
        ("a.csv", "image,x1,y1,x2,y2\na.jpg,1,2,0,4\n", "Entry 1: .*x2 > x1"),
        ("a.csv", "image,frame,x,y,width,height\na.jpg,-1,1,2,3,4\n", "frame number from 0"),
        ("a.txt", "", "ends in .json or .csv"),
    ],
)
def test_lists_that_cannot_be(tmp_path, name, content, told):
    with pytest.raises(InputError, match=told) as caught:
        read_box_list(write(tmp_path / name, content))
    assert name in str(caught.value)


def test_a_missing_list(tmp_path):
    with pytest.raises(InputError, match="Cannot read the list of boxes .*no.csv: No such file"):
        read_box_list(tmp_path / "no.csv")


def test_entries_find_their_pictures_by_the_end_of_the_path(tmp_path):
    rows = "image,x,y,width,height\none/a.jpg,1,1,1,1\nb.jpg,2,2,2,2\none/a.jpg,3,3,3,3\n./two/a.jpg,4,4,4,4\n"
    boxes = read_box_list(write(tmp_path / "a.csv", rows))
    pictures = ["photos/one/a.jpg", "photos/two/a.jpg", "photos/b.jpg", "photos/c.jpg"]
    places = {picture: [entry.box[0] for entry in entries] for picture, entries in boxes.assign(pictures).items()}
    assert places == dict(zip(pictures, [[1, 3], [4], [2], []], strict=True))


@pytest.mark.parametrize("name, told", [("gone.jpg", "none of the pictures"), ("a.jpg", "2 pictures .*one/a.jpg")])
def test_entries_that_name_no_picture_or_several(tmp_path, name, told):
    boxes = read_box_list(write(tmp_path / "a.json", listed("xywh", [1, 2, 3, 4], image=name)))
    with pytest.raises(InputError, match=f"a.json to name pictures .*Received: {name}, which fits {told}"):
        boxes.assign(["one/a.jpg", "two/a.jpg"])


def test_corners_become_sides():
    assert parse_box("10,20,40,60", "xyxy") == (10.0, 20.0, 30.0, 40.0)
    with pytest.raises(InputError, match="x2 > x1"):
        parse_box("10,20,5,60", "xyxy")
    with pytest.raises(InputError, match="four numbers x1,y1,x2,y2"):
        parse_box("10,20,5", "xyxy")
    with pytest.raises(InputError, match="format among xywh, xyxy. Received: yolo"):
        to_xywh((1, 2, 3, 4), "yolo")


def test_overlap():
    assert overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert overlap((0, 0, 10, 10), (10, 0, 10, 10)) == 0


@given(PLACES, PLACES)
def test_overlap_is_symmetric_and_one_only_for_the_same(one, other):
    assert overlap(one, other) == pytest.approx(overlap(other, one))
    assert 0 <= overlap(one, other) <= 1 + 1e-12 and overlap(one, one) == pytest.approx(1)


def test_accents_are_the_same_letter_composed_or_not(tmp_path):
    composed, decomposed = "Foto \u00e9.jpg", "Foto e\u0301.jpg"
    for listed_as, on_disk in ((composed, decomposed), (decomposed, composed)):
        boxes = read_box_list(write(tmp_path / "a.json", listed("xywh", [1, 2, 3, 4], image=listed_as)))
        assert len(boxes.assign([f"x/{on_disk}", "x/b.jpg"])[f"x/{on_disk}"]) == 1


def test_a_list_with_a_byte_order_mark_is_read(tmp_path):
    path = write(tmp_path / "a.json", listed("xywh", [1, 2, 3, 4]))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_box_list(path).entries[0].box == (1, 2, 3, 4)
