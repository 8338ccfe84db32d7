"""What the names on a command line mean: pictures, videos, webcams."""

import glob
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voxelpose.errors import InputError, InputWarning

PICTURE_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .jp2 .png .webp .tif .tiff .bmp .dib .gif .avif .pbm .pgm .ppm .pnm .exr .hdr".split()
)
VIDEO_SUFFIXES = frozenset(
    ".mp4 .m4v .mov .avi .mkv .webm .mpg .mpeg .m2ts .mts .ts .wmv .flv .ogv .3gp .3g2 .mxf .vob".split()
)

# Files that are not read and yet named.
_NAMED = 5
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True)
class Media:
    """pictures, videos: files in the order named; webcams: device numbers."""

    pictures: tuple[Path, ...]
    videos: tuple[Path, ...]
    webcams: tuple[int, ...]


def find_media(names: Sequence[str], videos_of_folders: bool = True) -> Media:
    """Sort names into pictures, videos and webcams.

    A folder stands for the pictures and videos in it, sorted by name, or for the pictures alone; a pattern with * ? [
    or ** for the pictures and videos that fit it; a number that is no file for the webcam of that number. Any other
    name is a video by its suffix, else a picture. What a folder holds beside is named (InputWarning). Raises InputError
    for a folder without pictures and videos, a pattern that fits nothing, or an address of the net.
    """
    pictures: list[Path] = []
    videos: list[Path] = []
    webcams: list[int] = []
    for name in names:
        if _ADDRESS.match(name):
            raise InputError(
                f"Expected files, folders or webcams. Received: {name}; addresses are not read: load it first."
            )
        path = Path(name)
        if name.isdecimal() and not path.exists():
            webcams.append(int(name))
            continue
        for file in _files(name, path, videos_of_folders):
            (videos if is_video(file) else pictures).append(file)
    return Media(*(tuple(dict.fromkeys(found)) for found in (pictures, videos, webcams)))


def is_video(path: Path) -> bool:
    """Whether the file's name is a video's."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def _files(name: str, path: Path, videos_of_folders: bool) -> list[Path]:
    if path.is_dir():
        return _in_folder(path, PICTURE_SUFFIXES | VIDEO_SUFFIXES if videos_of_folders else PICTURE_SUFFIXES)
    if glob.has_magic(name) and not path.exists():
        kinds = PICTURE_SUFFIXES | VIDEO_SUFFIXES
        files = [Path(found) for found in sorted(glob.glob(name, recursive=True))]
        files = [file for file in files if file.suffix.lower() in kinds and file.is_file()]
        if not files:
            raise InputError(f"Expected pictures or videos that fit {name}. Received: none.")
        return files
    return [path]


def _in_folder(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    # Hidden files are no pictures of anybody's, even if they are called so (macOS writes ._NAME beside NAME).
    shown = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    files = [file for file in shown if file.suffix.lower() in suffixes]
    kinds = "pictures or videos" if suffixes >= VIDEO_SUFFIXES else "pictures"
    if not files:
        raise InputError(f"Expected {kinds} in the folder {folder}. Received: none by their suffix.")
    others = [file.name for file in shown if file.suffix.lower() not in suffixes]
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        told = f"{folder}: not read, being no {kinds} of a kind that is: {', '.join(others[:_NAMED])}{more}."
        warnings.warn(told, InputWarning, stacklevel=2)
    return files
