from dataclasses import replace

import cv2
import numpy as np
import pytest
from store_fakes import BODY, CAMERA, person

from voxelpose.data.pictures import PackedPicture, PictureError, PictureFile, VideoFrame
from voxelpose.data.record import Skipped, check_record
from voxelpose.data.store.square_example import SquareExample, cut_square_example, lens_map
from voxelpose.geometry import Camera, Crop


def fault(**changes) -> str:
    found = check_record(replace(person(0), **changes))
    return found.reason if isinstance(found, Skipped) else "none"


def test_a_sound_record_passes_and_missing_joints_are_no_fault():
    some = person(0).joints_mm.copy()
    some[3:9] = np.nan
    assert fault() == fault(joints_mm=some) == fault(pixels=None) == "none"
    assert fault(joints_mm=None, camera=None) == "none"


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"joints_mm": person(0).joints_mm / 1000}, "a person of impossible size: joints are not in mm"),
        ({"joints_mm": person(0).joints_mm * 10}, "a person of impossible size: joints are not in mm"),
        ({"camera": None}, "missing camera"),
        ({"joints_mm": np.full((17, 3), np.nan), "pixels": None}, "no joint annotated"),
        ({"joints_mm": None, "pixels": np.full((17, 2), np.nan)}, "no joint annotated"),
        ({"joints_mm": person(0).joints_mm * (1, 1, -1)}, "joint behind the camera"),
        ({"pixels": np.full((17, 2), np.inf)}, "infinite joint"),
        ({"pixels": np.zeros((16, 2))}, "expected 17 joints of 2 numbers, received (16, 2)"),
    ],
)
def test_what_cannot_be_used_is_named(changes, reason):
    assert fault(**changes) == reason


def test_pixels_come_from_the_annotation_first_and_from_space_where_it_is_silent():
    record = person(0)
    moved = record.pixels + 3
    moved[5] = np.nan
    shown = replace(record, pixels=moved).shown
    assert shown[4] == pytest.approx(record.pixels[4] + 3) and shown[5] == pytest.approx(CAMERA.project(BODY_AT[5]))


BODY_AT = person(0).joints_mm


def test_a_picture_of_another_size_than_its_camera_is_left_out():
    assert isinstance(cut_square_example(person(0), 64, 1.5), SquareExample)
    half = replace(person(0), camera=Camera(150, 155, 50, 45, 100, 90))
    found = cut_square_example(half, 64, 1.5)
    assert found.reason == "picture of another size than its camera" and "picture 200 x 180" in found.where


def test_the_cut_undoes_the_lens():
    """A grid of dots that the lens bends lies straight in the stored picture."""
    camera = Camera(300.0, 300.0, 149.5, 149.5, 300, 300, (-0.35, 0.1, 0.0, 0.0, 0.0))
    spots = np.stack(np.meshgrid(np.linspace(-0.3, 0.3, 5), np.linspace(-0.3, 0.3, 5)), -1).reshape(-1, 2)
    points = np.column_stack([spots, np.ones(25)]) * 3000
    ys, xs = np.mgrid[:300, :300]
    image = np.zeros((300, 300), np.float32)
    for x, y in camera.project(points):
        image += np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * 2.0**2))

    class Dots:
        name = "dots"

        def read(self):
            return np.repeat((255 * image).clip(0, 255).astype(np.uint8)[..., None], 3, -1)

    record = replace(person(0), picture=Dots(), camera=camera, pixels=None, joints_mm=BODY + (0, 0, 3000))
    square = cut_square_example(record, 300, 1.1)
    straight = square.example.camera.of_size(300)
    for x, y in straight.project(points):
        if 8 < x < 291 and 8 < y < 291:
            patch = square.example.image[round(y) - 6 : round(y) + 7, round(x) - 6 : round(x) + 7, 0].astype(float)
            rows, columns = np.mgrid[-6:7, -6:7]
            centre = np.array([(patch * columns).sum(), (patch * rows).sum()]) / patch.sum()
            assert centre + (round(x), round(y)) == pytest.approx([x, y], abs=0.25)


@pytest.mark.parametrize("factor", [1, 2])
def test_the_lens_between_the_nodes_is_followed_within_a_hundredth_of_a_pixel(factor):
    camera = Camera(1145.0, 1143.8, 512.5, 515.5, 1000, 1000, (-0.207, 0.248, -0.0014, -0.00098, -0.0031))
    crop = Crop.around(np.array([300.0, 640.0]), 384.0 * factor, 384)
    axis = (np.arange(384 * factor) + 0.5) / factor - 0.5
    wanted = crop.to_image(np.stack(np.meshgrid(axis, axis), axis=-1))
    rays = np.concatenate([(wanted - (512.5, 515.5)) / (1145.0, 1143.8), np.ones_like(wanted[..., :1])], -1)
    exact, _ = cv2.projectPoints(
        rays.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), camera.matrix, np.array(camera.distortion)
    )
    assert np.abs(lens_map(crop, camera, factor) - exact.reshape(*wanted.shape)).max() < 0.01


def test_pictures_that_are_missing_or_broken_say_which(tmp_path):
    cases = {
        "picture missing: .*none.jpg": PictureFile(tmp_path / "none.jpg"),
        "picture unreadable: .*text.jpg": PictureFile(tmp_path / "text.jpg"),
        "picture unreadable: .*empty.jpg": PictureFile(tmp_path / "empty.jpg"),
        "picture missing: .*none.avi": VideoFrame(tmp_path / "none.avi", 3),
        "picture unreadable: .*text.avi frame 3": VideoFrame(tmp_path / "text.avi", 3),
        "picture unreadable: .*text.jpg row 7": PackedPicture(tmp_path / "text.jpg", 90_000, 10, "row 7"),
    }
    for name in ("text.jpg", "text.avi"):
        (tmp_path / name).write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    for sentence, picture in cases.items():
        with pytest.raises(PictureError, match=sentence):
            picture.read()


def test_frames_of_a_video_are_found_in_any_order(tmp_path):
    path = str(tmp_path / "v.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for number in range(12):
        writer.write(np.full((48, 64, 3), 20 * number, np.uint8))
    writer.release()
    for number in (0, 4, 5, 11, 2):
        assert VideoFrame(tmp_path / "v.avi", number).read().mean() == pytest.approx(20 * number, abs=3)
    with pytest.raises(PictureError, match="unreadable"):
        VideoFrame(tmp_path / "v.avi", 12).read()
