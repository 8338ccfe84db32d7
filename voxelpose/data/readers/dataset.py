"""What a reader gives, and the few things that readers share."""

import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Protocol

import numpy as np

from voxelpose.data.pictures import PackedPicture, Picture, PictureFile, PictureOutside, VideoFrame
from voxelpose.data.record import Record, Skipped, check_record
from voxelpose.data.store.shard import bytes_inside
from voxelpose.data.store.square_example import SquareExample, cut_square_example
from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.skeleton import Skeleton

_VIDEOS = (".avi", ".mp4", ".mov", ".mkv", ".webm")


class Item(Protocol):
    """One person of a data set who can become a square example; small, so that another process can do the work."""

    def square_example(self, size: int, margin: float) -> SquareExample | Skipped:
        """The square picture and its labels, or why there is none."""


@dataclass(frozen=True, eq=False)
class RecordItem:
    """A record, checked when it is its turn."""

    record: Record | Skipped

    def square_example(self, size: int, margin: float) -> SquareExample | Skipped:
        record = self.record if isinstance(self.record, Skipped) else check_record(self.record)
        return record if isinstance(record, Skipped) else cut_square_example(record, size, margin)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set that was found and is about to be read.

    files: its annotation files, relative to the source. records: starts reading; every person is a record or skipped
    with a reason, always in the same order. count: how many there will be, None where only reading tells. facts: what
    else decides about the content, beside the files and the options. picture: the side in pixels of pictures that are
    kept as they are (`Record.whole`), None where squares are cut out.
    """

    skeleton: Skeleton
    files: tuple[Path, ...]
    records: Callable[[], Iterator[Record | Skipped | Item]]
    count: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    picture: int | None = None

    def items(self) -> Iterator[Item]:
        """The same people as those who cut squares of them want them."""
        return (RecordItem(r) if isinstance(r, Record | Skipped) else r for r in self.records())


def require_part(part: str, *parts: str) -> str:
    """The part itself, if it is one of `parts`; InputError otherwise."""
    if part not in parts:
        raise InputError(f"Expected a part among {', '.join(parts)}. Received: '{part}'.")
    return part


def first_file(source: Path, *names: str) -> Path:
    """The first of some relative paths that exists under `source`, relative to it; InputError naming all otherwise."""
    for name in names:
        if (source / name).is_file():
            return Path(name)
    raise InputError(f"Expected {' or '.join(names)} in {source}. There is none: is this the folder of the data set?")


def packed_pictures(
    path: Path, offsets: np.ndarray, count: int, name: Callable[[int], str]
) -> Callable[[int], PackedPicture]:
    """The pictures of an .npz whose field `jpeg` has `count` files end to end, by row; name: what a row is called.

    offsets: (count + 1,) where each begins. Raises InputError for offsets that don't rise inside of the field.
    """
    try:
        start, length = bytes_inside(path, "jpeg.npy")
    except (KeyError, ValueError, struct.error, zipfile.BadZipFile) as error:
        raise InputError(f"Expected packed pictures under jpeg in {path}. Received: {error}.") from error
    ends = offsets.astype(np.int64)
    if len(ends) != count + 1 or (np.diff(ends) < 0).any() or ends[0] < 0 or ends[-1] > length:
        raise InputError(f"Expected {count + 1} rising offsets into the pictures of {path}. They are not.")

    def picture(row: int) -> PackedPicture:
        first, last = int(ends[row]), int(ends[row + 1])
        return PackedPicture(path, start + first, last - first, name(row))

    return picture


def picture_at(source: Path, name: str, frame: int = 0, as_seen: bool = False) -> Picture:
    """A picture by its path relative to the source; of a video, frame number `frame` counted from 0.

    as_seen: turned, and with square pixels, as the file says and as `infer` reads it. A path that leads out of the
    source, absolute or by "..", gives a picture that cannot be read.
    """
    parts = PurePosixPath(name), PureWindowsPath(name)
    if any(path.is_absolute() or path.drive or path.root or ".." in path.parts for path in parts):
        return PictureOutside(name)
    path = source / name
    return VideoFrame(path, frame, as_seen) if path.suffix.lower() in _VIDEOS else PictureFile(path, as_seen)


def same_counts(where: Path, **counts: int) -> int:
    """The one length that all have; InputError naming each otherwise."""
    if len(set(counts.values())) != 1:
        told = ", ".join(f"{count} in {name}" for name, count in counts.items())
        raise InputError(f"Expected as many people in every list of {where}. Received: {told}.")
    return next(iter(counts.values()))


def read_names(path: Path) -> list[str]:
    """The lines of a list of file names."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Expected a list of file names at {path}. Received: {error}") from error


def camera_of(
    matrix: np.ndarray, size: tuple[int, int] | None = None, distortion: tuple[float, ...] = (0.0,) * 5
) -> Camera:
    """A camera from its 3 x 3 matrix; without a size the principal point is taken to be the picture's middle."""
    fx, fy, cx, cy = (float(matrix[i]) for i in ((0, 0), (1, 1), (0, 2), (1, 2)))
    width, height = size if size is not None else (round(2 * cx), round(2 * cy))
    return Camera(fx, fy, cx, cy, width, height, tuple(float(value) for value in distortion))


def steps(count: int, step: int) -> range:
    """Every `step`-th of `count` frames; InputError for a step below 1."""
    if step < 1:
        raise InputError(f"Expected a step of 1 or more. Received: {step}.")
    return range(0, count, step)
