import json

import cv2
import numpy as np
import pytest
from command_fakes import Blobs, Somebody

from voxelpose.commands.infer import main
from voxelpose.commands.shared.entry import run
from voxelpose.results.pose import Pose3D
from voxelpose.visualization import new_figure


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def undrawn(monkeypatch):
    """Empty figures in place of those that take a second each."""
    for figure in ("overlay", "skeleton_views", "volume_projections"):
        monkeypatch.setattr(f"voxelpose.visualization.{figure}", lambda *_, **__: new_figure(1, 1))


def write_boxes(path, *boxes, image="a.png", box_format="xywh"):
    entries = [{"image": image, "box": box} for box in boxes]
    path.write_text(json.dumps({"box_format": box_format, "boxes": entries}))
    return str(path)


def test_several_people_share_an_overlay_and_have_files_of_their_own(blobs, undrawn, photo, tmp_path, capsys):
    boxes = write_boxes(tmp_path / "boxes.json", [0, 5, 40, 55], [40, 5, 80, 55], box_format="xyxy")
    out = tmp_path / "out"
    assert run(main, [str(photo("a.png")), "--boxes", boxes, "--out", str(out)]) == 0
    endings = ("pose.json", "skeleton.png", "volume.png")
    assert names(out) == sorted(["a.overlay.png", *(f"a.{n}.{ending}" for n in (1, 2) for ending in endings)])
    assert [Pose3D.load(out / f"a.{n}.pose.json").box for n in (1, 2)] == [(0, 5, 40, 50), (40, 5, 40, 50)]
    shown = capsys.readouterr().out
    assert "a.png: 2 people, from left to right" in shown
    assert "0,5,40,50" in shown and "40,5,40,50" in shown


def test_corners_by_flag(blobs, undrawn, photo, tmp_path):
    arguments = [str(photo("a.png")), "--box", "10,5,50,55", "--box-format", "xyxy", "--out", str(tmp_path / "out")]
    assert run(main, arguments) == 0
    assert Pose3D.load(tmp_path / "out" / "a.pose.json").box == (10, 5, 40, 50)


def test_nobody_is_no_failure_and_no_skeleton(blobs, photo, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    assert run(main, [str(photo("a.png")), "--out", str(out)]) == 0
    assert "a.skeleton.png" in names(out)
    with_person = cv2.imread(str(out / "a.overlay.png"))
    monkeypatch.setattr(Blobs, "presence", -3.0)
    assert run(main, [str(tmp_path / "a.png"), "--out", str(out)]) == 0
    # The skeleton of the earlier run would contradict the result.
    assert names(out) == ["a.overlay.png", "a.pose.json"]
    assert json.loads((out / "a.pose.json").read_text())["person"] is False
    assert "a.png: nobody; a person is there with probability 0.05, below 0.05" in capsys.readouterr().out
    assert abs(cv2.imread(str(out / "a.overlay.png")).astype(int) - with_person).max() > 100


def test_the_threshold_of_presence_is_an_option(blobs, undrawn, photo, tmp_path, monkeypatch):
    monkeypatch.setattr(Blobs, "presence", -3.0)
    assert run(main, [str(photo("a.png")), "--min-presence", "0.01", "--out", str(tmp_path / "out")]) == 0
    assert Pose3D.load(tmp_path / "out" / "a.pose.json").presence == pytest.approx(0.047, abs=0.001)


class Detector:
    boxes = [(5.0, 5.0, 30.0, 40.0)]

    def __init__(self, path, score):
        Detector.asked = (str(path), score)

    def __call__(self, image):
        return self.boxes


def test_a_detector_says_where_to_look(blobs, undrawn, photo, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("voxelpose.inference.inputs.detected.PersonDetector", Detector)
    arguments = [str(photo("a.png")), "--detector", "d.onnx", "--detector-score", "0.3", "--out", str(tmp_path / "out")]
    assert run(main, arguments) == 0
    pose = Pose3D.load(tmp_path / "out" / "a.pose.json")
    assert pose.box_source == "detector, refined by the network" and Detector.asked == ("d.onnx", 0.3)
    # The network sees a ring of .3 of the crop, which is 1.25 x 40 px around the box's middle, 20, 25.
    assert pose.box[0] + pose.box[2] / 2 == pytest.approx(20, abs=4) and pose.box[2] < 50
    monkeypatch.setattr(Detector, "boxes", [])
    assert run(main, arguments) == 0
    assert "a.png: nobody; the detector looked for people and found none" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "a.pose.json").read_text())["presence"] is None


def test_without_any_option_everybody_is_found_from_left_to_right(blobs, undrawn, photo, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Somebody, "boxes", [(0.5, 0.1, 0.5, 0.8), (0.3, 0.1, 0.15, 0.4), (0.1, 0.1, 0.15, 0.4)])
    batches = []
    monkeypatch.setattr(Blobs, "seen", batches.append, raising=False)
    arguments = [str(photo("a.png")), "--no-mirror", "--out", str(tmp_path / "out")]
    assert run(main, arguments) == 0
    poses = [Pose3D.load(tmp_path / "out" / f"a.{n}.pose.json") for n in (1, 2, 3)]
    middles = [pose.box[0] + pose.box[2] / 2 for pose in poses]
    # In pixels of a picture 80 wide; the blobs lie around each box's middle.
    np.testing.assert_allclose(middles, [14, 30, 60], atol=2)
    # The network saw all three at once, first in the detector's boxes, then around their joints.
    assert batches == [3, 3]
    shown = capsys.readouterr().out
    assert "3 people, from left to right" in shown and shown.count("0.90") == 3
    assert run(main, [*arguments, "--people", "1"]) == 0
    largest = Pose3D.load(tmp_path / "out" / "a.pose.json")
    assert largest.box[0] + largest.box[2] / 2 == pytest.approx(60, abs=2)


