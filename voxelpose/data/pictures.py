"""Where a picture lies, and how to read it when it is wanted: a file, a frame of a video, bytes in an archive."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np


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
    """A picture in a file of its own."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def content(self) -> bytes:
        """The bytes of the file; raises PictureError where there is none."""
        try:
            return self.path.read_bytes()
        except (OSError, ValueError):  # names with a NUL or of any length are no file's
            raise PictureError("picture missing", self.name) from None

    def read(self) -> np.ndarray:
        return decode_picture(self.content(), self.name)


@dataclass(frozen=True)
class VideoFrame:
    """One frame of a video, counted from 0; frames asked for in rising order are read without seeking."""

    path: Path
    index: int

    @property
    def name(self) -> str:
        return f"{self.path} frame {self.index}"

    def read(self) -> np.ndarray:
        if not self.path.is_file():
            raise PictureError("picture missing", str(self.path))
        video = _open_video(str(self.path))
        frame = video.frame(self.index)
        if frame is None:
            raise PictureError("picture unreadable", self.name)
        return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)


@dataclass(frozen=True)
class PackedPicture:
    """The bytes of a picture inside a larger file: `length` of them from `offset` on."""

    path: Path
    offset: int
    length: int
    label: str

    @property
    def name(self) -> str:
        return f"{self.path} {self.label}"

    def content(self) -> bytes:
        """The bytes of the picture; raises PictureError where the file is missing."""
        try:
            with open(self.path, "rb") as stream:
                stream.seek(self.offset)
                return stream.read(self.length)
        except FileNotFoundError:
            raise PictureError("picture missing", self.name) from None

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

    def __init__(self, path: str):
        self.path = path
        self._rewind()

    def frame(self, index: int) -> np.ndarray | None:
        if index < self.position:
            self._rewind()
        while self.position < index:
            if not self.capture.grab():
                return None
            self.position += 1
        good, image = self.capture.read()
        self.position += 1
        return image if good else None

    def _rewind(self) -> None:
        self.capture = cv2.VideoCapture(self.path)
        self.position = 0


@lru_cache(maxsize=4)
def _open_video(path: str) -> _Video:
    return _Video(path)
