import pytest

from voxelpose.commands.infer import main
from voxelpose.commands.shared.entry import run
from voxelpose.results.pose import Pose3D
from voxelpose.results.stored_volumes import load_volumes

ENDINGS = [".overlay.png", ".pose.json", ".skeleton.png", ".volume.png"]


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_one_picture_gives_four_files_and_a_table(blobs, photo, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(main, [str(photo("somebody.jpg")), "--box", "10,5,40,50", "--out", str(out)]) == 0
    assert names(out) == [f"somebody{ending}" for ending in ENDINGS]
    for ending in (".overlay.png", ".skeleton.png", ".volume.png"):
        assert (out / f"somebody{ending}").read_bytes().startswith(b"\x89PNG")
    pose = Pose3D.load(out / "somebody.pose.json")
    assert pose.box == (10.0, 5.0, 40.0, 50.0)
    assert pose.image == str(tmp_path / "somebody.jpg") and pose.image_size == (80, 60)
    assert pose.weights_sha256 == "f" * 64 and pose.model == "blobs"
    shown = capsys.readouterr().out
    assert "right_wrist" in shown and "mm" in shown and str(out) in shown


def test_the_sample_photograph_needs_no_argument(blobs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(main, []) == 0
    assert names(tmp_path / "out") == [f"walking{ending}" for ending in ENDINGS]
    assert Pose3D.load(tmp_path / "out" / "walking.pose.json").box == (212.0, 58.0, 265.0, 415.0)
    assert "sample photograph" in capsys.readouterr().out


def test_a_batch_goes_on_past_failures_and_lists_them(blobs, photo, tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("no picture")
    out = tmp_path / "out"
    pictures = [photo("a.png"), tmp_path / "gone.png", tmp_path / "text.jpg", photo("b.png")]
    assert run(main, [*map(str, pictures), "--out", str(out)]) == 2
    assert names(out) == [f"{stem}{ending}" for stem in "ab" for ending in ENDINGS]
    err = capsys.readouterr().err.splitlines()
    assert err[0] == "2 of 4 pictures failed:"
    assert "gone.png" in err[1] and "No such file" in err[1]
    assert "text.jpg" in err[2] and "Expected a picture" in err[2]
    assert len(err) == 3


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["gone.jpg"], "Cannot read the image gone.jpg: No such file or directory."),
        (["a.png", "--box", "1,2,3"], "four numbers x,y,width,height in pixels. Received: '1,2,3'"),
        (["a.png", "--box", "1,nan,3,4"], "four numbers"),
        (["a.png", "--box", "0,0,0,4"], "positive width and height"),
        (["a.png", "--box", "-500,0,10,10"], "picture of 80 x 60 pixels. Received: (-500.0, 0.0, 10.0, 10.0)"),
        (["a.png", "--focal", "2.6"], "2.6 pixels, which is 173 degrees of an image of 80 x 60 pixels: is it in milli"),
        (["http://example.org/a.png"], "addresses are not read"),
        (["a.png", "--box", "500,0,10,10"], "meets the picture of 80 x 60 pixels"),
        (["a.png", "--joints", "right_wrst"], "Nearest names: right_wrist"),
        (["a.png", "--out", "a.png"], "a.png"),
        (["a.png", "sub/a.jpg"], "pictures of different names. Received: a.png and sub/a.jpg"),
    ],
)
def test_bad_input_ends_in_one_sentence_and_leaves_nothing(
    blobs, photo, tmp_path, monkeypatch, capsys, arguments, told
):
    photo("a.png")
    monkeypatch.chdir(tmp_path)
    before = names(tmp_path)
    assert run(main, arguments) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1 and "Traceback" not in err
    assert names(tmp_path) == before


def test_bad_pictures_and_boxes_are_told_before_the_network_loads(blobs, photo, tmp_path):
    assert run(main, [str(tmp_path / "gone.png")]) == 2
    assert run(main, [str(photo("a.png")), "--box", "500,0,10,10", "--out", str(tmp_path / "out")]) == 2
    assert blobs == []


def test_negative_box_values_need_no_quotes(blobs, photo, tmp_path):
    out = tmp_path / "out"
    assert run(main, [str(photo("a.png")), "--box", "-5,-5,60,60", "--out", str(out)]) == 0
    assert Pose3D.load(out / "a.pose.json").box[0] == -5.0


def test_a_failure_while_drawing_leaves_no_broken_file(blobs, photo, tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", full)
    out = tmp_path / "out"
    assert run(main, [str(photo("a.png")), "--out", str(out)]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert names(out) == []


def test_mirror_can_be_switched_off(blobs, photo, tmp_path):
    assert run(main, [str(photo("a.png")), "--no-mirror", "--out", str(tmp_path / "o")]) == 0
    assert blobs[0].no_mirror is True


def test_volumes_are_stored_when_asked(blobs, photo, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(main, [str(photo("a.png")), "--box", "5,5,50,50", "--volumes", "--out", str(out)]) == 0
    assert "a.volumes.npz" in capsys.readouterr().out
    stored = load_volumes(out / "a.volumes.npz", Pose3D.load(out / "a.pose.json"))
    assert [v.shape for v in stored.volumes] == [(16, 16, 17, 1), (16, 16, 17, 8)]
