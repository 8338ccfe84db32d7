from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("av", reason="the extra `video` is not installed")
from video_files import TIMES, brightness, cut, turn, write_video

from voxelpose.data.containers import clean_aperture, ends_early
from voxelpose.data.pictures import VideoFrame
from voxelpose.errors import InputError
from voxelpose.geometry.pixel_map import AXES, PixelMap, turned
from voxelpose.inference.video.frames import array_frames, open_video, open_webcam


def frames_of(path):
    with open_video(path) as video:
        return list(video), video


def test_every_frame_comes_with_its_time(tmp_path):
    frames, video = frames_of(write_video(tmp_path / "a.mp4"))
    assert [frame.index for frame in frames] == list(range(20))
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(20) / 25, atol=1e-3)
    assert video.fps == pytest.approx(25) and video.count == 20 and video.fault is None
    for frame in frames:
        assert frame.image.shape == (64, 96, 3) and frame.image.dtype == np.uint8
        assert abs(frame.image[:, 30:].mean() - brightness(frame.index)) < 4


def test_uneven_times_are_kept(tmp_path):
    frames, _ = frames_of(write_video(tmp_path / "a.mp4", count=5, times=TIMES))
    np.testing.assert_allclose([frame.time for frame in frames], TIMES, atol=1e-3)


def test_times_count_from_the_first_frame(tmp_path):
    late = [3.0 + t for t in TIMES]
    frames, _ = frames_of(write_video(tmp_path / "a.mkv", count=5, times=late))
    np.testing.assert_allclose([frame.time for frame in frames], TIMES, atol=1e-3)


def test_rotation_is_honoured(tmp_path):
    path = write_video(tmp_path / "a.mp4", count=2)
    turn(path)
    frames, _ = frames_of(path)
    image = frames[0].image
    assert image.shape == (96, 64, 3)
    # Clockwise: what was stored on the left is seen at the top.
    assert image[:10].mean() > 150 and image[20:].mean() < 60


@pytest.mark.parametrize("orientation", range(1, 9))
def test_frames_are_turned_and_mirrored_as_pictures_are(tmp_path, orientation):
    path = write_video(tmp_path / "a.mp4", count=2)
    plain = frames_of(path)[0][0].image
    turn(path, AXES[orientation])
    frame = frames_of(path)[0][0]
    np.testing.assert_array_equal(frame.image, turned(plain, orientation))
    assert frame.stored == PixelMap(96, 64, orientation=orientation)


def test_own_frames_are_what_inference_sees(tmp_path):
    path = write_video(tmp_path / "a.mp4", count=3, pixel_ratio=2, options={})
    cut(path, 80, 60, 8, -2)
    turn(path)
    seen = frames_of(path)[0]
    for index in (2, 0):
        own = VideoFrame(path, index, as_seen=True).read()
        # Two decoders, whose colours differ by rounding.
        assert own.shape == seen[index].image.shape == (160, 60, 3)
        assert abs(own.astype(int) - seen[index].image).mean() < 3


@pytest.mark.parametrize("ratio, size", [(2, (192, 64)), (Fraction(1, 2), (96, 128)), (Fraction(4, 3), (128, 64))])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_pixels_become_square(tmp_path, suffix, ratio, size):
    frames, _ = frames_of(write_video(tmp_path / f"a.{suffix}", count=2, pixel_ratio=ratio))
    image = frames[0].image
    assert image.shape == (size[1], size[0], 3)
    # The bright eighth on the left is an eighth still.
    edge = np.flatnonzero(image.mean(axis=(0, 2)) < 110)[0]
    assert abs(edge - size[0] / 8) <= 2


def test_only_the_clean_aperture_is_seen(tmp_path):
    path = write_video(tmp_path / "a.mp4", count=2, options={})
    whole = frames_of(path)[0][0].image
    cut(path, 80, 60, 8, -2)
    # The middle of 80 columns lies 8 right of that of 96: columns 16 to 95; 60 rows, 2 up: rows 0 to 59.
    assert clean_aperture(path, 96, 64) == (16, 0, 80, 60)
    np.testing.assert_array_equal(frames_of(path)[0][0].image, whole[:60, 16:])
    cut(write_video(tmp_path / "b.mp4", count=2, options={}), 200, 60, 0, 0)
    assert clean_aperture(tmp_path / "b.mp4", 96, 64) is None


