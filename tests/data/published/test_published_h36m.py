"""Human3.6M's layouts against an independent reading of the published descriptions."""

import numpy as np
import published_h36m as h36m
import pytest
from published_people import assert_rows, assert_shade, records_of


def test_fetch(tmp_path):
    poses = h36m.build_fetch(tmp_path)
    records = records_of("h36m-fetch", tmp_path, "test")
    assert len(records) == 6
    by_picture = {r.picture.name: r for r in records}
    for c, (camera, pose) in enumerate(poses.items()):
        for i, frame in enumerate(h36m.FETCH_FRAMES):
            path = tmp_path / "S9" / "TakingPhoto-2" / "imageSequence" / camera / f"img_{frame:06d}.jpg"
            record = by_picture[str(path)]
            truth = h36m.by_name(pose[i], h36m.JOINTS32)
            assert_rows(record.skeleton, record.joints_mm, truth, 1e-2)
            shown = h36m.by_name(h36m.seen(pose[i], camera), h36m.JOINTS32)
            assert_rows(record.skeleton, record.shown, shown, 0.5)
            assert_rows(record.skeleton, record.camera.project(record.joints_mm), shown, 1e-3)
            assert abs(record.camera.fx - h36m.CAMERAS[camera]["f"][0]) < 0.01
            assert (record.about.subject, record.about.camera) == ("S9", camera)
            assert record.about.frame == frame
            assert (record.camera.width, record.camera.height) == h36m.CAMERAS[camera]["size"]
            assert_shade(record, 20 + 60 * c + 20 * i)
    assert not records_of("h36m-fetch", tmp_path, "all")[0].about.action.isdigit()


def test_universal_joints_of_fetch_come_with_the_camera_fitted_to_them(tmp_path):
    poses = h36m.build_fetch(tmp_path)
    records = records_of("h36m-fetch", tmp_path, "test", universal=True)
    for camera, pose in poses.items():
        found = next(r for r in records if r.about.camera == camera and r.about.frame == h36m.FETCH_FRAMES[0])
        expected = h36m.universal(pose)[0]
        assert_rows(found.skeleton, found.joints_mm, h36m.by_name(expected, h36m.JOINTS32), 1e-2)
        pixels = h36m.by_name(h36m.seen(pose[0], camera), h36m.JOINTS32)
        # A smaller body in the same place is met by a longer lens.
        assert found.camera.fx > 1.05 * h36m.CAMERAS[camera]["f"][0]
        assert_rows(found.skeleton, found.camera.project(found.joints_mm), pixels, 60)


def test_fetch_tells_test_subjects_from_training_subjects(tmp_path):
    h36m.build_fetch(tmp_path)
    h36m.build_fetch(tmp_path, "S7", 7)
    for part, subjects in (("test", {"S9"}), ("train", {"S7"}), ("all", {"S7", "S9"})):
        assert {r.about.subject for r in records_of("h36m-fetch", tmp_path, part)} == subjects


def test_early_fetch(tmp_path):
    poses = h36m.build_early_fetch(tmp_path)
    records = records_of("h36m-fetch", tmp_path, "train")
    assert [(r.about.action, r.about.frame) for r in records] == [("WalkTogether", 1), ("WalkTogether", 6)]
    for record, pose in zip(records, poses, strict=True):
        assert_rows(record.skeleton, record.joints_mm, h36m.by_name(pose, h36m.JOINTS32), 1e-2)


def test_npz(tmp_path):
    true = h36m.build_npz(tmp_path)
    records = {
        (r.about.subject, r.about.camera, r.picture.name): r for r in records_of("h36m-npz", tmp_path, "all", step=5)
    }
    assert len(records) == len(true) * 3
    for (subject, action, camera), poses in true.items():
        for index in (0, 5, 10):
            name = f"{subject}_{action.replace(' ', '_')}.{camera}_{index + 1:06d}.jpg"
            record = records[subject, camera, str(tmp_path / "images" / name)]
            pose = poses[index]
            # float32 metres of a point 5 m away are known to 0.5 micrometres.
            assert_rows(record.skeleton, record.joints_mm, h36m.by_name(pose, h36m.JOINTS32), 0.01)
            shown = h36m.by_name(h36m.seen(pose, camera), h36m.JOINTS32)
            assert_rows(record.skeleton, record.shown, shown, 0.02)
            assert (record.camera.width, record.camera.height) == h36m.CAMERAS[camera]["size"]
    assert_shade(records["S1", "54138969", str(tmp_path / "images" / "S1_Photo_1.54138969_000006.jpg")], 130)
    subjects = {part: {r.about.subject for r in records_of("h36m-npz", tmp_path, part)} for part in ("train", "test")}
    assert subjects == {"train": {"S1"}, "test": {"S11"}}


@pytest.mark.parametrize("sample", [False, True])
def test_authors_validation(tmp_path, sample):
    h36m.build_authors(tmp_path, "valid", sample)
    records = records_of("h36m-authors", tmp_path, "valid")
    assert len(records) == 3
    for row, (record, pose) in enumerate(zip(records, h36m.authors_poses(), strict=True)):
        camera = h36m.authors_camera(row)
        assert_rows(record.skeleton, record.joints_mm, h36m.by_name(pose, h36m.AUTHORS17), 1e-2)
        shown = h36m.by_name(h36m.seen(pose, camera), h36m.AUTHORS17)
        assert_rows(record.skeleton, record.shown, shown, 0.05)
        assert_rows(record.skeleton, record.camera.project(record.joints_mm), shown, 0.05)
        assert (record.camera.width, record.camera.height) == h36m.CAMERAS[camera]["size"]
        check_common(record, row)


def test_authors_training(tmp_path):
    h36m.build_authors(tmp_path, "train")
    records = records_of("h36m-authors", tmp_path, "train")
    assert len(records) == 3
    for row, (record, pose) in enumerate(zip(records, h36m.authors_poses(), strict=True)):
        shown = h36m.by_name(h36m.seen(pose, h36m.authors_camera(row)), h36m.AUTHORS17)
        assert_rows(record.skeleton, record.pixels, shown, 1e-3)
        # A bin is 31 mm deep: one bin off or the root's own half bin (3.4 mm) aside, the depth is exact here.
        depth = record.depth_mm if record.joints_mm is None else record.joints_mm[:, 2] - record.joints_mm[0, 2]
        assert_rows(
            record.skeleton, depth[:, None], h36m.by_name((pose[:, 2] - pose[0, 2])[:, None], h36m.AUTHORS17), 5
        )
        check_common(record, row)


def check_common(record, row: int) -> None:
    np.testing.assert_allclose(record.square, h36m.authors_squares()[row], atol=1e-3)
    name = h36m.AUTHORS_NAMES[row]
    assert record.about.subject == name.split("_")[0]
    assert record.about.camera == h36m.authors_camera(row)
    assert record.about.frame == int(name[-10:-4])
    assert record.about.action in ("Posing", "WalkDog", "WalkingDog")
    assert_shade(record, h36m.AUTHORS_SHADES[row])
