"""A photograph's bytes as it is seen: upright, 8 bits, RGB. What is inferred from pictures and prepared of one's own is
read here, so that both see the same."""

import re
import warnings

import cv2
import numpy as np

from voxelpose.data.picture_header import frame_count, orientation
from voxelpose.errors import InputError, InputWarning
from voxelpose.geometry.pixel_map import turned

# Depths of sensors, whose numbers are often kept in 16 bits as they are.
_SENSOR_BITS = (8, 10, 12, 14)
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# What may follow a marker's 0xFF where a JPEG's scan ends: tables, headers, the next scan, the end of the picture.
_JPEG_MARKER = re.compile(rb"\xff[\xc0-\xc7\xc9-\xcb\xcd-\xcf\xc4\xcc\xd9-\xdf\xe0-\xef\xfe]")


def decode_photograph(content: bytes, where: str) -> np.ndarray:
    """Bytes of a picture -> (H, W, 3) uint8 RGB, turned as its file says.

    16-bit pictures are reduced to 8 bits, by the range that their numbers span if that is a sensor's (InputWarning);
    grey and CMYK ones become RGB, an alpha channel is laid over mid-grey. Raises InputError, which names `where`, if
    they are no picture or cut off.
    """
    if is_cut_off(content):
        raise InputError(
            f"Expected a whole picture in {where}. Received: one that is cut off after {len(content)} bytes."
        )
    image = _pixels(content)
    if image is None:
        kind = _described(content)
        raise InputError(f"Expected a picture (JPEG, PNG, WebP, TIFF, ...) in {where}. Received: {kind}.")
    if image.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"Expected a picture of 8 or 16 bits a channel in {where}. Received: pixels of {image.dtype}, of which "
            "nobody says what is white."
        )
    count = frame_count(content)
    if count > 1:
        told = f"{where}: {count} frames or pages, of which only the first is read."
        warnings.warn(told, InputWarning, stacklevel=2)
    image = _over_grey(_eight_bits(image, where), content)
    image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return np.ascontiguousarray(turned(image, stored_orientation(content)))


def stored_orientation(content: bytes) -> int:
    """How decoded pixels are still to be turned: OpenCV turns TIFFs by itself, whatever it is asked."""
    return 1 if _is_tiff(content) else orientation(content)


def is_cut_off(content: bytes) -> bool:
    """Whether a JPEG or PNG ends before its end mark: some decoders fill the rest with grey instead of failing.

    What follows the end mark is no part of the picture: telephones put videos there.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return not _jpeg_ends(content)
    return content.startswith(b"\x89PNG\r\n\x1a\n") and not _png_ends(content)


def _is_tiff(content: bytes) -> bool:
    return content[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def _jpeg_ends(content: bytes) -> bool:
    place = 2
    while (found := _JPEG_MARKER.search(content, place)) is not None:
        place = found.start()
        if content[place + 1] == 0xD9:
            return True
        place += 2 + max(int.from_bytes(content[place + 2 : place + 4], "big"), 2)
    return False


def _png_ends(content: bytes) -> bool:
    place = 8
    while place + 12 <= len(content):
        length, kind = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        if kind == b"IEND":
            return True
        place += 12 + length
    # Some writers leave the last chunk's checksum out.
    return content[place + 4 : place + 8] == b"IEND"


def _pixels(content: bytes) -> np.ndarray | None:
    """Pixels as stored, BGR: of 8 or 16 bits, of another type where the file's are; None where there are none."""
    image = _decode(content, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is not None and image.dtype.kind == "u":
        return image
    if _is_tiff(content):
        whole = _decode(content, cv2.IMREAD_UNCHANGED)
        if whole is not None and whole.dtype not in (np.uint8, np.uint16):
            return whole
    # Some kinds of pixels are read in 8 bits only; formats that are made for light say what white is.
    return _decode(content, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)


def _decode(content: bytes, flags: int) -> np.ndarray | None:
    try:
        return cv2.imdecode(np.frombuffer(content, np.uint8), flags) if content else None
    except cv2.error:
        return None


def _eight_bits(image: np.ndarray, where: str) -> np.ndarray:
    """16 bits -> 8. Numbers of 12 bits in 16 are almost black if all 16 are believed."""
    if image.dtype != np.uint16:
        return image
    used = int(np.bitwise_or.reduce(image, axis=None))
    bits = next((bits for bits in _SENSOR_BITS if used < 1 << bits), 16)
    # Numbers that leave the lowest bits alone were moved up, and span 16 bits although they are dark.
    if bits == 16 or used == 0 or used & 3 == 0:
        return (image >> 8).astype(np.uint8)
    warnings.warn(
        f"{where}: 16 bits a channel, of which no pixel uses more than {bits}: taken as a picture of {bits} bits.",
        InputWarning,
        stacklevel=2,
    )
    return (image >> (bits - 8)).astype(np.uint8)


def _over_grey(image: np.ndarray, content: bytes) -> np.ndarray:
    """Blend transparent pixels with mid-grey: what hides under them is arbitrary. Pixels as stored."""
    if content[:4] != b"\x89PNG" and content[8:12] != b"WEBP":
        return image
    whole = _decode(content, cv2.IMREAD_UNCHANGED)
    if whole is None or whole.ndim != 3 or whole.shape[2] != 4:
        return image
    alpha = whole[..., 3:] / np.iinfo(whole.dtype).max
    return np.round(image * alpha + 128 * (1 - alpha)).astype(np.uint8)


def _described(content: bytes) -> str:
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "an HEIC picture, which is not read: save it as JPEG, PNG or AVIF"
    return f"{len(content)} bytes that begin with {content[:8]!r}" if content else "an empty file"
