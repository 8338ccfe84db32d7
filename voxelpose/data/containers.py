"""What a video's container says by the sizes of its boxes: whether it ends early, and which part of a picture is meant.

MP4 and MOV (ISO/IEC 14496-12), Matroska and WebM (RFC 8794), AVI (RIFF). Other kinds say nothing of the sort.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_MP4_STARTS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
# An index of hours of video has a few MB.
_LARGEST_INDEX = 256 << 20
# Fields of a video's sample entry before its boxes, after its own size and kind.
_VISUAL_SAMPLE_ENTRY = 78

Part = tuple[int, int, int, int]


def ends_early(path: Path) -> bool:
    """Whether the file ends before the container does, by the sizes that it names itself."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        head = file.read(12)
        if head[4:8] in _MP4_STARTS:
            return any(end > size for _, _, end in _boxes(file, 0, size))
        if head[:4] == b"RIFF":
            return 8 + int.from_bytes(head[4:8], "little") > size
        if head[:4] == _EBML.to_bytes(4, "big"):
            return _matroska_end(file) > size
    return False


def clean_aperture(path: Path, width: int, height: int) -> Part | None:
    """x, y, width, height of what an MP4 or MOV wants to be seen of its first video's pictures; None for all of them.

    width, height: of the pictures as they are stored. The box `clap` names it by its size and its middle's offset.
    """
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            place = _find_aperture(file, size)
            if place is None:
                return None
            file.seek(place)
            numbers = struct.unpack(">IIIIiIiI", file.read(32))
    except (OSError, struct.error):
        return None
    if 0 in numbers[1::2]:
        return None
    wide, high, right, down = (top / bottom for top, bottom in zip(numbers[::2], numbers[1::2], strict=True))
    x, y = round((width - wide) / 2 + right), round((height - high) / 2 + down)
    wide, high = round(wide), round(high)
    inside = x >= 0 and y >= 0 and wide > 0 and high > 0 and x + wide <= width and y + high <= height
    return (x, y, wide, high) if inside and (wide, high) != (width, height) else None


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place of the content and end of the boxes from start to end; the last may reach beyond."""
    place = start
    while place + 8 <= end:
        file.seek(place)
        head = file.read(16)
        length, kind = struct.unpack_from(">I4s", head)
        header = 8
        if length == 1 and len(head) == 16:
            length, header = int.from_bytes(head[8:], "big"), 16
        elif length == 0:
            length = end - place
        if length < header or not kind.isascii():
            # Bytes after the last box.
            return
        yield kind, place + header, place + length
        place += length


def _inside(file: IO[bytes], start: int, end: int, kind: bytes) -> Iterator[tuple[int, int]]:
    if end - start > _LARGEST_INDEX:
        return
    for found, first, last in _boxes(file, start, end):
        if found == kind:
            yield first, min(last, end)


def _find_aperture(file: IO[bytes], size: int) -> int | None:
    file.seek(4)
    if file.read(4) not in _MP4_STARTS:
        return None
    for movie, movie_end in ((first, last) for kind, first, last in _boxes(file, 0, size) if kind == b"moov"):
        for track, track_end in _inside(file, movie, movie_end, b"trak"):
            for entry, entry_end in _sample_entries(file, track, track_end):
                return next((first for first, _ in _inside(file, entry, entry_end, b"clap")), None)
    return None


def _sample_entries(file: IO[bytes], track: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the boxes of a video track's first sample entry lie; nothing for a track of another kind."""
    for media, media_end in _inside(file, track, end, b"mdia"):
        for info, info_end in _inside(file, media, media_end, b"minf"):
            if not any(_inside(file, info, info_end, b"vmhd")):
                continue
            for table, table_end in _inside(file, info, info_end, b"stbl"):
                for samples, samples_end in _inside(file, table, table_end, b"stsd"):
                    # Version and flags, and the number of entries.
                    for _, entry, entry_end in _boxes(file, samples + 8, samples_end):
                        yield entry + _VISUAL_SAMPLE_ENTRY, entry_end
                        return


def _matroska_end(file: IO[bytes]) -> int:
    """Where the first segment ends; 0 if it doesn't say."""
    place = 0
    # The EBML header and perhaps padding stand before the segment.
    for _ in range(4):
        file.seek(place)
        head = file.read(16)
        if len(head) < 12:
            return 0
        id_length, _ = _vint(head, 0)
        size_length, size = _vint(head, id_length)
        if size is None:
            return 0
        place += id_length + size_length + size
        if int.from_bytes(head[:id_length], "big") == _SEGMENT:
            return place
    return 0


def _vint(data: bytes, start: int) -> tuple[int, int | None]:
    """Length and value of a variable-size integer; None where all its bits are set, which means that it is unknown."""
    length = 9 - data[start].bit_length()
    if length > 8:
        return 1, None
    value = int.from_bytes(data[start : start + length], "big") & ((1 << 7 * length) - 1)
    return length, None if value == (1 << 7 * length) - 1 else value
