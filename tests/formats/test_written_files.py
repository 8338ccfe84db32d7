"""What is written is read back by readers that know the formats and not the writers."""

import csv
import json

import numpy as np
import pytest
from walks import SKELETON, noisy_walk, read_bvh, read_glb, sequence, turned, turning_person

from voxelpose.commands.convert import main
from voxelpose.commands.shared.entry import run
from voxelpose.errors import InputError
from voxelpose.formats.files import FORMATS, read_sequence, write_sequence
from voxelpose.formats.rig import fit_rig
from voxelpose.formats.timeline import even_timeline
from voxelpose.results.sequence import PoseSequence

FLIP = np.array([1.0, -1.0, -1.0])


def same(one, two):
    for name in ("joints", "joints_2d", "covariance", "confidence", "outside_crop", "presence", "boxes", "times"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    for name in ("root_depth", "root_depth_std", "depth_axis"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    for name in ("skeleton", "camera", "fps", "model", "up", "up_source", "smoothing", "source", "image_size"):
        assert getattr(one, name) == getattr(two, name)


@pytest.mark.parametrize("ending", ["json", "npz"])
def test_complete_files_come_back_exactly(ending, tmp_path):
    original = sequence(noisy_walk(), missing=(0, 7, 8), source="walk.mp4")
    path = tmp_path / f"walk.{ending}"
    assert write_sequence(original, path).paths == (path,)
    same(read_sequence(path), original)


def test_a_bvh_is_the_fitted_skeleton(tmp_path):
    walk = sequence(noisy_walk(), missing=(5, 6))
    written = write_sequence(walk, tmp_path / "walk.bvh")
    names, places, step = read_bvh((tmp_path / "walk.bvh").read_text())
    line = even_timeline(walk)
    rig = fit_rig(line.joints, SKELETON)
    assert step == pytest.approx(1 / 25) and sorted(names) == sorted(SKELETON.joints)
    ours = np.stack([places[:, names.index(name)] for name in SKELETON.joints], axis=1)
    assert abs(10 * ours - rig.positions).max() < 1.0  # centimetres; mm
    assert abs(10 * ours - rig.positions).max() < 0.05
    facts = json.loads((tmp_path / "walk.bvh.json").read_text())
    assert facts["unit"] == "cm" and facts["interpolated_frames"] == 2 and "camera's own up" in facts["up_source"]
    off = np.linalg.norm(10 * ours - line.joints, axis=-1)
    assert facts["skeleton_fit_residual"]["mean_mm"] == pytest.approx(off.mean(), abs=0.02)
    assert facts["skeleton_fit_residual"]["largest_mm"] == pytest.approx(off.max(), abs=0.1)
    assert "2 missing frames interpolated" in written.note and "joints" in written.note
    assert written.paths == (tmp_path / "walk.bvh", tmp_path / "walk.bvh.json")


def test_a_person_with_constant_lengths_is_in_the_bvh_within_a_millimetre(tmp_path):
    joints = turning_person()
    write_sequence(sequence(joints), tmp_path / "walk.bvh")
    names, places, _ = read_bvh((tmp_path / "walk.bvh").read_text())
    ours = np.stack([places[:, names.index(name)] for name in SKELETON.joints], axis=1)
    assert abs(10 * ours - joints * FLIP).max() < 1.0


@pytest.mark.parametrize("ending", ["glb", "gltf"])
def test_a_gltf_is_the_fitted_skeleton_in_metres(ending, tmp_path):
    walk = sequence(noisy_walk())
    path = tmp_path / f"walk.{ending}"
    write_sequence(walk, path)
    if ending == "gltf":
        content = json.loads(path.read_text())
        assert content["buffers"][0]["uri"].startswith("data:application/octet-stream;base64,")
        write_sequence(walk, path := tmp_path / "walk.glb")
        del content["buffers"][0]["uri"]
        assert content == read_glb(path.read_bytes())[0]
        return
    document, array = read_glb(path.read_bytes())
    rig = fit_rig(even_timeline(walk).joints, SKELETON)
    (animation,) = document["animations"]
    tracks = {}
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        np.testing.assert_allclose(array(sampler["input"])[:, 0], np.arange(30) / 25, atol=1e-6)
        target = channel["target"]
        tracks[document["nodes"][target["node"]]["name"], target["path"]] = array(sampler["output"])
    for t in (0, 11, 29):
        found = {}

        def visit(index, place, turn, t=t, found=found):
            node = document["nodes"][index]
            shift = tracks.get((node["name"], "translation"))
            place = place + turn @ np.array(node["translation"] if shift is None else shift[t])
            local = tracks[node["name"], "rotation"][t]
            turn = turn @ np.stack([turned(local, axis) for axis in np.eye(3)], axis=1)
            found[node["name"]] = place
            for child in node.get("children", []):
                visit(child, place, turn)

        visit(document["scenes"][0]["nodes"][0], np.zeros(3), np.eye(3))
        ours = np.stack([found[name] for name in SKELETON.joints])
        assert abs(1000 * ours - rig.positions[t]).max() < 0.1
    assert document["asset"]["version"] == "2.0" and document["asset"]["extras"]["up_source"] == walk.up_source
    attributes = document["meshes"][0]["primitives"][0]["attributes"]
    followed = array(attributes["JOINTS_0"])
    assert len(followed) == 16 * 6 and followed.max() < 17 and (array(attributes["WEIGHTS_0"]).sum(axis=1) == 1).all()
    points = document["accessors"][attributes["POSITION"]]
    np.testing.assert_allclose(points["max"], array(attributes["POSITION"]).max(axis=0))


def test_a_trc_holds_the_joints_with_y_up(tmp_path):
    walk = sequence(noisy_walk())
    write_sequence(walk, tmp_path / "walk.trc")
    lines = (tmp_path / "walk.trc").read_text().splitlines()
    assert lines[0].split("\t") == ["PathFileType", "4", "(X/Y/Z)", "walk.trc"]
    header = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert header["Units"] == "mm" and header["NumFrames"] == "30" and header["NumMarkers"] == "17"
    assert float(header["DataRate"]) == 25.0
    assert [name for name in lines[3].split("\t")[2:] if name] == list(SKELETON.joints)
    rows = np.array([[float(value) for value in line.split("\t")] for line in lines[6:]])
    np.testing.assert_allclose(rows[:, 1], np.arange(30) / 25)
    np.testing.assert_allclose(rows[:, 2:].reshape(30, 17, 3), walk.joints * FLIP, atol=1e-3)


def test_a_csv_has_a_row_per_joint_and_says_its_frame(tmp_path):
    walk = sequence(noisy_walk(), missing=(4,))
    write_sequence(walk, tmp_path / "walk.csv")
    text = (tmp_path / "walk.csv").read_text()
    remarks = [line for line in text.splitlines() if line.startswith("#")]
    assert any("camera: x right, y down, z forward" in line for line in remarks)
    assert any("up: 0, -1, 0 in the camera frame; the camera's own up" in line for line in remarks)
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    assert len(rows) == 30 * 17
    row = rows[9 * 17 + 3]
    assert (row["frame"], row["joint"], row["time_s"]) == ("9", "right_ankle", "0.360000")
    np.testing.assert_allclose([float(row[f"{axis}_mm"]) for axis in "xyz"], walk.joints[9, 3], atol=1e-3)
    np.testing.assert_allclose([float(row[f"std_{axis}_mm"]) for axis in "xyz"], [2, 3, 10])
    assert rows[4 * 17]["x_mm"] == "" and rows[4 * 17]["joint"] == "pelvis"


def test_a_c3d_holds_points_and_marks_missing_ones(tmp_path):
    ezc3d = pytest.importorskip("ezc3d")
    walk = sequence(noisy_walk(), missing=(4,))
    write_sequence(walk, tmp_path / "walk.c3d")
    content = ezc3d.c3d(str(tmp_path / "walk.c3d"))
    points, parameters = content["data"]["points"], content["parameters"]
    known = walk.present
    np.testing.assert_allclose(points[:3, :, known].transpose(2, 1, 0), (walk.joints * FLIP)[known], atol=1e-3)
    assert np.isnan(points[:3, :, 4]).all() or (content["data"]["meta_points"]["residuals"][0, :, 4] < 0).all()
    assert parameters["POINT"]["LABELS"]["value"] == list(SKELETON.joints)
    assert parameters["POINT"]["UNITS"]["value"] == ["mm"] and parameters["POINT"]["RATE"]["value"][0] == 25.0
    assert "camera's own up" in parameters["VOXELPOSE"]["UP"]["value"][0]


def test_a_missing_writer_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ezc3d", None)
    with pytest.raises(InputError, match=r"ezc3d for writing C3D files.*voxelpose\[c3d\]"):
        write_sequence(sequence(), tmp_path / "walk.c3d")
    assert list(tmp_path.iterdir()) == []


def test_nobody_is_no_file(tmp_path):
    with pytest.raises(InputError, match="with a person"):
        write_sequence(sequence(missing=range(30)), tmp_path / "walk.bvh")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_all_formats_and_says_what_up_is(tmp_path, capsys):
    pytest.importorskip("ezc3d")
    sequence(noisy_walk()).save(tmp_path / "walk.npz")
    targets = [str(tmp_path / f"out.{ending}") for ending in FORMATS]
    assert run(main, [str(tmp_path / "walk.npz"), *targets, "--pitch", "10"]) == 0
    shown = capsys.readouterr().out
    assert "constant-length skeleton fitted" in shown and "looks down by 10" in shown
    assert {path.name for path in tmp_path.iterdir()} == {
        "walk.npz", "out.bvh.json", "out.trc.json", *(f"out.{ending}" for ending in FORMATS)
    }  # fmt: skip
    again = read_sequence(tmp_path / "out.json")
    np.testing.assert_allclose(again.up, [0, -np.cos(np.radians(10)), -np.sin(np.radians(10))])


def test_a_single_pose_is_a_sequence_of_one_frame(tmp_path):
    sequence().pose(3).save(tmp_path / "a.pose.json")
    assert run(main, [str(tmp_path / "a.pose.json"), str(tmp_path / "a.glb"), str(tmp_path / "a.bvh")]) == 0
    names, places, _ = read_bvh((tmp_path / "a.bvh").read_text())
    assert places.shape == (1, 17, 3)
    np.testing.assert_allclose(10 * places[0, names.index("pelvis")], sequence().joints[3, 0] * FLIP, atol=0.1)


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["walk.npz", "a.fbx"], "ends in .json, .npz, .csv, .bvh, .trc, .c3d, .glb, .gltf. Received: a.fbx"),
        (["gone.npz", "a.bvh"], "gone.npz"),
        (["gone.json", "a.bvh"], "gone.json: No such file"),
        (["text.json", "a.bvh"], "text.json is not a voxelpose result"),
        (["list.json", "a.bvh"], "list.json is not a voxelpose result"),
        (["walk.txt", "a.bvh"], "Expected a sequence in a .npz or .json file"),
        (["walk.npz", "walk.npz"], "another file than the source"),
        (["walk.npz", "a.bvh", "--gravity", "0,0,0"], "not all 0"),
        (["walk.npz", "a.bvh", "--gravity", "0,1"], "three numbers x,y,z"),
        (["walk.npz", "a.bvh", "--gravity", "0,1,0", "--roll", "3"], "Received: both"),
        (["walk.npz", "a.bvh", "--pitch", "nan"], "pitch within 90"),
    ],
)
def test_mistakes_are_one_sentence_and_write_nothing(arguments, told, tmp_path, monkeypatch, capsys):
    sequence().save(tmp_path / "walk.npz")
    (tmp_path / "text.json").write_text("{")
    (tmp_path / "list.json").write_text("[1]")
    before = sorted(path.name for path in tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    assert run(main, arguments) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("from_start", [False, True])
def test_every_format_says_when_in_video_time(tmp_path, from_start):
    # Seen from the video's frame 12 on, at 25 frames a second.
    late = sequence(times=0.48 + np.arange(30) / 25)
    frames, first = (42, 0) if from_start else (30, 12)
    for ending in ("npz", "csv", "trc", "bvh", "glb"):
        write_sequence(late, tmp_path / f"a.{ending}", from_start)
    again = PoseSequence.load(tmp_path / "a.npz")
    assert len(again) == frames and again.times[0] == pytest.approx(first / 25)
    rows = list(csv.DictReader(r for r in (tmp_path / "a.csv").read_text().splitlines() if not r.startswith("#")))
    assert (rows[0]["frame"], rows[-1]["frame"]) == (str(first), "41") and float(rows[-1]["time_s"]) == 1.64
    lines = (tmp_path / "a.trc").read_text().splitlines()[6:]
    assert len(lines) == frames and float(lines[0].split("\t")[1]) == pytest.approx(first / 25)
    beside = json.loads((tmp_path / "a.bvh.json").read_text())
    assert beside["first_frame_s"] == pytest.approx(first / 25)
    document, values = read_glb((tmp_path / "a.glb").read_bytes())
    times = values(document["animations"][0]["samplers"][0]["input"])
    np.testing.assert_allclose(np.ravel(times), (first + np.arange(frames)) / 25, atol=1e-6)


@pytest.mark.parametrize("from_start", [False, True])
def test_a_c3d_counts_frames_of_the_video(tmp_path, from_start):
    ezc3d = pytest.importorskip("ezc3d")
    times = 0.48 + np.concatenate([[0], np.cumsum(np.tile([0.02, 0.06], 15))])[:30]
    late = sequence(times=times)
    write_sequence(late, tmp_path / "a.c3d", from_start)
    content = ezc3d.c3d(str(tmp_path / "a.c3d"))
    points, first = content["data"]["points"], content["header"]["points"]["first_frame"]
    assert first == (0 if from_start else 12)
    assert content["header"]["points"]["last_frame"] == first + points.shape[2] - 1
    assert points.shape[2] == round(times[-1] * 25) + 1 - first
    # A frame of the file shows what the video showed at that time.
    n = 30 - first
    before = np.flatnonzero(times <= 30 / 25)[-1]
    share = (30 / 25 - times[before]) / (times[before + 1] - times[before])
    expected = ((1 - share) * late.joints[before] + share * late.joints[before + 1]) * FLIP
    np.testing.assert_allclose(points[:3, :, n].T, expected, atol=0.01)
