import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from voxelpose.errors import InputError, InputWarning
from voxelpose.geometry import Camera
from voxelpose.geometry.pixel_map import PixelMap
from voxelpose.inference.inputs.camera_files import read_camera
from voxelpose.inference.inputs.cameras import CameraChoice

WIDTH, HEIGHT = 640, 480
LENS = (-0.3, 0.1, 0.001, -0.002, 0.05)
COLMAP_HEAD = "# Camera list with one line of data per camera:\n#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n"


def photo(path, exif, size=(WIDTH, HEIGHT)):
    header = Image.Exif()
    header.get_ifd(0x8769).update(exif)
    Image.new("RGB", size).save(path, exif=header)
    return path


def write(path, text):
    path.write_text(text)
    return path


def test_opencvs_own_file(tmp_path):
    path = str(tmp_path / "calibration.yml")
    storage = cv2.FileStorage(path, cv2.FILE_STORAGE_WRITE)
    storage.write("image_width", WIDTH)
    storage.write("image_height", HEIGHT)
    storage.write("camera_matrix", np.array([[600.0, 0, 320.5], [0, 610.0, 239.0], [0, 0, 1]]))
    storage.write("distortion_coefficients", np.array([LENS]))
    storage.release()
    assert read_camera(path, WIDTH, HEIGHT) == Camera(600.0, 610.0, 320.5, 239.0, WIDTH, HEIGHT, LENS)


def test_a_ros_calibration(tmp_path):
    text = """image_width: 640
image_height: 480
camera_name: head
camera_matrix: {rows: 3, cols: 3, data: [600, 0, 320, 0, 610, 239, 0, 0, 1]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [-0.3, 0.1, 0.001, -0.002, 0.05]}
"""
    camera = read_camera(write(tmp_path / "head.yaml", text), WIDTH, HEIGHT)
    assert camera == Camera(600.0, 610.0, 320.0, 239.0, WIDTH, HEIGHT, LENS)
    with pytest.raises(InputError, match="head.yaml cannot be used.*Received: equidistant"):
        read_camera(write(tmp_path / "head.yaml", text.replace("plumb_bob", "equidistant")), WIDTH, HEIGHT)


@pytest.mark.parametrize(
    "line, expected",
    [
        ("SIMPLE_PINHOLE 640 480 600 320 240", (600, 600, 319.5, 239.5, (0, 0, 0, 0, 0))),
        ("PINHOLE 640 480 600 610 320 240", (600, 610, 319.5, 239.5, (0, 0, 0, 0, 0))),
        ("SIMPLE_RADIAL 640 480 600 320 240 -0.1", (600, 600, 319.5, 239.5, (-0.1, 0, 0, 0, 0))),
        ("RADIAL 640 480 600 320 240 -0.1 0.02", (600, 600, 319.5, 239.5, (-0.1, 0.02, 0, 0, 0))),
        (
            "OPENCV 640 480 600 610 320 240 -0.1 0.02 0.001 0.002",
            (600, 610, 319.5, 239.5, (-0.1, 0.02, 0.001, 0.002, 0)),
        ),
    ],
)
def test_colmap_models(tmp_path, line, expected):
    other = "2 PINHOLE 1920 1080 1500 1500 960 540\n"
    path = write(tmp_path / "cameras.txt", COLMAP_HEAD + other + "7 " + line + "\n")
    *intrinsics, lens = expected
    assert read_camera(path, WIDTH, HEIGHT) == Camera(*intrinsics, WIDTH, HEIGHT, lens)


def test_plain_json(tmp_path):
    content = dict(fx=600, fy=610, cx=320, cy=239, width=WIDTH, height=HEIGHT, distortion=list(LENS))
    path = write(tmp_path / "camera.json", json.dumps(content))
    assert read_camera(path, WIDTH, HEIGHT) == Camera(600.0, 610.0, 320.0, 239.0, WIDTH, HEIGHT, LENS)
    short = write(tmp_path / "short.json", json.dumps(dict(fx=600, fy=600, cx=320, cy=240)))
    assert read_camera(short, WIDTH, HEIGHT).distortion == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "name, text, told",
    [
        ("a.json", '{"fx": 600, "fy": 600, "cx": 3, "cy": 4, "width": 100, "height": 80}', "640 x 480 .*100 x 80"),
        ("a.json", '{"fx": 600, "fy": 600, "cx": 960, "cy": 540}', "principal point inside .*another image size"),
        ("a.json", '{"fx": -600, "fy": 600, "cx": 3, "cy": 4}', "positive focal lengths"),
        ("a.json", '{"fx": NaN, "fy": 600, "cx": 3, "cy": 4}', "finite intrinsics"),
        ("a.json", '{"fx": "long", "fy": 600, "cx": 3, "cy": 4}', "Expected numbers"),
        ("a.json", '{"fx": 600, "fy": 600, "cx": 3, "cy": 4, "skew": 1}', "Received: fx, fy, cx, cy, skew"),
        ("a.json", "[1, 2]", "Received: list"),
        ("a.json", "{", "a.json is damaged"),
        ("a.yaml", "camera_matrix: [1, 2", "a.yaml is damaged"),
        ("a.yaml", "K: [1, 2]", "a.yaml is damaged"),
        ("a.yaml", "fx: 3", "matrix named camera_matrix or"),
        ("a.yaml", "!!python/object/apply:os.system ['echo']", "a.yaml is damaged"),
        ("a.yaml", "K: [600,0,3,0,600,4,0,0,1]\nD: [0,0,0,0,0,0.1]", "five distortion coefficients"),
        ("a.yml", "%YAML:1.0\nfisheye_model: 1\nK: [600,0,3,0,600,4,0,0,1]\nD: [0.1,0,0,0]", "pinhole model .*fisheye"),
        ("a.txt", "1 PINHOLE 100 80 60 60 50 40", "one camera for an image of 640 x 480 .*100 x 80"),
        ("a.txt", "1 FOV 640 480 600 600 320 240 0.9", "camera model among SIMPLE_PINHOLE"),
        ("a.txt", "1 PINHOLE 640 480 600 320 240", "4 parameters of PINHOLE. Received: 3"),
        ("a.txt", "hello", "CAMERA_ID MODEL"),
        ("a.toml", "", "ends in .yml or .yaml"),
    ],
)
def test_files_that_cannot_be(tmp_path, name, text, told):
    with pytest.raises(InputError, match=told) as caught:
        read_camera(write(tmp_path / name, text), WIDTH, HEIGHT)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="Cannot read the camera file .*no.json: No such file"):
        read_camera(tmp_path / "no.json", WIDTH, HEIGHT)


