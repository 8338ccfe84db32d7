"""What a picture's file says beside its pixels: EXIF tags, and how the picture is to be turned before it is shown.

EXIF blocks are found without opening the picture, so that its size plays no part. JPEG, PNG, WebP and TIFF carry them;
AVIF has boxes of its own for the turn, which count before EXIF (ISO/IEC 23000-22, section 7).
"""

import struct
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

ORIENTATION = 0x0112
EXIF_IFD = 0x8769
_PNG, _TIFF = b"\x89PNG\r\n\x1a\n", (b"II*\0", b"MM\0*")
_EXIF = b"Exif\0\0"
_ONE_AT_A_TIME = threading.Lock()
# By quarter turns counter-clockwise (irot), without and with the mirroring that follows it (imir): axis 0 exchanges top
# and bottom, axis 1 left and right.
_TURNS = {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}


def exif_tags(content: bytes, directory: int | None = None) -> Mapping[int, Any]:
    """The EXIF tags of a picture's bytes: of the first directory, or of the one that a tag such as EXIF_IFD leads to.

    Empty for a picture without a header, or with one that cannot be read.
    """
    from PIL import Image

    block = _exif_block(content)
    if not block:
        return {}
    header = Image.Exif()
    try:
        # Filters of warnings are the process's: two threads would give each other's back.
        with _ONE_AT_A_TIME, warnings.catch_warnings(action="ignore"):
            header.load(block)
            return dict(header if directory is None else header.get_ifd(directory))
    except Exception:  # noqa: BLE001  a header that Pillow cannot read says nothing
        return {}


def orientation(content: bytes) -> int:
    """How the stored picture is to be turned, as EXIF counts: 1 not at all, 6 a quarter clockwise; 1 to 8."""
    if content[4:8] == b"ftyp":
        turn = _of_boxes(content)
        if turn is not None:
            return turn
    value = exif_tags(content).get(ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def frame_count(content: bytes) -> int:
    """How many frames or pages a GIF, WebP, PNG, TIFF or AVIF has; 1 for other pictures and where it cannot be told."""
    if content[:8] == _PNG:
        head = next(_chunks(content, 8, b"acTL", ">I4s", kind_first=False, extra=4), b"")
        return max(int.from_bytes(head[:4], "big"), 1)
    if _is_webp(content):
        return max(sum(1 for _ in _chunks(content, 12, b"ANMF", "<4sI", kind_first=True, extra=0)), 1)
    kind = "GIF" if content[:4] == b"GIF8" else "TIFF" if content[:4] in _TIFF else None
    kind = "AVIF" if content[4:12] == b"ftypavis" else kind
    if kind is None:
        return 1
    with _opened(content, kind) as picture:
        try:
            return 1 if picture is None else int(picture.n_frames)
        except Exception:  # noqa: BLE001  as above
            return 1


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _of_boxes(content: bytes) -> int | None:
    """The turn that an AVIF's properties name, None if they name none."""
    quarters, axis = 0, None
    place = content.find(b"ipco")
    if place < 4:
        return None
    (length,) = struct.unpack_from(">I", content, place - 4)
    found = False
    for kind, body in _boxes(content[place + 4 : place - 4 + length]):
        if kind == b"irot" and body:
            quarters, found = body[0] & 3, True
        elif kind == b"imir" and body:
            axis, found = body[0] & 1, True
    return _TURNS[axis][quarters] if found else None


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        if length < 8:
            return
        yield kind, content[place + 8 : place + length]
        place += length


def _exif_block(content: bytes) -> bytes:
    """The TIFF structure that holds the tags, b"" if there is none."""
    if content[:4] in _TIFF:
        return content
    blocks: Iterator[bytes] = iter(())
    if content[:2] == b"\xff\xd8":
        blocks = _of_jpeg(content)
    elif content[:8] == _PNG:
        blocks = _chunks(content, 8, b"eXIf", ">I4s", kind_first=False, extra=4)
    elif _is_webp(content):
        blocks = _chunks(content, 12, b"EXIF", "<4sI", kind_first=True, extra=0)
    elif content[4:8] == b"ftyp":
        blocks = _of_avif(content)
    return next(blocks, b"").removeprefix(_EXIF)


def _of_jpeg(content: bytes) -> Iterator[bytes]:
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        kind, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if kind == 0xDA or length < 2:
            return
        body = content[place + 4 : place + 2 + length]
        if kind == 0xE1 and body.startswith(_EXIF):
            yield body
        place += 2 + length


def _chunks(content: bytes, start: int, wanted: bytes, form: str, kind_first: bool, extra: int) -> Iterator[bytes]:
    """Bodies of the chunks of one kind; extra: bytes that follow each body."""
    place = start
    while place + 8 <= len(content):
        first, second = struct.unpack_from(form, content, place)
        kind, length = (first, second) if kind_first else (second, first)
        if kind == wanted:
            yield content[place + 8 : place + 8 + length]
        # RIFF fills bodies up to an even length.
        place += 8 + length + extra + (length % 2 if kind_first else 0)


def _of_avif(content: bytes) -> Iterator[bytes]:
    with _opened(content, "AVIF") as picture:
        block = None if picture is None else picture.info.get("exif")
    if block:
        yield block


@contextmanager
def _opened(content: bytes, kind: str) -> Iterator[Any]:
    """The picture as Pillow opens it, whatever its size: `Image.open` refuses large ones. None if it cannot be."""
    from PIL import Image

    Image.init()
    if kind not in Image.OPEN:
        yield None
        return
    try:
        picture = Image.OPEN[kind][0](BytesIO(content), "")
    except Exception:  # noqa: BLE001  as above
        yield None
        return
    with picture:
        yield picture
