import json

import cv2
import numpy as np
import pytest

from voxelpose import cli
from voxelpose.commands.preparation.progress import PrepareProgress
from voxelpose.commands.prepare import main
from voxelpose.commands.shared.entry import run
from voxelpose.data.store.preparation import Step


def own_data(folder, count=20):
    """A crowd that stands before a camera, in the project's own format."""
    from voxelpose.skeleton import H36M17

    (folder / "pictures").mkdir(parents=True)
    heights = {"ankle": 880, "knee": 440, "hip": 0, "pelvis": 0, "spine": -240, "thorax": -490, "jaw": -590,
               "head": -700, "shoulder": -450, "elbow": -180, "wrist": 60}  # fmt: skip
    lines = []
    for number in range(count):
        cv2.imwrite(str(folder / f"pictures/{number}.jpg"), np.full((90, 100, 3), 10 * number, np.uint8))
        joints = {}
        for name in H36M17.joints:
            side = 1 if name.startswith("left") else -1 if name.startswith("right") else 0
            part = name.rpartition("_")[2]
            joints[name] = [140.0 * side, float(heights[part]), 4000.0 - (60 if part == "knee" else 0)]
        camera = {"fx": 150, "fy": 150, "cx": 49.5, "cy": 44.5, "width": 100, "height": 90}
        lines.append(json.dumps({"image": f"pictures/{number}.jpg", "joints_mm": joints, "camera": camera}))
    (folder / "people.jsonl").write_text("\n".join(lines) + "\n{broken\n")
    return folder


def test_a_data_set_becomes_a_store_that_is_checked_and_drawn(tmp_path, capsys):
    source, target = own_data(tmp_path / "mine"), tmp_path / "store"
    words = ["own", str(source), str(target), "--size", "64", "--shard", "8", "--processes", "1"]
    assert run(main, words) == 0
    out = capsys.readouterr().out
    assert "20 people, shards: 3" in out and "line against the schema" in out and "line 21 of people.jsonl" in out
    assert run(main, ["check", str(target), "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert (
        "20 people of own (all), skeleton h36m17" in out and "FAULT" not in out and "Left out of the store: 1;" in out
    )
    sheet = cv2.imread(str(tmp_path / "store.check.png"))
    assert sheet.shape[0] > 1000 and sheet.std() > 20


def test_a_check_that_finds_fault_says_so_in_its_exit_code(tmp_path, capsys):
    source, target = own_data(tmp_path / "mine"), tmp_path / "store"
    run(main, ["own", str(source), str(target), "--size", "64", "--processes", "1"])
    path = target / "records-00000000.npz"
    path.write_bytes(path.read_bytes() + b"x")
    assert run(main, ["check", str(target), "--out", str(tmp_path)]) == 1
    assert "FAULT" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["own", "nowhere", "store"], "Expected the folder of the data set at nowhere. There is none."),
        (["owl", ".", "store"], "Expected a data set among h36m-authors"),
        (["own", ".", "store"], "Expected people.jsonl in ."),
        (["own", ".", "store", "--option", "file"], "Expected options as NAME=VALUE. Received: file."),
        (["own", ".", "store", "--option", "colour=red"], "Expected an option of own among file, skeleton."),
        (["show"], "Expected a data set among h36m-authors"),
        (["check", "store"], "Expected a prepared store"),
        (["synthetic", ".", "store", "--option", "count=0"], "Expected at least one person"),
        (["synthetic", ".", "store", "--option", "backgrounds=bg"], "Expected a folder of backgrounds"),
    ],
)
def test_wrong_words_are_answered_in_one_sentence(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    assert run(main, words) == 2
    error = capsys.readouterr().err
    assert error.startswith(sentence) and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_drawn_people_become_a_store_whose_labels_hold(tmp_path, capsys):
    words = ["synthetic", str(tmp_path), str(tmp_path / "s"), "--option", "count=12", "--option", "seed=3"]
    assert run(main, [*words, "--size", "64", "--processes", "1"]) == 0
    assert run(main, ["check", str(tmp_path / "s"), "--out", str(tmp_path)]) == 0
    assert "FAULT" not in capsys.readouterr().out
    from voxelpose.data.store.stored_examples import load_store
    from voxelpose.synthetic.people import SyntheticSettings, draw_person

    store = load_store(tmp_path / "s")
    drawn = draw_person(3, 5, SyntheticSettings(picture=64))
    assert store[5].joints == pytest.approx(drawn.joints) and store.about(5).frame == 5
    assert np.abs(store[5].image.astype(int) - drawn.image).mean() < 6


def test_progress_tells_rate_and_time_left_without_earlier_runs():
    seconds = iter([0.0, 0.0])
    progress = PrepareProgress(console=None, clock=lambda: next(seconds))
    assert progress.line(Step(300, 1000, 200), 10.0) == "300/1,000 people  10.0 people/s  0:01:10 left  200 were there"
    assert progress.line(Step(300, None, 0), 10.0) == "300 people  30.0 people/s"
    assert progress.line(Step(200, 1000, 200), 10.0) == "200/1,000 people  200 were there"


@pytest.mark.parametrize("name", ["h36m-npz", "synthetic", "own"])
def test_a_data_set_is_described_with_its_options(capsys, name):
    assert run(main, ["show", name]) == 0
    out = capsys.readouterr().out
    option = {"h36m-npz": "  step=5", "synthetic": "  count=10000", "own": "  skeleton=h36m17"}[name]
    assert option in out.splitlines() and len(out) > 300


def test_the_command_is_known():
    assert "prepare" in cli.COMMANDS
