"""What the names on a command line mean: pictures, videos, webcams."""

import glob
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from voxelpose.errors import InputError

PICTURE_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jp2 .png .webp .tif .tiff .bmp .dib .gif .avif .pbm .pgm .ppm .pnm .exr .hdr".split()
)
VIDEO_SUFFIXES = frozenset(
    ".mp4 .m4v .mov .avi .mkv .webm .mpg .mpeg .m2ts .mts .ts .wmv .flv .ogv .3gp .3g2 .mxf .vob".split()
)


@dataclass(frozen=True)
class Media:
    """pictures, videos: files in the order named; webcams: device numbers."""

    pictures: tuple[Path, ...]
    videos: tuple[Path, ...]
    webcams: tuple[int, ...]


def find_media(names: Sequence[str]) -> Media:
    """Sort names into pictures, videos and webcams.

    A folder stands for the pictures in it, sorted by name; a pattern with * ? [ or ** for the pictures and videos that
    fit it; a number that is no file for the webcam of that number. Any other name is a video by its suffix, else a
    picture. Raises InputError for a folder without pictures, or a pattern that fits nothing.
    """
    pictures: list[Path] = []
    videos: list[Path] = []
    webcams: list[int] = []
    for name in names:
        path = Path(name)
        if name.isdecimal() and not path.exists():
            webcams.append(int(name))
            continue
        for file in _files(name, path):
            (videos if is_video(file) else pictures).append(file)
    return Media(*(tuple(dict.fromkeys(found)) for found in (pictures, videos, webcams)))


def is_video(path: Path) -> bool:
    """Whether the file's name is a video's."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def _is_of(file: Path, suffixes: Collection[str]) -> bool:
    """Whether a name has one of the suffixes; ._NAME is what macOS notes about NAME on foreign disks."""
    return file.suffix.lower() in suffixes and not file.name.startswith("._")


def _files(name: str, path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if _is_of(file, PICTURE_SUFFIXES))
        if not files:
            raise InputError(f"Expected pictures in the folder {path}. Received: none with a picture's suffix.")
        return files
    if glob.has_magic(name) and not path.exists():
        kinds = PICTURE_SUFFIXES | VIDEO_SUFFIXES
        files = [Path(found) for found in sorted(glob.glob(name, recursive=True))]
        files = [file for file in files if _is_of(file, kinds) and file.is_file()]
        if not files:
            raise InputError(f"Expected pictures or videos that fit {name}. Received: none.")
        return files
    return [path]
