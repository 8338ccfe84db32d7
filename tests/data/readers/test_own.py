import json

import jsonschema
import numpy as np
import pytest
from format_world import write_picture

from voxelpose.assets import asset_path
from voxelpose.data.readers import open_dataset
from voxelpose.data.readers.own import schema
from voxelpose.data.record import Record, Skipped
from voxelpose.errors import InputError

CAMERA = {"fx": 1145.0, "fy": 1144.0, "cx": 512.5, "cy": 515.5, "width": 1000, "height": 1000}
GOOD = [
    {"image": "pictures/0001.jpg", "pixels": {"right_knee": [412.5, 630.0], "head": [400, 100]}, "subject": "anna",
     "action": "walk", "sequence": "walk 1", "camera_name": "left", "frame": 7, "box": [300, 80, 200, 620],
     "head_px": 41},
    {"image": "clip.mp4", "video_frame": 12, "joints_mm": {"pelvis": [0, 20, 3100], "left_wrist": [200, -30, 2900]},
     "camera": {**CAMERA, "distortion": [-0.2, 0.1, 0, 0, 0]}},
]  # fmt: skip


def write(folder, lines, name="people.jsonl"):
    (folder / name).write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return folder


def records(folder, **options):
    return list(open_dataset("own", folder, "all", options)[0].records())


def test_a_line_is_a_person_and_what_is_left_out_is_missing(tmp_path):
    first, second = records(write(tmp_path, [GOOD[0], "", GOOD[1]]))
    assert first.picture.name == str(tmp_path / "pictures/0001.jpg") and first.box == (300, 80, 200, 620)
    assert first.pixels[first.skeleton.index("right_knee")].tolist() == [412.5, 630]
    assert np.isnan(first.pixels).sum() == 2 * 15 and first.joints_mm is None
    assert (first.about.subject, first.about.camera, first.about.frame, first.about.head_px) == ("anna", "left", 7, 41)
    assert second.picture.index == 12 and second.camera.distortion[0] == -0.2
    assert second.joints_mm[second.skeleton.index("left_wrist")].tolist() == [200, -30, 2900]


@pytest.mark.parametrize(
    "line, reason, where",
    [
        ("{", "line against the schema", "line 1 of people.jsonl"),
        ({"pixels": {"head": [1, 2]}}, "line against the schema", "image: Field required"),
        ({"image": "a.jpg"}, "line against the schema", "should name at least one joint"),
        ({**GOOD[1], "camera": None}, "line against the schema", "joints_mm needs a camera"),
        ({**GOOD[0], "pixels": {"head": [1, 2, 3]}}, "line against the schema", "pixels.head"),
        ({**GOOD[0], "colour": 1}, "line against the schema", "colour: Extra inputs"),
        ({**GOOD[0], "pixels": {"right_kne": [1, 2]}}, "unknown joint", "Nearest names: right_knee"),
        ('{"image": "a.jpg", "pixels": {"head": [NaN, 1]}}', "line against the schema", "head"),
    ],
)
def test_a_wrong_line_is_skipped_and_named_and_the_next_one_read(tmp_path, line, reason, where):
    skipped, good = records(write(tmp_path, [line, GOOD[0]]))
    assert isinstance(skipped, Skipped) and isinstance(good, Record)
    assert skipped.reason == reason and where in skipped.where and "line 1" in skipped.where


def test_a_skeleton_of_ones_own(tmp_path):
    tree = {"name": "dog", "parents": {"root": None, "left_paw": "root", "right_paw": "root"}}
    (tmp_path / "dog.json").write_text(json.dumps(tree))
    write(tmp_path, [{"image": "a.jpg", "pixels": {"left_paw": [3, 4]}}])
    (record,) = records(tmp_path, skeleton="dog.json")
    assert record.skeleton.joints == ("root", "left_paw", "right_paw") and record.skeleton.mirror == (0, 2, 1)
    (tmp_path / "dog.json").write_text('{"parents": {"a": "b"}}')
    with pytest.raises(InputError, match="or one with name and parents"):
        records(tmp_path, skeleton="dog.json")
    with pytest.raises(InputError, match="Expected cat.json"):
        records(tmp_path, skeleton="cat.json")


def test_the_shipped_schema_is_that_of_the_reader_and_judges_the_same():
    shipped = json.loads(asset_path("schemas/person.schema.json").read_text())
    assert shipped == schema()
    for line in GOOD:
        jsonschema.validate(line, shipped)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**GOOD[0], "colour": 1}, shipped)


def test_the_worked_example_becomes_a_square_example(tmp_path):
    write_picture(tmp_path / "pictures/0001.jpg", 500, 700)
    (item,) = open_dataset("own", write(tmp_path, GOOD[:1]), "all", {})[0].items()
    square = item.square_example(64, 1.25)
    assert square.example.image.shape == (64, 64, 3) and square.about.subject == "anna"
    # The box is 200 x 620 and all but holds the joints; a square of 1.25 * 620 pixels is shown with 64.
    assert square.matrix[0, 0] == pytest.approx(64 / (1.25 * 620), rel=2e-3)
