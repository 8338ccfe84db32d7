"""KTH Multiview Football II against an independent reading of the published descriptions."""

import numpy as np
import published_kth as kth
from published_people import assert_rows, assert_shade, named, records_of


def test_three_affine_cameras(tmp_path):
    place = kth.build(tmp_path)
    records = {r.picture.name: r for r in records_of("kth-football", tmp_path, "all")}
    assert len(records) == 9
    for camera in range(3):
        for frame in range(kth.FRAMES):
            record = records[str(place / f"Camera {camera + 1}" / f"{frame + 1:05d}.png")]
            expected = named(kth.pixels(camera, frame), kth.JOINTS)
            assert_rows(record.skeleton, record.pixels, expected, 1e-3)
            assert_rows(record.skeleton, relative(record), named(kth.relative_mm(camera, frame), kth.JOINTS), 25)
            assert (record.camera.width, record.camera.height) == kth.SIZE
            assert_shade(record, kth.shade(camera, frame))


def relative(record) -> np.ndarray:
    return record.joints_mm - record.joints_mm.mean(0)
