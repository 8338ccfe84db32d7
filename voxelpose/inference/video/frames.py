"""Frames with their times, from video files (PyAV), webcams (OpenCV) and arrays."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from voxelpose.data.containers import clean_aperture, ends_early
from voxelpose.errors import InputError
from voxelpose.extras import optional
from voxelpose.geometry.pixel_map import AXES, PixelMap
from voxelpose.inference.inputs.images import check_image

DEFAULT_FPS = 30.0


@dataclass(frozen=True, eq=False)
class Frame:
    """index: from 0; time: seconds from the first frame, rising; image: (H, W, 3) uint8 RGB, as it is seen; stored: how
    it came from the pixels that a file stores, None where there is none."""

    index: int
    time: float
    image: np.ndarray
    stored: PixelMap | None = None


class Video:
    """An open video: iterate it once to get its frames.

    fps: frames per second that the file names; count: frames that it claims to have, None if it doesn't say.
    fault: after the iteration, the sentence that says where the file is damaged or cut off, None if it is whole; the
    frames before the fault were given.
    """

    def __init__(self, container, path: Path):
        self._container, self._path = container, path
        self._stream = container.streams.video[0]
        # Threads that decode several frames at once would take those under way with them where the stream is damaged.
        self._stream.thread_type = "SLICE"
        self.fps = float(self._stream.average_rate or self._stream.guessed_rate or DEFAULT_FPS)
        self.count = self._stream.frames or self._by_duration()
        self.fault: str | None = None
        self._done = 0

    def __iter__(self) -> Iterator[Frame]:
        last, start, stored = -1.0, None, None
        for picture in self._pictures():
            stored = stored or _pixel_map(picture, self._stream, self._path)
            if (picture.width, picture.height) != (stored.width, stored.height):
                self._fail(f"then the picture's size changes to {picture.width} x {picture.height}")
                return
            image = np.ascontiguousarray(stored.apply(picture.to_ndarray(format="rgb24")))
            start = picture.time if start is None else start
            now = self._done / self.fps if picture.time is None else picture.time - start
            # Damaged streams repeat times; a sequence's times rise.
            last = now if now > last else last + 1 / self.fps
            yield Frame(self._done, last, image, stored)
            self._done += 1
        # Counts and durations are no evidence: rates vary, edit lists skip frames, the sound may be longer.
        if self.fault is None and ends_early(self._path):
            self._fail("then the file ends: it is cut off")

    def _pictures(self) -> Iterator:
        import av

        try:
            yield from self._container.decode(self._stream)
        except av.error.FFmpegError as error:
            yield from self._held()
            self._fail(f"then the stream is damaged ({error.strerror})")

    def _held(self) -> Iterator:
        """The pictures before a fault that the decoder still keeps, to bring them into order."""
        import av

        try:
            yield from self._stream.decode(None)
        except av.error.FFmpegError:
            return

    def _fail(self, what: str) -> None:
        claimed = f"{self.count} frames" if self.count else "frames to its end"
        self.fault = f"Expected {claimed} in {self._path}. Received: {self._done}, {what}."

    def _by_duration(self) -> int | None:
        stream, container = self._stream, self._container
        if stream.duration:
            return round(float(stream.duration * stream.time_base) * self.fps)
        return round(container.duration / 1e6 * self.fps) if container.duration else None


@contextmanager
def open_video(path: str | os.PathLike) -> Iterator[Video]:
    """Open a video file for the block; its first video stream is read, its frames as they are to be seen: the part that
    the container names, with square pixels, turned.

    Raises InputError if PyAV is not installed, or the file is missing or no video.
    """
    av = optional("av", "video", "reading videos")
    path = Path(path)
    try:
        container = av.open(str(path))
    except av.error.FFmpegError as error:
        raise InputError(f"Cannot read the video {path}: {error.strerror}.") from error
    with container:
        if not container.streams.video:
            raise InputError(f"Expected a video in {path}. Received: a file without pictures.")
        yield Video(container, path)


@contextmanager
def open_webcam(index: int) -> Iterator[Iterable[Frame]]:
    """Open a webcam for the block; its frames come until the block is left.

    Raises InputError if there is no such camera.
    """
    capture = cv2.VideoCapture(index)
    try:
        if not capture.isOpened():
            raise InputError(f"Expected a webcam of number {index}. Received: none, or one that is in use.")
        yield _webcam_frames(capture)
    finally:
        capture.release()


def _webcam_frames(capture: cv2.VideoCapture) -> Iterator[Frame]:
    start, last, index = None, -1.0, 0
    while True:
        read, image = capture.read()
        now = time.monotonic()
        if not read:
            return
        start = now if start is None else start
        last = max(now - start, np.nextafter(last, np.inf))
        yield Frame(index, last, np.ascontiguousarray(image[..., ::-1]))
        index += 1


@contextmanager
def open_frames(source: str | os.PathLike | int | Iterable[np.ndarray], fps: float) -> Iterator[Iterable[Frame]]:
    """Frames of a video file, a webcam's number, or images (H, W, 3) uint8 RGB, of which `fps` come a second."""
    if isinstance(source, (int, np.integer)):
        with open_webcam(int(source)) as frames:
            yield frames
    elif isinstance(source, (str, os.PathLike)):
        with open_video(source) as video:
            yield video
    else:
        yield array_frames(source, fps)


def array_frames(images: Iterable[np.ndarray], fps: float = DEFAULT_FPS) -> Iterator[Frame]:
    """Frames of an array (T, H, W, 3) or any iterable of images (H, W, 3) uint8 RGB, `fps` of them a second."""
    if not (np.isfinite(fps) and fps > 0):
        raise InputError(f"Expected a frame rate above 0. Received: {fps}.")
    for index, image in enumerate(images):
        yield Frame(index, index / fps, check_image(image))


def _pixel_map(picture, stream, path: Path) -> PixelMap:
    """How a decoded picture becomes what is seen: container and stream say its part, the pixels' ratio, the turn."""
    ratio = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    width, height = picture.width, picture.height
    # FFmpeg counts counter-clockwise; a mirrored picture is in its matrix only.
    quarters = round(picture.rotation / 90) % 4
    turn = _matrix_turn(picture) or (1, 8, 3, 6)[quarters]
    return PixelMap(width, height, clean_aperture(path, width, height), float(ratio) if ratio else 1.0, turn)


def _matrix_turn(picture) -> int | None:
    """The turn, 1 to 8 as EXIF counts, of a display matrix: how x and y of the stored picture are seen; None without a
    matrix, or for one of another kind (ISO/IEC 14496-12, 6.2.2)."""
    for data in picture.side_data:
        if data.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5]
            signs = tuple(
                tuple(int(np.sign(v)) if abs(int(v)) > 1 << 15 else 0 for v in pair) for pair in ((a, b), (c, d))
            )
            return next((turn for turn, axes in AXES.items() if axes == signs), None)
    return None
