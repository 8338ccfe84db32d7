"""Where a picture lies, and how to read it when it is wanted: a file, a frame of a video, bytes in an archive."""

import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from voxelpose.data.containers import clean_aperture
from voxelpose.data.photograph import decode_photograph
from voxelpose.errors import InputError
from voxelpose.geometry.pixel_map import PixelMap


class Picture(Protocol):
    """A picture that has not been read yet. It is small, so that it can be sent to another process."""

    @property
    def name(self) -> str:
        """What to call it in messages."""

    def read(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB; raises PictureError where there is none or it is broken."""


class PictureError(ValueError):
    """A picture is missing or unreadable. reason: a few words by which such cases are counted."""

    def __init__(self, reason: str, name: str):
        super().__init__(f"{reason}: {name}")
        self.reason, self.name = reason, name

    def __reduce__(self):
        return PictureError, (self.reason, self.name)


@dataclass(frozen=True)
class PictureFile:
    """A picture in a file of its own. as_seen: whether it is turned as its file says; the annotations
    of public data sets ignore that."""

    path: Path
    as_seen: bool = False

    @property
    def name(self) -> str:
        return str(self.path)

    def content(self) -> bytes:
        """The bytes of the file; raises PictureError where there is none."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise PictureError("picture missing", self.name) from None

    def read(self) -> np.ndarray:
        if not self.as_seen:
            return decode_picture(self.content(), self.name)
        try:
            return decode_photograph(self.content(), self.name)
        except InputError:
            raise PictureError("picture unreadable", self.name) from None


@dataclass(frozen=True)
class PictureOutside:
    """A path that leads out of the folder of its data set. It is never read: lists come from others, and a store that
    is passed on would carry any picture of this disk."""

    name: str

    def content(self) -> bytes:
        """Raises PictureError."""
        raise PictureError("picture outside the data set's folder", self.name)

    def read(self) -> np.ndarray:
        """Raises PictureError."""
        raise PictureError("picture outside the data set's folder", self.name)


@dataclass(frozen=True)
class VideoFrame:
    """One frame of a video, counted from 0; frames asked for in rising order are read without seeking. as_seen: whether
    it is cut and made square as its file says; it is turned in any case."""

    path: Path
    index: int
    as_seen: bool = False

    @property
    def name(self) -> str:
        return f"{self.path} frame {self.index}"

    def read(self) -> np.ndarray:
        if not self.path.is_file():
            raise PictureError("picture missing", str(self.path))
        video = _open_video(str(self.path), self.as_seen)
        frame = video.frame(self.index)
        if frame is None:
            raise PictureError("picture unreadable", self.name)
        return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)


@dataclass(frozen=True)
class PackedPicture:
    """The bytes of a picture inside a larger file: `length` of them from `offset` on. crc: their CRC-32, else -1."""

    path: Path
    offset: int
    length: int
    label: str
    crc: int = -1

    @property
    def name(self) -> str:
        return f"{self.path} {self.label}"

    def content(self) -> bytes:
        """The bytes of the picture; raises PictureError where the file is missing or they are others."""
        try:
            with open(self.path, "rb") as stream:
                stream.seek(self.offset)
                content = stream.read(self.length)
        except FileNotFoundError:
            raise PictureError("picture missing", self.name) from None
        if self.crc >= 0 and zlib.crc32(content) != self.crc:
            raise PictureError("picture changed", self.name)
        return content

    def read(self) -> np.ndarray:
        return decode_picture(self.content(), self.name)


def decode_picture(content: bytes, name: str) -> np.ndarray:
    """Bytes of a JPEG or PNG -> (H, W, 3) uint8 RGB; the file's rotation tag is ignored, as annotations ignore it."""
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), flags) if content else None
    except cv2.error:
        image = None
    if image is None:
        raise PictureError("picture unreadable", name)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


class _Video:
    """A video that remembers where it stands: seeking to a frame number isn't exact in every container."""

    def __init__(self, path: str, as_seen: bool):
        self.path, self.as_seen = path, as_seen
        self._rewind()
        self._map = self._pixel_map() if as_seen else None

    def frame(self, index: int) -> np.ndarray | None:
        if index < self.position:
            self._rewind()
        while self.position < index:
            if not self.capture.grab():
                return None
            self.position += 1
        good, image = self.capture.read()
        self.position += 1
        if not good:
            return None
        return image if self._map is None else np.ascontiguousarray(self._map.apply(image))

    def _pixel_map(self) -> PixelMap:
        """How frames, which OpenCV is told not to turn, become what is seen."""
        numbers = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_ORIENTATION_META)
        width, height, degrees = (int(self.capture.get(number)) for number in numbers)
        top, bottom = (self.capture.get(number) for number in (cv2.CAP_PROP_SAR_NUM, cv2.CAP_PROP_SAR_DEN))
        return PixelMap(
            width,
            height,
            clean_aperture(Path(self.path), width, height),
            top / bottom if top > 0 and bottom > 0 else 1.0,
            {90: 6, 180: 3, 270: 8}.get(degrees % 360, 1),
        )

    def _rewind(self) -> None:
        self.capture = cv2.VideoCapture(self.path)
        if self.as_seen:
            self.capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
        self.position = 0


@lru_cache(maxsize=4)
def _open_video(path: str, as_seen: bool) -> _Video:
    return _Video(path, as_seen)
