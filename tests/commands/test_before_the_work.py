"""What can be known before the work is told before it, and one thing that fails costs no other."""

import errno
import io
import subprocess
import sys

import pytest

from voxelpose import extras
from voxelpose.commands import evaluate, infer
from voxelpose.commands.shared import entry
from voxelpose.commands.shared.entry import run
from voxelpose.formats import files
from voxelpose.visualization import new_figure


@pytest.fixture
def undrawn(monkeypatch):
    for figure in ("overlay", "skeleton_views", "volume_projections"):
        monkeypatch.setattr(f"voxelpose.visualization.{figure}", lambda *_, **__: new_figure(1, 1))


def test_a_missing_package_is_told_before_anything_is_looked_at(blobs, photo, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(extras, "installed", lambda module: module != "ezc3d")
    arguments = [str(photo("a.png")), "--box", "5,5,40,50", "--format", "glb,c3d", "--out", str(tmp_path / "out")]
    assert run(infer.main, arguments) == 2
    assert capsys.readouterr().err.startswith("Expected the package ezc3d for writing C3D files.")
    assert blobs == [] and not (tmp_path / "out").exists()


def test_a_format_that_fails_costs_no_other(blobs, undrawn, photo, tmp_path, monkeypatch, capsys):
    def full(sequence, path):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setitem(files._WRITERS, ".trc", full)
    out = tmp_path / "out"
    arguments = [str(photo("a.png")), "--box", "5,5,40,50", "--format", "trc,glb,csv", "--out", str(out)]
    assert run(infer.main, arguments) == 2
    shown = capsys.readouterr()
    assert shown.err == f"No space left on device: {out / 'a.trc'}.\n"
    assert {path.suffix for path in out.iterdir()} == {".png", ".json", ".glb", ".csv"} and "a.glb" in shown.out


@pytest.mark.parametrize("command, arguments", [(infer, ["a.png"]), (evaluate, ["--data", "store"])])
def test_a_folder_that_cannot_be_written_to_is_told_first(
    blobs, photo, tmp_path, monkeypatch, capsys, command, arguments
):
    monkeypatch.chdir(tmp_path)
    photo("a.png")

    def refused(**_):
        raise OSError(errno.EROFS, "Read-only file system", "x")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refused)
    assert run(command.main, [*arguments, "--out", "results"]) == 2
    assert capsys.readouterr().err == f"Read-only file system: {tmp_path}.\n"
    assert blobs == [] and [path.name for path in tmp_path.iterdir()] == ["a.png"]


NAMES = (
    "\u7535\u5f71.png",
    "[bold].png",
    "caf\u00e9\u0301.png",
    "a\ud83d\ude00b.png".encode("utf-16", "surrogatepass").decode("utf-16"),
)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_names_that_a_terminal_has_no_letters_for_end_nothing(blobs, undrawn, photo, tmp_path, monkeypatch, encoding):
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding=encoding) for name in ("stdout", "stderr")}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    import numpy as np
    from PIL import Image

    for name in NAMES:
        Image.fromarray(np.zeros((60, 80, 3), np.uint8)).save(tmp_path / name)
    (tmp_path / "\u574f.png").write_text("no picture")
    out = tmp_path / "out"
    assert run(infer.main, [str(tmp_path), "--box", "5,5,40,50", "--out", str(out)]) == 2
    results = tmp_path / "poses.npz"
    assert run(infer.main, [str(tmp_path), "--box", "5,5,40,50", "--results", str(results)]) == 2
    assert len(list(out.glob("*.pose.json"))) == len(NAMES) and results.exists()
    for stream in streams.values():
        stream.flush()
    shown, told = (stream.buffer.getvalue().decode(encoding) for stream in streams.values())
    assert "\\u7535\\u5f71.png" in shown and "\\u574f.png. Received: 10 bytes" in told and "[bold].png" in shown


def test_a_process_prints_anything_whatever_its_encoding():
    source = (
        "import sys; from voxelpose.commands.shared.entry import run; sys.exit(run(lambda argv: print('\\u7535') or 0))"
    )
    for encoding in ("cp1252", "ascii:strict"):
        environment = {**__import__("os").environ, "PYTHONIOENCODING": encoding}
        done = subprocess.run([sys.executable, "-c", source], capture_output=True, env=environment)
        assert (done.returncode, done.stdout.strip()) == (0, b"\\u7535")


def test_streams_that_cannot_be_changed_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert entry.run(lambda argv: 0, []) == 0
