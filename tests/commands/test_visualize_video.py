import json
import re

import numpy as np
import pytest

pytest.importorskip("av", reason="the extra `video` is not installed")
from command_fakes import PRESET, Blobs
from video_files import write_video

from voxelpose.commands.shared.entry import run
from voxelpose.commands.visualize import main
from voxelpose.inference.estimator import PoseEstimator
from voxelpose.inference.video.frames import open_video
from voxelpose.results.sequence import PoseSequence


@pytest.fixture
def clip(tmp_path):
    """A sequence of a video of 8 frames, 25 a second; frame 2 has nobody."""
    video = write_video(tmp_path / "clip.mp4", count=8)
    estimator = PoseEstimator(Blobs(), PRESET, "f" * 64)
    with open_video(video) as frames:
        seen = list(frames)
    poses = [estimator.inspect(f.image, (20, 10, 50, 50), root_depth=3000.0 + f.index).pose for f in seen]
    poses[2] = None
    sequence = PoseSequence.from_poses(poses, [frame.time for frame in seen], source=str(video))
    sequence.save(tmp_path / "clip.person1.npz")
    return tmp_path / "clip.person1.npz"


def facts_of(page):
    return json.loads(re.search(r'<script id="facts" type="application/json">(.*?)</script>', page.read_text())[1])


def test_a_sequence_becomes_a_page_with_a_time_line(blobs, clip, tmp_path):
    page = tmp_path / "clip.html"
    assert run(main, [str(clip), "--html", str(page)]) == 0
    facts = facts_of(page)
    times = [frame["time"] for frame in facts["frames"]]
    np.testing.assert_allclose(times, [n / 25 for n in (0, 1, 3, 4, 5, 6, 7)], atol=1e-3)
    assert facts["title"] == "clip.mp4, person 1" and facts["volumes"] == []
    assert blobs == []  # skeletons need no network


def test_volumes_at_chosen_times(blobs, clip, tmp_path):
    page = tmp_path / "clip.html"
    assert run(main, [str(clip), "--html", str(page), "--volumes-at", "0,0.17", "--weights", "blobs"]) == 0
    facts = facts_of(page)
    # 0.17 s is nearest to frame 4, the fourth of those with a person.
    assert [n for n, frame in enumerate(facts["frames"]) if frame["volume"] is not None] == [0, 3]
    assert [volume["rootDepth"] for volume in facts["volumes"]] == pytest.approx([3000, 3004])
    assert len(facts["photographs"]) == 2 and facts["frames"][3]["photograph"] == 1


def test_long_sequences_are_thinned_but_keep_chosen_frames(blobs, clip, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("voxelpose.commands.visualization.page.MOST_FRAMES", 3)
    page = tmp_path / "clip.html"
    assert run(main, [str(clip), "--html", str(page), "--volumes-at", "0.04", "--weights", "blobs"]) == 0
    assert [round(25 * frame["time"]) for frame in facts_of(page)["frames"]] == [0, 1, 4, 7]
    assert "every 3. of 7 frames" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--volumes-at", "now"], "times in seconds such as 0.5,2"),
        (["--volumes-at", "-1"], "times in seconds"),
        (["--volumes-at", "99"], "Expected times up to 0.32 s"),
        (["--truth", "t.npy"], "Expected a .pose.json with --truth"),
        (["--joints", "hed"], "Nearest names: head"),
    ],
)
def test_bad_input(blobs, clip, tmp_path, capsys, arguments, told):
    assert run(main, [str(clip), "--html", str(tmp_path / "p.html"), *arguments]) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1 and not (tmp_path / "p.html").exists()


def test_a_video_that_is_gone(blobs, clip, tmp_path, capsys):
    (tmp_path / "clip.mp4").unlink()
    page = str(tmp_path / "p.html")
    assert run(main, [str(clip), "--html", page, "--volumes-at", "0", "--weights", "blobs"]) == 2
    assert "Cannot read the video" in capsys.readouterr().err