def test_the_35_mm_equivalent_compares_diagonals(tmp_path):
    path = photo(tmp_path / "a.jpg", {0xA405: 26, 0x920A: 4.25})
    camera, source = CameraChoice().for_image(WIDTH, HEIGHT, path)
    assert camera.fx == camera.fy == pytest.approx(26 * 800 / 43.2666, rel=1e-5)
    assert (camera.cx, camera.cy) == (319.5, 239.5)
    assert source == "EXIF focal length 26 mm (35 mm equivalent)"


def test_the_focal_plane_counts_pixels_of_the_camera(tmp_path):
    # 50 mm on a sensor of 36 mm and 3000 px (83.333 px per mm, in px per cm), saved with 640 px.
    path = photo(tmp_path / "a.jpg", {0x920A: 50.0, 0xA20E: 833.33, 0xA210: 3, 0xA002: 3000, 0xA003: 2000}, (640, 427))
    camera, source = CameraChoice().for_image(640, 427, path)
    assert camera.fx == pytest.approx(50 / 36 * 640, rel=1e-4) and camera.fy == camera.fx
    assert "50 mm" in source


@pytest.mark.parametrize("exif", [{}, {0xA405: 0}, {0x920A: 50.0}])
def test_without_a_focal_length_the_field_of_view_is_assumed(tmp_path, exif):
    camera, source = CameraChoice().for_image(WIDTH, HEIGHT, photo(tmp_path / "a.jpg", exif))
    assert source == "assumed field of view 55 degrees"
    assert camera.fx == pytest.approx(320 / np.tan(np.radians(27.5)))