@pytest.mark.parametrize(
    "name, options",
    [
        ("rate.mkv", dict(times=np.cumsum([0.04] * 12 + [0.5] * 8))),
        ("rate.mp4", dict(times=np.cumsum([0.04] * 12 + [0.5] * 8))),
        ("late.mp4", dict(times=[2 + n / 25 for n in range(20)])),
        ("late.avi", dict(times=[2 + n / 25 for n in range(20)])),
        ("sound.mp4", dict(sound=6.0)),
        ("sound.mkv", dict(sound=6.0)),
        ("parts.mp4", dict(options={"movflags": "frag_keyframe+empty_moov"})),
        ("plain.webm", dict(options={"cluster_time_limit": "100"})),
    ],
)
def test_whole_videos_are_not_called_cut_off(tmp_path, name, options):
    path = tmp_path / name
    if path.suffix == ".webm":
        write_video(tmp_path / "a.mkv", **options).rename(path)
    else:
        write_video(path, **options)
    frames, video = frames_of(path)
    assert len(frames) == 20 and video.fault is None
    # Bytes after the end are no damage either.
    path.write_bytes(path.read_bytes() + bytes(100))
    assert not ends_early(path)


def test_an_edit_list_that_leaves_frames_out_is_no_damage(tmp_path):
    path = write_video(tmp_path / "a.mp4", count=20)
    content = path.read_bytes()
    place = content.index(b"elst") + 8
    # Version 0: number of edits, then duration and start, here 0.32 s later.
    scale = content.index(b"mdhd") + 16
    rate = int.from_bytes(content[scale : scale + 4], "big")
    start = place + 8
    content = content[:start] + int(0.32 * rate).to_bytes(4, "big") + content[start + 4 :]
    path.write_bytes(content)
    frames, video = frames_of(path)
    assert 5 < len(frames) < 18 and video.fault is None


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "avi", "mov", "webm"])
def test_a_file_that_ends_before_its_container_does(tmp_path, suffix):
    whole = write_video(tmp_path / f"a.{'mkv' if suffix == 'webm' else suffix}", count=30).read_bytes()
    path = tmp_path / f"b.{suffix}"
    path.write_bytes(whole)
    assert not ends_early(path)
    path.write_bytes(whole[: 4 * len(whole) // 5])
    assert ends_early(path)


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_a_truncated_video_gives_the_frames_before_the_fault(tmp_path, suffix):
    import av

    whole = write_video(tmp_path / f"whole.{suffix}", count=60)
    content = whole.read_bytes()
    short = tmp_path / f"short.{suffix}"
    short.write_bytes(content[: len(content) // 2])
    frames, video = frames_of(short)
    assert 10 < len(frames) < 50
    with av.open(str(short)) as container:
        whole_packets = sum(1 for packet in container.demux(video=0) if packet.size) - 1
    assert len(frames) >= whole_packets
    for frame in frames[:-1]:
        assert abs(frame.image[:, 30:].mean() - brightness(frame.index)) < 4
    assert str(short) in video.fault and f"Received: {len(frames)}, then" in video.fault


def test_a_video_without_its_index_is_refused(tmp_path):
    content = write_video(tmp_path / "a.mp4").read_bytes()
    (tmp_path / "b.mp4").write_bytes(content[: content.index(b"moov")])
    with pytest.raises(InputError, match="Cannot read the video .*b.mp4: Invalid data"):
        frames_of(tmp_path / "b.mp4")


def test_files_that_are_no_videos(tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(InputError, match="Cannot read the video .*text.mp4"):
        frames_of(tmp_path / "text.mp4")
    with pytest.raises(InputError, match="gone.mp4: No such file"):
        frames_of(tmp_path / "gone.mp4")


def test_without_the_package_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(InputError, match=r"package av for reading videos.*pip install 'voxelpose\[video\]'"):
        frames_of(tmp_path / "a.mp4")


def test_arrays_are_frames():
    frames = list(array_frames(np.zeros((3, 4, 5, 3), np.uint8), fps=10))
    assert [(frame.index, frame.time) for frame in frames] == [(0, 0.0), (1, 0.1), (2, 0.2)]
    with pytest.raises(InputError, match="Expected an RGB image"):
        list(array_frames([np.zeros((4, 5))]))
    with pytest.raises(InputError, match="frame rate above 0"):
        list(array_frames([], fps=0))


class Capture:
    """Stands for OpenCV's: three blue frames."""

    def __init__(self, index):
        self.index, self.left, self.released = index, 3, False
        Capture.last = self

    def isOpened(self):
        return self.index == 0

    def read(self):
        self.left -= 1
        return self.left >= 0, np.full((2, 2, 3), (200, 0, 0), np.uint8)

    def release(self):
        self.released = True


def test_a_webcam(monkeypatch):
    monkeypatch.setattr("cv2.VideoCapture", Capture)
    with open_webcam(0) as stream:
        frames = list(stream)
    assert len(frames) == 3 and (frames[0].image == (0, 0, 200)).all()
    assert frames[0].time == 0 and np.diff([frame.time for frame in frames]).min() > 0
    assert Capture.last.released


def test_no_webcam(monkeypatch):
    monkeypatch.setattr("cv2.VideoCapture", Capture)
    with pytest.raises(InputError, match="webcam of number 7. Received: none"), open_webcam(7):
        pass
    assert Capture.last.released
