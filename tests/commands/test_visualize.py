import json
import re
import shutil

import numpy as np
import pytest
from command_fakes import PRESET, Blobs

from voxelpose.commands.shared.entry import run
from voxelpose.commands.visualize import main
from voxelpose.inference.estimator import PoseEstimator
from voxelpose.inference.inputs.images import read_image
from voxelpose.networks import presets
from voxelpose.results.stored_volumes import StoredVolumes, save_volumes


def result_of(picture, folder, box=(5.0, 5.0, 50.0, 50.0)):
    """What `voxelpose infer` leaves beside its figures."""
    estimator = PoseEstimator(Blobs(), PRESET, "f" * 64)
    path = folder / f"{picture.stem}.pose.json"
    estimator.inspect(read_image(picture), box, image_name=str(picture)).pose.save(path)
    return path


def test_a_picture(blobs, photo, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(main, [str(photo("a.png")), "--box", "5,5,50,50", "--joint", "left_knee", "--out", str(out)]) == 0
    (figure,) = out.iterdir()
    assert figure.name == "a.left_knee.stages.png" and figure.read_bytes().startswith(b"\x89PNG")
    assert str(figure) in capsys.readouterr().out


def test_a_result_knows_its_picture_box_and_model(blobs, photo, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    result = result_of(photo("a.png"), out)
    boxes = []
    inspect = PoseEstimator.inspect
    monkeypatch.setattr(
        PoseEstimator, "inspect", lambda self, image, box: boxes.append(box) or inspect(self, image, box)
    )
    assert run(main, [str(result), "--out", str(out)]) == 0
    assert boxes == [(5.0, 5.0, 50.0, 50.0)]
    assert blobs[-1].weights == "blobs"
    assert (out / "a.right_wrist.stages.png").is_file()
    assert capsys.readouterr().err == ""


def test_a_moved_result_finds_its_picture_beside_it(blobs, photo, tmp_path):
    result_of(photo("first/a.png"), tmp_path / "first")
    shutil.move(tmp_path / "first", tmp_path / "second")
    assert run(main, [str(tmp_path / "second" / "a.pose.json"), "--out", str(tmp_path)]) == 0


def test_a_result_of_a_network_of_ones_own(blobs, photo, tmp_path, monkeypatch, capsys):
    monkeypatch.delitem(presets.PRESETS, "blobs")
    result = result_of(photo("a.png"), tmp_path)
    assert run(main, [str(result)]) == 2
    assert "made with the network blobs: name its file of weights with --weights" in capsys.readouterr().err


def test_other_weights_are_told(blobs, photo, tmp_path, capsys):
    out = tmp_path / "out"
    result = result_of(photo("a.png"), out)
    result.write_text(result.read_text().replace("f" * 64, "e" * 64))
    assert run(main, [str(result), "--out", str(out)]) == 0
    assert "not the weights that the result was made with" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["a.png", "--joint", "right_wrst"], "Nearest names: right_wrist"),
        (["gone.png"], "Cannot read the image gone.png"),
        (["gone.pose.json"], "Cannot read gone.pose.json"),
        (["text.json"], "text.json is not a voxelpose pose"),
    ],
)
def test_bad_input_ends_in_one_sentence(blobs, photo, tmp_path, monkeypatch, capsys, arguments, told):
    photo("a.png")
    (tmp_path / "text.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert run(main, arguments) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "text.json"]


def stored_result(photo, folder):
    """What `voxelpose infer --volumes` leaves."""
    picture = photo("a.png")
    estimator = PoseEstimator(Blobs(), PRESET, "f" * 64)
    seen = estimator.inspect(read_image(picture), (5.0, 5.0, 50.0, 50.0), image_name=str(picture))
    seen.pose.save(folder / "a.pose.json")
    stored = StoredVolumes(seen.volumes, seen.crop, seen.grid, seen.crop_image)
    save_volumes(folder / "a.volumes.npz", seen.pose, stored)
    return folder / "a.pose.json", seen.pose


def test_a_result_becomes_a_page(blobs, photo, tmp_path, capsys):
    result, pose = stored_result(photo, tmp_path)
    np.save(tmp_path / "truth.npy", pose.joints + 5)
    page = tmp_path / "pages" / "a.html"
    arguments = ["--html", str(page), "--truth", str(tmp_path / "truth.npy"), "--joints", "head,left_knee"]
    assert run(main, [str(result), *arguments]) == 0
    facts = json.loads(re.search(r'<script id="facts" type="application/json">(.*?)</script>', page.read_text())[1])
    assert facts["title"] == "a.png" and facts["chosen"] == [10, 5] and facts["truth"]
    np.testing.assert_allclose(facts["frames"][0]["truth"], pose.joints + 5, atol=0.06)
    assert [stage[::-1] for stage in facts["volumes"][0]["stages"]] == [[1, 16, 16], [8, 16, 16]]
    assert str(page) in capsys.readouterr().out
    assert blobs == []  # no network is loaded for it


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["a.pose.json", "--joints", "right_wrst"], "Nearest names: right_wrist"),
        (["a.png"], "Expected a result for --html, a .pose.json or a video's .npz. Received: a.png"),
        ([], "Expected a result for --html"),
        (["a.pose.json", "--truth", "gone.npy"], "Cannot read gone.npy"),
        (["a.pose.json", "--truth", "short.npy"], "numbers of shape (17, 3) in short.npy"),
        (["a.pose.json", "--truth", "behind.npy"], "before the camera"),
    ],
)
def test_bad_input_for_a_page(blobs, photo, tmp_path, monkeypatch, capsys, arguments, told):
    stored_result(photo, tmp_path)
    monkeypatch.chdir(tmp_path)
    np.save("short.npy", np.ones((3, 3)))
    np.save("behind.npy", -np.ones((17, 3)))
    assert run(main, [*arguments, "--html", "page.html"]) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1
    assert not (tmp_path / "page.html").exists()


