"""The project's own lines against a second reading of their schema."""

import published_own as own
from published_people import assert_rows, assert_shade, records_of

from voxelpose.data.record import About


def test_a_person_in_space_and_one_in_pixels(tmp_path):
    own.build(tmp_path)
    space, flat = records_of("own", tmp_path, "all")
    assert_rows(space.skeleton, space.joints_mm, own.joints() | {own.MISSING: None}, 1e-6)
    assert_rows(space.skeleton, space.shown, own.pixels() | {own.MISSING: None}, 1e-6)
    camera = space.camera
    assert {name: getattr(camera, name) for name in own.CAMERA} == own.CAMERA and camera.distortion == own.LENS
    named = [getattr(space.about, name) for name in ("subject", "action", "sequence", "camera", "frame")]
    assert named == ["anna", "waving", "monday", "left", 17]
    assert_rows(flat.skeleton, flat.pixels, {name: own.FLAT.get(name) for name in own.JOINTS}, 1e-9)
    assert flat.box == own.BOX and flat.joints_mm is None and flat.camera is None
    assert flat.about == About(head_px=6.5)
    assert_shade(space, 101)
    assert_shade(flat, 151)
