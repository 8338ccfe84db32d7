"""MPII's three layouts against an independent reading of the published descriptions."""

import numpy as np
import published_mpii as mpii
import pytest
from published_people import assert_rows, assert_shade, records_of


def check_person(record, person: int) -> None:
    assert_rows(record.skeleton, record.pixels, mpii.expected_pixels(person), 1e-6)
    np.testing.assert_allclose(record.square, mpii.expected_square(person), atol=1e-6)


@pytest.mark.parametrize("part", ["train", "valid"])
def test_hourglass_files_hold_the_lowered_centre_and_enlarged_scale(tmp_path, part):
    mpii.build_h5(tmp_path, part)
    records = records_of("mpii-h5", tmp_path, part)
    assert len(records) == 2
    for person, record in enumerate(records):
        check_person(record, person)
        assert_shade(record, mpii.SHADES[person])
    assert [r.about.head_px for r in records] == [60.0, 24.0]


@pytest.mark.parametrize("listed", [None, "{}\r\n{}\r\n", "{}\n{}"])
def test_names_come_from_any_list_or_from_the_file_itself(tmp_path, listed):
    mpii.build_h5(tmp_path, "valid")
    names = tmp_path / "annot" / "valid_images.txt"
    names.unlink()
    if listed is not None:
        names.write_bytes(listed.format(*mpii.NAMES).encode())
    for person, record in enumerate(records_of("mpii-h5", tmp_path, "valid")):
        check_person(record, person)
        assert_shade(record, mpii.SHADES[person])


@pytest.mark.parametrize("part", ["train", "valid"])
def test_json_holds_the_official_centre_and_scale(tmp_path, part):
    mpii.build_json(tmp_path, part)
    records = records_of("mpii-json", tmp_path, part)
    assert len(records) == 2
    for person, record in enumerate(records):
        check_person(record, person)
        assert_shade(record, mpii.SHADES[person])


def test_official_file(tmp_path):
    mpii.build_official(tmp_path)
    records = records_of("mpii", tmp_path, "train")
    assert len(records) == 2
    for person, record in enumerate(records):
        check_person(record, person)
        assert_shade(record, mpii.SHADES[0])
    np.testing.assert_allclose([r.about.head_px for r in records], [60.0, 24.0])

    assert records_of("mpii", tmp_path, "test") == [], "its joints are withheld"


def test_the_boxes_of_all_three_agree(tmp_path):
    boxes = []
    for name, build in (("h5", mpii.build_h5), ("json", mpii.build_json)):
        (tmp_path / name).mkdir()
        build(tmp_path / name, "train")
        boxes.append([r.box for r in records_of(f"mpii-{name}", tmp_path / name, "train")])
    (tmp_path / "mat").mkdir()
    mpii.build_official(tmp_path / "mat")
    boxes.append([r.box for r in records_of("mpii", tmp_path / "mat", "train")])
    # 200 * scale around the official centre; MATLAB's pixel 1 has its middle at 0.5 where pixel 0 starts at 0.
    expected = [(351 - 0.5 - 225, 402 - 0.5 - 225, 450, 450), (203 - 0.5 - 150, 188 - 0.5 - 150, 300, 300)]
    for box in boxes:
        np.testing.assert_allclose(box, expected, atol=1e-6)