def test_a_page_needs_stored_volumes(blobs, photo, tmp_path, capsys):
    result = result_of(photo("a.png"), tmp_path)
    assert run(main, [str(result), "--html", str(tmp_path / "a.html")]) == 2
    assert "`voxelpose infer IMAGE --volumes` stores them beside the pose" in capsys.readouterr().err


def test_options_of_the_page_need_the_page(blobs, photo, capsys):
    assert run(main, [str(photo("a.png")), "--joints", "head"]) == 2
    assert "Expected --html or --figures beside --joints" in capsys.readouterr().err


def test_figures_of_a_result_need_no_network(blobs, photo, tmp_path, capsys):
    result, _ = stored_result(photo, tmp_path)
    out = tmp_path / "figures"
    assert run(main, [str(result), "--figures", str(out)]) == 0
    names = ["overlay", "skeleton", "stages", "uncertainty", "volume"]
    assert sorted(path.name for path in out.iterdir()) == [f"a.{name}.svg" for name in names]
    assert all("<svg" in path.read_text() for path in out.iterdir())
    assert run(main, [str(result), "--figures", str(out), "--format", "pdf"]) == 0
    assert (out / "a.volume.pdf").read_bytes().startswith(b"%PDF")
    assert run(main, [str(result), str(result), "--sheet", str(out / "sheet.png")]) == 0
    assert (out / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert run(main, [str(result), "--frame", str(out / "frame.png")]) == 0
    assert (out / "frame.png").read_bytes().startswith(b"\x89PNG")
    assert blobs == []


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--html", "p.html", "--figures", "f"], "one of --html, --figures, --sheet, --frame at a time"),
        (["b.pose.json", "--frame", "f.png"], "Expected one result for --frame. Received: 2"),
        (["b.pose.json", "--html", "p.html"], "Expected one result for --html. Received: 2"),
        (["--sheet", "s.png", "--truth", "t.npy"], "Expected --html PAGE beside --truth"),
        (["--sheet", "s.png", "--joints", "head"], "beside --joints"),
        (["--figures", "f", "--joint", "hed"], "Nearest names: head"),
    ],
)
def test_options_that_do_not_go_together(blobs, photo, tmp_path, monkeypatch, capsys, arguments, told):
    stored_result(photo, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(main, ["a.pose.json", *arguments]) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1
