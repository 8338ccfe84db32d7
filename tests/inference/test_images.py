import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from voxelpose.errors import InputError
from voxelpose.inference.inputs.images import check_image, read_image

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


@pytest.mark.parametrize("suffix, tolerance", [("jpg", 3), ("tif", 0)])
def test_cmyk_becomes_rgb(tmp_path, suffix, tolerance):
    Image.new("RGB", (32, 16), (200, 30, 60)).convert("CMYK").save(tmp_path / f"print.{suffix}")
    image = read_image(tmp_path / f"print.{suffix}")
    assert image.shape == (16, 32, 3)
    assert abs(image.astype(int) - (200, 30, 60)).max() <= tolerance


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bit_grey(tmp_path, suffix):
    Image.fromarray(np.full((5, 7), 0x8040, np.uint16)).save(tmp_path / f"deep.{suffix}")
    image = read_image(tmp_path / f"deep.{suffix}")
    assert image.shape == (5, 7, 3) and (image == 0x80).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_kind_of_png(tmp_path, mode):
    Image.new("RGB", (6, 4), (255, 255, 255)).convert(mode).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    assert image.shape == (4, 6, 3) and (image == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_transparency_turns_with_the_picture(tmp_path, orientation, suffix):
    # White, and transparent in the stored upper left corner: Pillow turns it by its own code.
    pixels = np.full((16, 24, 4), 255, np.uint8)
    pixels[:8, :8, 3] = 0
    stored = Image.fromarray(pixels)
    header = Image.Exif()
    header[0x0112] = orientation
    stored.save(tmp_path / f"a.{suffix}", exif=header, **({"lossless": True} if suffix == "webp" else {}))
    with Image.open(tmp_path / f"a.{suffix}") as again:
        seen = np.asarray(ImageOps.exif_transpose(again))
    expected = np.where(seen[..., 3:] == 0, 128, 255) * np.ones(3)
    np.testing.assert_array_equal(read_image(tmp_path / f"a.{suffix}"), expected)


def test_pixels_of_floats_are_refused(tmp_path):
    Image.fromarray(np.full((4, 4), 0.5, np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(InputError, match="Expected a picture .*a.tif"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.98])
def test_a_picture_that_is_cut_off(tmp_path, suffix, share):
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)
    content = write(tmp_path / f"whole.{suffix}", noise).read_bytes()
    (tmp_path / f"a.{suffix}").write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=f"whole picture in .*a.{suffix}. Received: one that is cut off"):
        read_image(tmp_path / f"a.{suffix}")


def test_bytes_after_the_end_do_no_harm(tmp_path):
    content = write(tmp_path / "a.jpg", np.full((8, 8, 3), 90, np.uint8)).read_bytes()
    (tmp_path / "a.jpg").write_bytes(content + b"\0" * 5000)
    assert read_image(tmp_path / "a.jpg").shape == (8, 8, 3)
