"""A folder of results that is not empty: what others made stays, what is old about a picture goes."""

import json
from pathlib import Path

import numpy as np
import pytest
from command_fakes import Blobs

from voxelpose.commands.infer import main
from voxelpose.commands.inference.earlier import remove_earlier_sequences
from voxelpose.commands.shared.entry import run
from voxelpose.files import held
from voxelpose.results.pose import Pose3D
from voxelpose.results.sequence import PoseSequence
from voxelpose.visualization import new_figure


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    for figure in ("overlay", "skeleton_views", "volume_projections"):
        monkeypatch.setattr(f"voxelpose.visualization.{figure}", lambda *_, **__: new_figure(1, 1))


def boxes(path, **of_pictures):
    entries = [
        {"image": name.replace("_", "."), "box": [5 + 10 * n, 5, 40, 50]}
        for name, count in of_pictures.items()
        for n in range(count)
    ]
    path.write_text(json.dumps({"box_format": "xywh", "boxes": entries}))
    return str(path)


def files(stem, people, *more):
    one = ("pose.json", "skeleton.png", "volume.png", *more)
    stems = [stem] if people == 1 else [f"{stem}.{n}" for n in range(1, people + 1)]
    return sorted([f"{stem}.overlay.png", *(f"{s}.{ending}" for s in stems for ending in one)])


def test_fewer_people_leave_no_files_of_the_earlier_ones(blobs, photo, tmp_path, monkeypatch):
    picture, out, listed = str(photo("a.png")), tmp_path / "out", tmp_path / "boxes.json"
    for people in (3, 1, 2):
        more = ("bvh", "bvh.json") if people == 3 else ()
        options = ["--format", "bvh"] if people == 3 else []
        assert run(main, [picture, "--boxes", boxes(listed, a_png=people), "--out", str(out), *options]) == 0
        if people == 3:
            (out / "a.2.notes.txt").write_text("mine")
        assert names(out) == sorted([*files("a", people, *more), "a.2.notes.txt"])
    monkeypatch.setattr(Blobs, "presence", -3.0)
    assert run(main, [picture, "--boxes", boxes(listed, a_png=1), "--out", str(out)]) == 0
    assert names(out) == ["a.2.notes.txt", "a.overlay.png", "a.pose.json"]


def test_files_of_another_picture_are_neither_removed_nor_overwritten(blobs, photo, tmp_path, capsys):
    out, listed = tmp_path / "out", tmp_path / "boxes.json"
    first, second, third = (str(photo(name)) for name in ("a.jpg", "a.1.jpg", "a.7.jpg"))
    arguments = [first, second, third, "--boxes", boxes(listed, a_jpg=2, a_1_jpg=1, a_7_jpg=1), "--out", str(out)]
    assert run(main, arguments) == 2
    told = capsys.readouterr().err
    assert "1 of 3 pictures failed" in told and "Rename one of them, or take another --out" in told
    assert [Pose3D.load(out / f"a.{n}.pose.json").image for n in (1, 2, 7)] == [first, first, third]
    # The other way round, too: the result of a.1.jpg stays when a.jpg comes later, with nothing written of it.
    other = tmp_path / "other"
    assert run(main, [second, "--box", "5,5,40,50", "--out", str(other)]) == 0
    assert run(main, [first, "--boxes", boxes(listed, a_jpg=2), "--out", str(other)]) == 2
    assert names(other) == files("a.1", 1) and Pose3D.load(other / "a.1.pose.json").image == second
    # And one person of a.jpg is in nobody's way.
    assert run(main, [first, "--box", "5,5,40,50", "--out", str(other)]) == 0
    assert names(other) == sorted(files("a.1", 1) + files("a", 1))


def test_sequences_of_people_who_are_no_longer_there_go(tmp_path):
    pose = Pose3D.load(Path(__file__).parents[1] / "results" / "version_1" / "walking.pose.json")
    for number, source in ((1, "in/clip.mp4"), (2, "in/clip.mp4"), (3, "in/other.mp4")):
        sequence = PoseSequence.from_poses([pose, pose], [0.0, 0.1], fps=10.0, source=source)
        sequence.save(tmp_path / f"clip.person{number}.npz")
    (tmp_path / "clip.person2.glb").write_bytes(b"")
    (tmp_path / "clip.person9.npz").write_bytes(b"somebody's own")
    remove_earlier_sequences(tmp_path, "clip", "now/clip.mp4", [tmp_path / "clip.person1.npz"])
    assert names(tmp_path) == ["clip.person1.npz", "clip.person3.npz", "clip.person9.npz"]


def test_a_finished_table_is_refused_before_the_network_loads(blobs, photo, tmp_path, capsys):
    results = tmp_path / "many.npz"
    assert run(main, [str(photo("a.png")), "--box", "5,5,40,50", "--results", str(results)]) == 0
    content = results.read_bytes()
    blobs.clear()
    assert run(main, [str(photo("other/b.png")), "--box", "5,5,40,50", "--results", str(results)]) == 2
    assert "many.npz, which is finished and would be replaced" in capsys.readouterr().err
    assert results.read_bytes() == content and blobs == [] and names(tmp_path) == ["a.png", "many.npz", "other"]


def test_two_calls_never_write_one_table(blobs, photo, tmp_path, capsys):
    arguments = [str(photo("a.png")), "--box", "5,5,40,50", "--results", str(tmp_path / "many.npz")]
    with held(tmp_path / ".many.npz.lock", "Busy."):
        assert run(main, arguments) == 2
    assert "Another call is writing" in capsys.readouterr().err
    assert run(main, arguments) == 0
    with np.load(tmp_path / "many.npz") as rows:
        assert rows["image"].tolist() == [arguments[0]]
