import json

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps, features

from voxelpose.data.photograph import decode_photograph, is_cut_off
from voxelpose.data.picture_header import exif_tags, frame_count, orientation
from voxelpose.data.readers import own
from voxelpose.errors import InputError, InputWarning

FORMATS = ["jpg", "png", "webp", "tif"] + (["avif"] if features.check("avif") else [])
# Every corner of its own colour, in blocks that no compression confuses.
CORNERS = np.kron(np.array([[[230, 20, 20], [20, 230, 20]], [[20, 20, 230], [230, 230, 230]]]), np.ones((32, 48, 1)))


def stored(path, turn, **options):
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.fromarray(CORNERS.astype(np.uint8)).save(path, exif=exif, **options)
    return path


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_turned_as_its_file_says(tmp_path, suffix, turn):
    # Pillow turns by its own code; in AVIF the turn is a property of the item, not EXIF.
    path = stored(tmp_path / f"a.{suffix}", turn)
    assert orientation(path.read_bytes()) == turn
    with Image.open(path) as again:
        expected = np.asarray(ImageOps.exif_transpose(again).convert("RGB"))
    image = decode_photograph(path.read_bytes(), "a")
    assert image.shape == expected.shape
    assert abs(image.astype(int) - expected).mean() < 5


@pytest.mark.parametrize("turn", [3, 6])
@pytest.mark.parametrize("suffix", FORMATS)
def test_own_pictures_are_what_inference_sees(tmp_path, suffix, turn):
    path = stored(tmp_path / f"a.{suffix}", turn)
    (tmp_path / "people.jsonl").write_text(json.dumps({"image": path.name, "pixels": {"pelvis": [3, 4]}}) + "\n")
    (record,) = own.read(tmp_path, "all").records()
    np.testing.assert_array_equal(record.picture.read(), decode_photograph(path.read_bytes(), "a"))


def test_own_pictures_that_are_broken_are_counted(tmp_path):
    from voxelpose.data.pictures import PictureError, PictureFile

    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(PictureError, match="picture unreadable"):
        PictureFile(tmp_path / "a.jpg", as_seen=True).read()


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14])
def test_sensor_numbers_in_sixteen_bits_span_what_they_span(tmp_path, suffix, bits):
    ramp = np.linspace(0, (1 << bits) - 1, 64 * 64).astype(np.uint16).reshape(64, 64)
    cv2.imwrite(str(tmp_path / f"a.{suffix}"), ramp)
    with pytest.warns(InputWarning, match=f"a: 16 bits a channel, .* than {bits}: taken as a picture of {bits} bits"):
        image = decode_photograph((tmp_path / f"a.{suffix}").read_bytes(), "a")
    np.testing.assert_array_equal(image[..., 0], ramp >> (bits - 8))


def test_sixteen_bits_that_are_meant_are_kept(tmp_path, recwarn):
    # Bright; and dark, but with numbers that were moved up from eight bits.
    for picture, expected in (
        (np.arange(65536, dtype=np.uint16).reshape(256, 256), None),
        (np.full((4, 4), 0x0A00, np.uint16), 0x0A),
    ):
        cv2.imwrite(str(tmp_path / "a.png"), picture)
        image = decode_photograph((tmp_path / "a.png").read_bytes(), "a")
        np.testing.assert_array_equal(image[..., 0], picture >> 8 if expected is None else expected)
    assert not recwarn.list


def test_pixels_of_floats_are_refused_for_what_they_are(tmp_path):
    Image.fromarray(np.full((4, 4), 0.5, np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(InputError, match="8 or 16 bits a channel in a. Received: pixels of float32"):
        decode_photograph((tmp_path / "a.tif").read_bytes(), "a")


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("seed", range(20))
def test_what_follows_the_end_is_no_part_of_the_picture(tmp_path, suffix, seed):
    # Telephones put videos there, which hold any bytes, those of other pictures' scans and chunks among them.
    noise = np.random.default_rng(seed)
    cv2.imwrite(str(tmp_path / f"a.{suffix}"), noise.integers(0, 255, (40, 60, 3), np.uint8))
    content = (tmp_path / f"a.{suffix}").read_bytes()
    tail = noise.integers(0, 255, 20000, np.uint8).tobytes() + b"\xff\xda\x00\x0c" + b"IDAT" * 3
    whole = decode_photograph(content, "a")
    np.testing.assert_array_equal(decode_photograph(content + tail, "a"), whole)
    for share in (0.3, 0.7, 0.99):
        assert is_cut_off(content[: int(share * len(content))])


def test_progressive_jpegs_have_several_scans(tmp_path):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    picture.save(tmp_path / "a.jpg", progressive=True, restart_marker_blocks=2)
    content = (tmp_path / "a.jpg").read_bytes()
    assert not is_cut_off(content) and is_cut_off(content[:-200])


def test_tags_of_a_picture_beyond_pillows_limit(tmp_path, monkeypatch):
    path = stored(tmp_path / "a.jpg", 6)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert exif_tags(path.read_bytes())[0x0112] == 6 and orientation(path.read_bytes()) == 6


@pytest.mark.parametrize("suffix", FORMATS)
def test_headers_that_are_cut_say_nothing_wrong(tmp_path, suffix):
    content = stored(tmp_path / f"a.{suffix}", 6).read_bytes()
    for length in range(0, min(len(content), 700), 3):
        assert orientation(content[:length]) in (1, 6)


@pytest.mark.parametrize("suffix, options", [
    ("gif", {}), ("webp", {"lossless": True}), ("png", {}), ("tif", {}),
    *([("avif", {})] if features.check("avif") else []),
])  # fmt: skip
def test_frames_that_are_not_read_are_counted(tmp_path, suffix, options):
    frames = [Image.new("RGB", (40, 30), (80 * n, 10, 200 - 60 * n)) for n in range(3)]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:], **options)
    content = (tmp_path / f"a.{suffix}").read_bytes()
    assert frame_count(content) == 3
    with pytest.warns(InputWarning, match="a: 3 frames or pages, of which only the first is read"):
        image = decode_photograph(content, "a")
    assert abs(image.astype(int) - (0, 10, 200)).max() < 12
    frames[0].save(tmp_path / f"one.{suffix}")
    assert frame_count((tmp_path / f"one.{suffix}").read_bytes()) == 1


def test_a_heic_picture_is_called_one():
    with pytest.raises(InputError, match="in a. Received: an HEIC picture, which is not read: save it as JPEG"):
        decode_photograph(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a")
