"""Videos with the skeletons on the picture and in space, drawn by OpenCV and encoded by PyAV as they come."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

import cv2
import numpy as np
from matplotlib.colors import to_rgb

from voxelpose.extras import optional
from voxelpose.files import atomic_path
from voxelpose.geometry.rotations import about
from voxelpose.results.pose import Pose3D
from voxelpose.visualization.figures.style import LEFT, RIGHT, bone_colours, opacity

# Small videos are enlarged, so that the room and its words can be read.
LOWEST, TALLEST = 480, 720
# The room beside the picture: seen from the camera's right and a little from above, this wide at least.
YAW_DEGREES, PITCH_DEGREES = 35.0, 12.0
ROOM_MM = 2600.0
GRID_MM = 500.0
# The floor ends here on every side, however far apart people (or a network's errors) are.
FLOOR_MM = 10_000.0
_PAPER, _LINES, _TEXT = (250, 250, 250), (214, 216, 220), (60, 60, 60)
_CLOCK = Fraction(1, 90_000)
_SUBPIXEL_BITS = 4
# Of the camera frame: around the vertical, then forwards.
_TURN = about("X", np.radians(PITCH_DEGREES)) @ about("Y", np.radians(YAW_DEGREES))


def draw_frame(image: np.ndarray, people: Sequence[tuple[int, Pose3D]], caption: str) -> np.ndarray:
    """The picture (H, W, 3) uint8 RGB with its people's skeletons, and beside it the same people in space.

    people: (track number, pose); none of them leaves the picture as it is and the room empty. The result is 480 to 720
    pixels high, its sides are even, and its size depends on the picture's alone.
    """
    height, width = image.shape[:2]
    scale = min(max(1.0, LOWEST / height), TALLEST / height)
    size = _even(width * scale), _even(height * scale)
    # Averaging over areas takes five times as long, and shows only where fine texture would alias.
    picture = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR)
    for number, pose in people:
        _draw_on_picture(picture, number, pose, np.array(size) / (width, height))
    room = np.full((size[1], _even(0.8 * size[1]), 3), _PAPER, np.uint8)
    _draw_in_space(room, [pose for _, pose in people])
    _write_captions(room, caption)
    return np.ascontiguousarray(np.hstack([picture, room]))


class VideoFile:
    """An MP4 that is being written; see `video_file`."""

    def __init__(self, container, fps: float):
        self._container, self._fps, self._stream = container, fps, None

    def write(self, image: np.ndarray, time: float) -> None:
        """Add a picture (H, W, 3) uint8 RGB, shown from `time` in seconds on; all are of the first one's size."""
        import av

        if self._stream is None:
            self._stream = self._new_stream(*image.shape[1::-1])
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.time_base, frame.pts = _CLOCK, round(time / _CLOCK)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what is still in the encoder."""
        if self._stream is not None:
            self._container.mux(self._stream.encode())

    def _new_stream(self, width: int, height: int):
        import av

        # Builds of FFmpeg without x264 have MPEG-4 still.
        best = "libx264" in av.codecs_available
        rate = Fraction(self._fps).limit_denominator(1001)
        stream = self._container.add_stream("libx264" if best else "mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = _CLOCK if best else Fraction(1, 1000)
        if best:
            stream.options = {"crf": "21", "preset": "veryfast"}
        else:
            stream.bit_rate = 6_000_000
        return stream


@contextmanager
def video_file(path: str | os.PathLike, fps: float) -> Iterator[VideoFile]:
    """Write an MP4 in the block: whole or not at all.

    fps: what players show as its rate; the frames keep their own times. Raises InputError without PyAV.
    """
    av = optional("av", "video", "writing videos")
    with atomic_path(path) as temporary:
        with av.open(str(temporary), "w", format="mp4", options={"movflags": "faststart"}) as container:
            file = VideoFile(container, fps)
            yield file
            file.close()


def _even(length: float) -> int:
    """The nearest even number of at least 2: encoders halve the colour's resolution."""
    return max(2, 2 * round(length / 2))


def _draw_on_picture(picture: np.ndarray, number: int, pose: Pose3D, scale: np.ndarray) -> None:
    # Pixel i of the photograph has its centre at (i + 0.5) * scale - 0.5 of the shrunken one.
    points = (pose.joints_2d + 0.5) * scale - 0.5
    thickness = int(np.clip(np.sqrt(pose.box[2] * pose.box[3] * scale.prod()) / 60, 2, 5))
    _draw_bones(picture, points, pose, thickness, halo=True)
    x, y = points[:, 0].mean(), points[:, 1].min() - 6 * thickness
    _label(picture, str(number), (x, max(y, picture.shape[0] / 30)))


