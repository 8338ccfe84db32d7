import io

import numpy as np
import pytest
from command_fakes import Blobs
from rich.console import Console

pytest.importorskip("av", reason="the extra `video` is not installed")
from video_files import write_video

from voxelpose.commands.infer import main
from voxelpose.commands.shared.entry import run
from voxelpose.commands.shared.progress import RateProgress
from voxelpose.inference.video.frames import open_video
from voxelpose.results.sequence import PoseSequence


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def infer(*arguments):
    return run(main, [*map(str, arguments), "--weights", "blobs"])


@pytest.mark.parametrize("smooth", ["none", "one-euro", "savitzky-golay"])
def test_a_video_gives_a_sequence_and_a_video(blobs, tmp_path, capsys, smooth):
    clip, out = write_video(tmp_path / "clip.mp4", count=12), tmp_path / "out"
    assert infer(clip, "--box", "20,10,50,50", "--smooth", smooth, "--out", out) == 0
    assert names(out) == ["clip.overlay.mp4", "clip.person1.npz"]
    sequence = PoseSequence.load(out / "clip.person1.npz")
    assert len(sequence) == 12 and sequence.present.all() and sequence.smoothing.startswith(smooth)
    np.testing.assert_allclose(sequence.times, np.arange(12) / 25, atol=1e-3)
    assert sequence.fps == 25 and sequence.source == str(clip) and sequence.image_size == (96, 64)
    assert sequence.box_source == "given; last frame's joints"
    with open_video(out / "clip.overlay.mp4") as video:
        frames = list(video)
    assert len(frames) == 12 and frames[0].image.shape[0] == 480
    np.testing.assert_allclose([frame.time for frame in frames], sequence.times, atol=1e-3)
    # The clip is grey: what has a colour is a skeleton, on the picture and in the room beside it.
    colour = np.ptp(frames[5].image[:400].astype(int), axis=-1) > 50
    assert colour[:, :700].sum() > 20 and colour[:, 740:].sum() > 20
    shown = capsys.readouterr()
    assert "clip, person 1: 12 of 12 frames, 0.00 to 0.44 s" in shown.out and "frames/s" in shown.err


def test_nobody_in_the_whole_video(blobs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Blobs, "presence", -3.0)
    out = tmp_path / "out"
    assert infer(write_video(tmp_path / "clip.mp4", count=3), "--out", out) == 0
    assert names(out) == ["clip.overlay.mp4"]
    assert "nobody was seen in 3 frames" in capsys.readouterr().out


def test_a_truncated_video_keeps_what_came_before_the_fault(blobs, tmp_path, capsys):
    content = write_video(tmp_path / "clip.mkv", count=60).read_bytes()
    (tmp_path / "clip.mkv").write_bytes(content[: len(content) // 2])
    out = tmp_path / "out"
    assert infer(tmp_path / "clip.mkv", "--box", "20,10,50,50", "--out", out) == 2
    err = capsys.readouterr().err.splitlines()
    assert "cut off" in err[-1] or "damaged" in err[-1]
    sequence = PoseSequence.load(out / "clip.person1.npz")
    assert 10 < len(sequence) < 50 and f"Received: {len(sequence)}," in err[-1]
    assert names(out) == ["clip.overlay.mp4", "clip.person1.npz"]


def test_ctrl_c_keeps_what_was_seen(blobs, tmp_path, monkeypatch):
    calls = []

    def forward(self, crops, forward=Blobs.__call__):
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return forward(self, crops)

    monkeypatch.setattr(Blobs, "__call__", forward)
    out = tmp_path / "out"
    clip = write_video(tmp_path / "clip.mp4", count=20)
    assert infer(clip, "--box", "20,10,50,50", "--out", out) == 130
    assert len(PoseSequence.load(out / "clip.person1.npz")) == 5
    with open_video(out / "clip.overlay.mp4") as video:
        assert len(list(video)) == 5


def test_frames_can_be_limited_and_the_video_left_out(blobs, tmp_path):
    out = tmp_path / "out"
    clip = write_video(tmp_path / "clip.mp4", count=20)
    assert infer(clip, "--max-frames", 3, "--no-video", "--out", out) == 0
    assert names(out) == ["clip.person1.npz"] and len(PoseSequence.load(out / "clip.person1.npz")) == 3


def test_people_of_a_list_are_followed_from_their_frames(blobs, tmp_path):
    out = tmp_path / "out"
    clip = write_video(tmp_path / "clip.mp4", count=6)
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("image,frame,x,y,width,height\nclip.mp4,0,5,5,20,30\nclip.mp4,2,60,20,20,30\n")
    assert infer(clip, "--boxes", boxes, "--no-video", "--out", out) == 0
    first, second = (PoseSequence.load(out / f"clip.person{n}.npz") for n in (1, 2))
    assert len(first) == 6 and first.boxes[0].tolist() == [5, 5, 20, 30]
    assert second.times[0] == pytest.approx(0.08, abs=1e-3) and second.boxes[0].tolist() == [60, 20, 20, 30]


def test_the_sample_video_needs_no_file(blobs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert infer("--sample", "video", "--max-frames", 2) == 0
    sequence = PoseSequence.load(tmp_path / "out" / "walk.person1.npz")
    assert sequence.boxes[0].tolist() == [765, 40, 152, 270] and sequence.image_size == (960, 342)


class Capture:
    def __init__(self, index):
        self.left = 4

    def isOpened(self):
        return True

    def read(self):
        self.left -= 1
        return self.left >= 0, np.full((60, 80, 3), 90, np.uint8)

    def release(self):
        pass


def test_a_webcam_is_smoothed_as_it_comes(blobs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("cv2.VideoCapture", Capture)
    monkeypatch.chdir(tmp_path)
    assert infer("0") == 0
    sequence = PoseSequence.load(tmp_path / "out" / "webcam0.person1.npz")
    assert len(sequence) == 4 and sequence.smoothing == "one-euro" and sequence.source is None
    assert infer("0", "--smooth", "savitzky-golay") == 2
    assert "one-euro or none for a webcam" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["gone.mp4"], "Cannot read the video gone.mp4: No such file"),
        (["text.mp4"], "Cannot read the video text.mp4"),
        (["clip.mp4", "--box", "500,0,10,10"], "meets the picture of 96 x 64"),
        (["clip.mp4", "--max-frames", "0"], "at least one frame"),
        (["clip.mp4", "--camera", "c.json"], "c.json cannot be used. Expected a camera for an image of 96 x 64"),
        (["clip.mp4", "--boxes", "b.csv"], "b.csv to name pictures that are read. Received: other.mp4"),
    ],
)
def test_bad_input_ends_in_one_sentence_and_leaves_nothing(blobs, tmp_path, monkeypatch, capsys, arguments, told):
    write_video(tmp_path / "clip.mp4", count=3)
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "b.csv").write_text("image,x,y,width,height\nother.mp4,1,2,3,4\n")
    (tmp_path / "c.json").write_text('{"fx": 600, "fy": 600, "cx": 9, "cy": 9, "width": 800, "height": 600}')
    monkeypatch.chdir(tmp_path)
    before = names(tmp_path)
    assert infer(*arguments) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1 and names(tmp_path) == before


def test_plain_lines_where_there_is_no_terminal():
    now = [0.0]
    stream = io.StringIO()
    with RateProgress("clip", 100, "frames", Console(file=stream, width=80), lambda: now[0]) as progress:
        for _ in range(40):
            now[0] += 0.5
            progress.step()
    assert stream.getvalue() == "clip: 31 of 100 frames, 2.0 frames/s\n" and progress.rate == 2.0
