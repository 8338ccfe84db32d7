"""HumanEva-I against an independent reading of the published descriptions."""

import published_humaneva as eva
import pytest
from published_people import assert_rows, assert_shade, named, records_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("humaneva")
    eva.build(folder)
    return folder


def test_three_colour_cameras_of_the_good_frames(folder):
    records = {r.picture.name: r for r in records_of("humaneva", folder, "validate")}
    assert len(records) == 9
    for row in eva.ROWS:
        for camera in eva.OFFSETS:
            index = eva.video_index(row, camera)
            path = folder / "S1" / "Image_Data" / f"Walking_1_({camera}).avi"
            record = records[f"{path} frame {index}"]
            # The calibration file has ten digits behind the point.
            assert_rows(record.skeleton, record.joints_mm, named(eva.in_camera(row, camera), eva.JOINTS), 1e-3)
            assert_rows(record.skeleton, record.shown, named(eva.pixels(row, camera), eva.JOINTS), 1e-3)
            assert (record.camera.width, record.camera.height) == eva.SIZE
            assert (record.about.subject, record.about.camera) == ("S1", camera)
            assert record.about.action == "Walking"
            assert_shade(record, eva.shade(index))