def _draw_in_space(room: np.ndarray, poses: Sequence[Pose3D]) -> None:
    height, width = room.shape[:2]
    # An empty room stands four metres away, a person high.
    joints = np.concatenate([pose.joints for pose in poses]) if poses else np.array([[0, -900, 4000.0], [0, 900, 4000]])
    middle = (joints.min(axis=0) + joints.max(axis=0)) / 2
    turned = joints @ _TURN.T
    side = max(ROOM_MM, 1.15 * np.ptp(turned, axis=0)[:2].max())

    def onto(points: np.ndarray) -> np.ndarray:
        return ((points - middle) @ _TURN.T)[..., :2] * (min(width, height) / side) + (width / 2, height / 2)

    _draw_floor(room, joints[:, 1].max(), middle, side / 2, onto)
    # The farthest person first.
    for pose in sorted(poses, key=lambda pose: -(pose.joints @ _TURN[2]).mean()):
        _draw_bones(room, onto(pose.joints), pose, max(2, height // 180), halo=False)


def _draw_floor(room: np.ndarray, level: float, middle: np.ndarray, half: float, onto: Callable) -> None:
    """A grid of half metres at the height of the lowest joint."""
    half = min(half, FLOOR_MM)
    steps = np.arange(-half // GRID_MM, half // GRID_MM + 1) * GRID_MM
    for along, across in ((0, 2), (2, 0)):
        for step in steps:
            ends = np.tile(middle, (2, 1))
            ends[:, 1] = level
            ends[:, along] += steps[[0, -1]]
            ends[:, across] += step
            _line(room, *onto(ends), _LINES, 1)


def _draw_bones(picture: np.ndarray, points: np.ndarray, pose: Pose3D, thickness: int, halo: bool) -> None:
    solid = opacity(pose.confidence)
    colours = [np.array(to_rgb(colour)) * 255 for colour in bone_colours(pose.skeleton)]
    # Far bones first, so that near ones cover them.
    order = np.argsort([-pose.joints[list(bone), 2].mean() for bone in pose.skeleton.bones])
    if halo:
        for n in order:
            _line(picture, *points[list(pose.skeleton.bones[n])], (255, 255, 255), thickness + 2)
    for n in order:
        bone = list(pose.skeleton.bones[n])
        # On a picture, white alone would look like the halo.
        pale = (1 - min(solid[bone])) * (0.6 if halo else 1.0)
        colour = colours[n] * (1 - pale) + 235 * pale
        _line(picture, *points[bone], colour.tolist(), thickness)
    for point, outside in zip(points, pose.outside_crop, strict=True):
        _dot(picture, point, max(2, thickness), (255, 255, 255) if not outside else (170, 170, 170))


def _write_captions(room: np.ndarray, caption: str) -> None:
    size = room.shape[0] / 1100
    bottom = room.shape[0] - round(22 * size)
    x = round(24 * size)
    for text, colour in (("person's right", RIGHT[0]), ("person's left", LEFT[0])):
        rgb = [255 * part for part in to_rgb(colour)]
        cv2.line(room, (x, bottom - round(8 * size)), (x + round(30 * size), bottom - round(8 * size)), rgb, 3)
        _text(room, text, (x + round(38 * size), bottom), size)
        x += round(300 * size)
    _text(room, caption, (round(24 * size), round(44 * size)), size)
    _text(room, "grid 0.5 m, seen from the camera's right", (round(24 * size), round(80 * size)), 0.8 * size)


def _fixed(point: np.ndarray) -> tuple[int, int]:
    """OpenCV's fixed-point pixels; far outside is far enough."""
    return tuple(int(v) for v in np.clip(np.round(point * (1 << _SUBPIXEL_BITS)), -(1 << 20), 1 << 20))


def _line(picture, start, end, colour, thickness: int) -> None:
    cv2.line(picture, _fixed(start), _fixed(end), colour, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)


def _dot(picture, point, radius: int, colour) -> None:
    cv2.circle(picture, _fixed(point), radius << _SUBPIXEL_BITS, _TEXT, -1, cv2.LINE_AA, _SUBPIXEL_BITS)
    inner = max(1, (radius << _SUBPIXEL_BITS) - (1 << _SUBPIXEL_BITS))
    cv2.circle(picture, _fixed(point), inner, colour, -1, cv2.LINE_AA, _SUBPIXEL_BITS)


def _label(picture: np.ndarray, text: str, place: tuple[float, float]) -> None:
    place, size = tuple(int(v) for v in place), picture.shape[0] / 800
    for colour, thickness in (((255, 255, 255), 5), (_TEXT, 2)):
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, thickness, cv2.LINE_AA)


def _text(picture, text: str, place: tuple[int, int], size: float) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, _TEXT, 1, cv2.LINE_AA)