def test_a_broken_header_says_nothing(tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert CameraChoice().for_image(8, 8, tmp_path / "a.jpg")[1].startswith("assumed")


def test_what_is_given_wins_over_exif(tmp_path):
    path = photo(tmp_path / "a.jpg", {0xA405: 26})
    given = CameraChoice(fx=500.0, cy=200.0, distortion=LENS).for_image(WIDTH, HEIGHT, path)
    assert given == (Camera(500.0, 500.0, 319.5, 200.0, WIDTH, HEIGHT, LENS), "given")
    camera, source = CameraChoice(field_of_view=90).for_image(WIDTH, HEIGHT, path)
    assert camera.fx == pytest.approx(320) and source == "given field of view 90 degrees"
    file = write(tmp_path / "c.json", '{"fx": 600, "fy": 600, "cx": 320, "cy": 240}')
    assert CameraChoice(file=file).for_image(WIDTH, HEIGHT, path)[1] == "camera file c.json"


@pytest.mark.parametrize(
    "choice, told",
    [
        (dict(fx=-5.0), "focal lengths above 0 pixels. Received: .-5.0"),
        (dict(fx=0.0), "focal lengths above 0"),
        (dict(fx=float("inf")), "finite intrinsics"),
        (dict(fx=500.0, fy=float("nan")), "finite intrinsics"),
        (dict(fx=500.0, cx=float("nan")), "finite intrinsics"),
        (dict(fy=500.0), "Expected a focal length"),
        (dict(fx=500.0, distortion=(1.0,)), "five distortion values"),
        (dict(field_of_view=180.0), "field of view between 0 and 180"),
        (dict(field_of_view=160.0), "at most 150 degrees.*160 degrees"),
        (dict(fx=500.0, field_of_view=60.0), "one of focal length, camera file and field of view"),
    ],
)
def test_choices_that_cannot_be(choice, told):
    with pytest.raises(InputError, match=told):
        CameraChoice(**choice)


@pytest.mark.parametrize("choice", [dict(fx=26.0), dict(fx=500.0, fy=4.0)])
def test_a_focal_length_that_is_none_in_pixels(choice):
    with pytest.raises(InputError, match=r"at most 150 degrees, its focal length in pixels \(given\).*millimetres"):
        CameraChoice(**choice).for_image(1920, 1080)


def test_a_focal_length_in_parts_of_the_width(tmp_path):
    file = write(tmp_path / "c.json", '{"fx": 1.25, "fy": 1.25, "cx": 320, "cy": 240}')
    with pytest.raises(InputError, match="camera file c.json.*1.25 pixels, which is 180 degrees .* 640 x 480"):
        CameraChoice(file=file).for_image(WIDTH, HEIGHT)
    # 150 degrees are allowed: 640 / 2 / tan 75 degrees.
    assert CameraChoice(fx=85.8).for_image(WIDTH, HEIGHT)[0].fx == 85.8
    with pytest.raises(InputError, match="151 degrees"):
        CameraChoice(fx=83.0).for_image(WIDTH, HEIGHT)


CUT = {0xA405: 26, 0xA002: 4000, 0xA003: 3000}


@pytest.mark.parametrize("size", [(1500, 2000), (1000, 2400), (2000, 2000), (640, 480)])
def test_a_part_of_a_photograph_has_the_focal_length_of_the_whole(tmp_path, size):
    path = photo(tmp_path / "a.jpg", CUT, size)
    whole = 26 * 5000 / 43.2666
    if sorted(size)[1] / sorted(size)[0] == pytest.approx(4 / 3):
        # The same ratio of sides: the picture was made smaller, and so was the focal length.
        assert CameraChoice().for_image(*size, path)[0].fx == pytest.approx(whole * max(size) / 4000, rel=1e-4)
        return
    with pytest.warns(InputWarning, match="names .* pixels, the picture has .*: a part was cut out"):
        camera, source = CameraChoice().for_image(*size, path)
    assert camera.fx == pytest.approx(whole, rel=1e-4) and source.endswith("of which the picture is a part")


def test_a_header_of_another_picture_is_not_believed(tmp_path):
    path = photo(tmp_path / "a.jpg", {0xA405: 26, 0xA002: 320, 0xA003: 120})
    with pytest.warns(InputWarning, match="320 x 120 pixels, the picture has 640 x 480: .* not believed"):
        assert CameraChoice().for_image(WIDTH, HEIGHT, path)[1].startswith("assumed")


def test_the_focal_length_of_a_picture_beyond_pillows_limit(tmp_path, monkeypatch):
    path = photo(tmp_path / "a.jpg", {0xA405: 26})
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert CameraChoice().for_image(WIDTH, HEIGHT, path)[0].fx == pytest.approx(26 * 800 / 43.2666, rel=1e-5)


SENSOR = dict(fx=600, fy=610, cx=300, cy=230, distortion=list(LENS))


@pytest.mark.parametrize("named", [True, False])
def test_a_sensors_calibration_turns_with_the_photograph(tmp_path, named):
    header = Image.Exif()
    header[0x0112] = 6
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "a.jpg", exif=header)
    sides = dict(width=WIDTH, height=HEIGHT) if named else {}
    file = write(tmp_path / "c.json", json.dumps(SENSOR | sides))
    camera, source = CameraChoice(file=file).for_image(HEIGHT, WIDTH, tmp_path / "a.jpg")
    # A quarter clockwise: what lay at x is now at the row x, what lay in row y at the column 479 - y. The lens's
    # tangential vector (p2, p1) turns by the same quarter: (-p1, p2).
    k1, k2, p1, p2, k3 = LENS
    assert camera == Camera(610.0, 600.0, 479 - 230, 300.0, HEIGHT, WIDTH, (k1, k2, p2, -p1, k3))
    assert source == "camera file c.json, brought from the stored pixels to those seen"


@pytest.mark.parametrize("named", [True, False])
def test_a_calibration_of_turned_photographs_stays(tmp_path, named):
    header = Image.Exif()
    header[0x0112] = 6
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "a.jpg", exif=header)
    sides = dict(width=HEIGHT, height=WIDTH) if named else {}
    file = write(tmp_path / "c.json", json.dumps(dict(fx=600, fy=610, cx=230, cy=300) | sides))
    camera, source = CameraChoice(file=file).for_image(HEIGHT, WIDTH, tmp_path / "a.jpg")
    assert camera == Camera(600.0, 610.0, 230.0, 300.0, HEIGHT, WIDTH) and source == "camera file c.json"


def test_a_calibration_of_a_videos_stored_pixels_becomes_that_of_square_ones(tmp_path):
    file = write(tmp_path / "c.json", json.dumps(dict(fx=500, fy=600, cx=239.5, cy=170.5, width=480, height=342)))
    stored = PixelMap(480, 342, pixel_ratio=2.0)
    camera, source = CameraChoice(file=file).for_image(960, 342, stored=stored)
    assert camera == Camera(1000.0, 600.0, 479.5, 170.5, 960, 342) and "stored pixels" in source
