"""3DPW's sequence files against an independent reading of the published descriptions."""

import numpy as np
import published_3dpw as pw3d
import pytest
from published_people import assert_rows, assert_shade, named, records_of


@pytest.mark.parametrize("part", ["test", "all"])
def test_every_person_with_a_valid_camera(tmp_path, part):
    pw3d.build(tmp_path, "test")
    records = records_of("3dpw", tmp_path, part)
    assert len(records) == 6
    left = list(records)
    for actor, valid in enumerate(pw3d.CAMPOSE_VALID):
        for frame in np.flatnonzero(valid):
            path = str(tmp_path / "imageFiles" / pw3d.NAME / f"image_{frame:05d}.jpg")
            pose = pw3d.camera_poses(actor)[frame]
            record = next(r for r in left if r.picture.name == path and np.isclose(r.joints_mm[0, 0], pose[0, 0]))
            left.remove(record)
            assert_rows(record.skeleton, record.joints_mm, named(pose, pw3d.JOINTS), 1e-6)
            assert_rows(record.skeleton, record.shown, named(pw3d.pixels(actor, frame), pw3d.JOINTS), 1e-6)
            np.testing.assert_allclose(
                record.camera.matrix,
                [[pw3d.FOCAL[0], 0, pw3d.CENTRE[0]], [0, pw3d.FOCAL[1], pw3d.CENTRE[1]], [0, 0, 1]],
            )
            assert (record.camera.width, record.camera.height) == pw3d.SIZE
            # One actor's frames are one sequence to this project, which goes by sequences where time matters.
            assert record.about.sequence.startswith(pw3d.NAME)
            assert record.about.frame == frame
            assert_shade(record, pw3d.SHADES[frame])
    assert not left
    assert len({r.about.sequence for r in records}) == 2


def test_parts_are_folders(tmp_path):
    pw3d.build(tmp_path, "validation")
    assert len(records_of("3dpw", tmp_path, "validation")) == 6
