import cv2
import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.inference.images import check_image, read_image

# Exif header of one entry, tag 0x0112 (orientation) = 6: "turn a quarter clockwise to view".
EXIF_TURNED = bytes.fromhex("ffe10022 457869660000 4d4d002a00000008 0001 0112 0003 00000001 00060000 00000000")


def write(path, array):
    cv2.imwrite(str(path), array)
    return path


def test_channels_come_as_rgb(tmp_path):
    red_in_bgr = np.full((4, 5, 3), (0, 0, 200), np.uint8)
    image = read_image(write(tmp_path / "red.png", red_in_bgr))
    assert image.dtype == np.uint8 and image.shape == (4, 5, 3)
    assert (image == (200, 0, 0)).all()


def test_sixteen_bits_become_eight(tmp_path):
    image = read_image(write(tmp_path / "deep.png", np.full((2, 3, 3), 0x8040, np.uint16)))
    assert (image == 0x80).all()


def test_grey_becomes_rgb(tmp_path):
    image = read_image(write(tmp_path / "grey.png", np.full((2, 3), 77, np.uint8)))
    assert image.shape == (2, 3, 3) and (image == 77).all()


def test_transparent_pixels_show_grey(tmp_path):
    array = np.zeros((1, 2, 4), np.uint8)
    array[0, 0] = (10, 20, 30, 255)
    array[0, 1] = (10, 20, 30, 0)
    image = read_image(write(tmp_path / "alpha.png", array))
    assert image.tolist() == [[[30, 20, 10], [128, 128, 128]]]


def test_exif_rotation_is_honoured(tmp_path):
    picture = np.zeros((16, 48, 3), np.uint8)
    picture[:, :16] = 255  # bright on the left; a clockwise quarter turn takes the left to the top
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    (tmp_path / "turned.jpg").write_bytes(jpeg[:2] + EXIF_TURNED + jpeg[2:])
    image = read_image(tmp_path / "turned.jpg")
    assert image.shape == (48, 16, 3)
    assert image[:12].min() > 200 and image[20:].max() < 50


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="Cannot read the image .*no.jpg: No such file"):
        read_image(tmp_path / "no.jpg")


def test_folder(tmp_path):
    with pytest.raises(InputError, match="Cannot read the image .*: Is a directory"):
        read_image(tmp_path)


@pytest.mark.parametrize("content, told", [(b"", "an empty file"), (b"hello", r"5 bytes that begin with b'hello'")])
def test_no_picture(tmp_path, content, told):
    (tmp_path / "text.jpg").write_bytes(content)
    with pytest.raises(InputError, match=f"Expected a picture .*text.jpg. Received: {told}"):
        read_image(tmp_path / "text.jpg")


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 4), np.uint8), [[0]]]
)
def test_arrays_must_be_rgb_bytes(image):
    with pytest.raises(InputError, match="Expected an RGB image, uint8 of shape"):
        check_image(image)


def test_empty_array_is_refused():
    with pytest.raises(InputError, match="at least one pixel"):
        check_image(np.zeros((0, 4, 3), np.uint8))
