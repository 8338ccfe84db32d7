"""A picture that declares more pixels than a camera takes is not unpacked."""

import struct
import time
import zlib

import cv2
import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.inference.inputs.images import read_image


def png(width, height):
    """A grey PNG of one bit a pixel, all black: 130 kB for 32,768 x 32,768 pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj()
    line = bytes(1 + width // 8)
    rows = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [17_400, 32_768])
def test_a_small_file_of_very_many_pixels_is_refused_at_once(side, tmp_path):
    (tmp_path / "a.png").write_bytes(png(side, side))
    started = time.process_time()
    with pytest.raises(InputError, match=f"at most 300 megapixels in .*a.png. Received: one of {side**2 // 10**6}"):
        read_image(tmp_path / "a.png")
    assert time.process_time() - started < 1


def test_a_wide_picture_within_the_bounds_is_read(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((3, 20_000, 3), np.uint8))
    assert read_image(tmp_path / "a.png").shape == (3, 20_000, 3)
