"""MPI-INF-3DHP against an independent reading of the published descriptions."""

import published_3dhp as mpi
import pytest
from published_people import assert_rows, assert_shade, named, project, records_of


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    folder = tmp_path_factory.mktemp("train")
    mpi.build_train(folder)
    return folder


def test_train(train):
    records = records_of("mpi-inf-3dhp", train, "train", step=2, cameras="4,8")
    assert len(records) == 2 * 3
    by_picture = {r.picture.name: r for r in records}
    for camera in (4, 8):
        focal, centre = mpi.lens(camera)
        for frame in (0, 2, 4):
            pose = mpi.train_poses(camera)[frame]
            path = train / "S2" / "Seq1" / "imageSequence" / f"video_{camera}.avi"
            record = by_picture[f"{path} frame {frame}"]
            assert_rows(record.skeleton, record.joints_mm, named(pose, mpi.JOINTS28), 1e-6)
            pixels = named(project(pose, focal, centre), mpi.JOINTS28)
            assert_rows(record.skeleton, record.shown, pixels, 1e-6)
            # The file gives seven digits.
            assert_rows(record.skeleton, record.camera.project(record.joints_mm), pixels, 0.01)
            assert (record.camera.width, record.camera.height) == mpi.SIZE
            if camera == 4:
                assert_shade(record, 30 + 30 * frame)


def test_train_keeps_the_eight_cameras_at_the_height_of_people_by_default(train):
    records = records_of("mpi-inf-3dhp", train, "train")
    videos = {r.picture.path.name for r in records}
    assert videos == {f"video_{camera}.avi" for camera in (0, 1, 2, 4, 5, 6, 7, 8)}
    assert {r.picture.index for r in records} == {0, 5}


def test_test_set(tmp_path):
    mpi.build_test(tmp_path)
    folder = tmp_path / "mpi_inf_3dhp_test_set"
    records = {r.picture.name: r for r in records_of("mpi-inf-3dhp", folder, "test")}
    assert len(records) == 6, "the second frame of both is not valid"
    for name, (focal, centre, size) in mpi.TEST_CAMERAS.items():
        for i in (0, 2, 3):
            record = records[str(folder / name / "imageSequence" / f"img_{i + 1:06d}.jpg")]
            pose = mpi.test_poses(name)[i]
            assert_rows(record.skeleton, record.joints_mm, named(pose, mpi.JOINTS17), 1e-6)
            pixels = named(project(pose, focal, centre), mpi.JOINTS17)
            assert_rows(record.skeleton, record.shown, pixels, 1e-6)
            assert_rows(record.skeleton, record.camera.project(record.joints_mm), pixels, 0.5)
            assert (record.camera.width, record.camera.height) == size
            assert record.about.subject == name
            assert_shade(record, 40 + 40 * i)


def test_universal_joints_of_the_test_set(tmp_path):
    mpi.build_test(tmp_path)
    records = records_of("mpi-inf-3dhp", tmp_path / "mpi_inf_3dhp_test_set", "test", universal=True)
    first = next(r for r in records if r.about.subject == "TS1" and r.picture.name.endswith("img_000001.jpg"))
    assert_rows(first.skeleton, first.joints_mm, named(0.93 * mpi.test_poses("TS1")[0], mpi.JOINTS17), 1e-6)