def test_nobody_says_who_looked_for_what(blobs, photo, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Somebody, "boxes", [])
    assert run(main, [str(photo("a.png")), "--out", str(tmp_path / "out")]) == 0
    assert "a.png: nobody; Somebody looked for anybody and found none" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "a.pose.json").read_text())["box"] == [0, 0, 80, 60]


def test_without_a_detector_the_network_looks_itself(blobs, undrawn, photo, tmp_path):
    assert run(main, [str(photo("a.png")), "--detector", "none", "--out", str(tmp_path / "out")]) == 0
    assert Pose3D.load(tmp_path / "out" / "a.pose.json").box_source == "found by the network"


@pytest.mark.parametrize(
    "arguments, focal, source",
    [
        (["--focal", "500"], 500, "given"),
        (["--fx", "500", "--fy", "510"], 500, "given"),
        (["--fov", "90"], 40, "given field of view 90 degrees"),
        (["--camera", "camera.json"], 600, "camera file camera.json"),
        ([], 40 / np.tan(np.radians(27.5)), "assumed field of view 55 degrees"),
    ],
)
def test_the_result_says_which_camera_was_used(
    blobs, undrawn, photo, tmp_path, monkeypatch, capsys, arguments, focal, source
):
    photo("a.png")
    (tmp_path / "camera.json").write_text('{"fx": 600, "fy": 600, "cx": 39.5, "cy": 29.5, "width": 80, "height": 60}')
    monkeypatch.chdir(tmp_path)
    assert run(main, ["a.png", *arguments]) == 0
    pose = Pose3D.load("out/a.pose.json")
    assert pose.camera.fx == pytest.approx(focal) and pose.camera_source == source
    assert f"camera {source}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--boxes", "unknown.json"], "unknown.json to name pictures that are read. Received: b.png"),
        (["--boxes", "outside.json"], "a.png: Expected a box that meets the picture of 80 x 60 pixels"),
        (["--boxes", "mixed.json"], "Entry 1: Expected corners x1,y1,x2,y2 with x2 > x1"),
        (["--boxes", "gone.json"], "Cannot read the list of boxes gone.json"),
        (["--box", "10,5,3,50", "--box-format", "xyxy"], "corners x1,y1,x2,y2 with x2 > x1"),
        (["--box", "1,2,3,4", "--boxes", "outside.json"], "Received: --box and another"),
        (["--people", "0"], "at least one person to look for. Received: 0"),
        (["--people", "2", "--box", "1,2,3,4"], "--people with a detector"),
        (["--detector", "gone.onnx"], "Cannot read the detector gone.onnx"),
        (["--focal", "-5"], "focal lengths above 0 pixels"),
        (["--focal", "nan"], "finite intrinsics"),
        (["--focal", "500", "--fx", "500"], "--focal, or --fx and --fy"),
        (["--focal", "500", "--distortion", "1,two"], "five numbers k1,k2,p1,p2,k3"),
        (
            ["--camera", "other.json"],
            "a.png: The camera file other.json cannot be used. Expected a camera for",
        ),
        (["--fov", "200"], "field of view between 0 and 180"),
        (["--min-presence", "2"], "least presence between 0 and 1"),
        (["--sample", "video"], "Expected sources or --sample"),
        (["in/*.jpg"], "that fit in/*.jpg. Received: none"),
    ],
)
def test_bad_input_ends_in_one_sentence(blobs, photo, tmp_path, monkeypatch, capsys, arguments, told):
    photo("a.png")
    monkeypatch.chdir(tmp_path)
    write_boxes(tmp_path / "unknown.json", [1, 2, 3, 4], image="b.png")
    write_boxes(tmp_path / "outside.json", [100, 2, 3, 4])
    write_boxes(tmp_path / "mixed.json", [30, 20, 10, 40], box_format="xyxy")
    (tmp_path / "other.json").write_text('{"fx": 600, "fy": 600, "cx": 9, "cy": 9, "width": 800, "height": 600}')
    before = names(tmp_path)
    assert run(main, ["a.png", *arguments]) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1 and "Traceback" not in err
    assert names(tmp_path) == before


def test_a_table_of_many_pictures(blobs, photo, tmp_path, capsys):
    for n in range(6):
        photo(f"in/{n}.png")
    (tmp_path / "in" / "bad.jpg").write_text("no picture")
    results = tmp_path / "poses.npz"
    assert run(main, [str(tmp_path / "in"), "--results", str(results), "--focal", "500"]) == 2
    shown = capsys.readouterr()
    assert "7 pictures, 6 people, 0 pictures with nobody, 1 failed" in shown.out and str(results) in shown.out
    assert "bad.jpg" in shown.err
    with np.load(results, allow_pickle=False) as rows:
        assert rows["status"].tolist() == ["pose"] * 6 + ["failed"]
        assert rows["camera"][0, 0] == 500 and rows["camera_source"][0] == "given"
        facts = json.loads(str(rows["facts"]))
    assert facts["unit"] == "mm" and facts["weights_sha256"] == "f" * 64 and len(facts["joint_names"]) == 17
    assert names(tmp_path) == ["in", "poses.npz"]


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--results", "poses.csv"], "ends in .npz or .parquet. Received: poses.csv"),
        (["clip.mp4", "--results", "poses.npz"], "pictures only with --results"),
    ],
)
def test_tables_that_cannot_be(blobs, photo, tmp_path, monkeypatch, capsys, arguments, told):
    photo("a.png")
    monkeypatch.chdir(tmp_path)
    assert run(main, ["a.png", *arguments]) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1 and names(tmp_path) == ["a.png"] and blobs == []
