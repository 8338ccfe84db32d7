import cv2
import pytest

from voxelpose.commands import synthesize
from voxelpose.commands.shared.entry import BAD_INPUT, run
from voxelpose.commands.synthesize import main
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.pools.pool import load_pool

SMALL = ["--picture", "24", "--processes", "1"]


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr("voxelpose.visualization.figures.style.DOTS_PER_INCH", 20)
    monkeypatch.setattr(synthesize, "_PREVIEWED", 5)


def test_a_pool_a_preview_and_a_rate(tmp_path, capsys):
    folder = tmp_path / "pool"
    assert main([str(folder), "--count", "6", "--seed", "2", *SMALL]) == 0
    told = capsys.readouterr().out
    assert f"6 examples in {folder}, 6 drawn now in" in told and "images/s with 1 processes" in told
    assert len(load_pool(folder, H36M17)) == 6
    # One row of pictures and one of the same with joints, 8 columns of 1.5 inches.
    assert cv2.imread(str(folder / "preview.png")).shape == (60, 240, 3)
    assert main([str(folder), "--count", "6", "--seed", "2", *SMALL]) == 0
    assert "0 drawn now" in capsys.readouterr().out


def test_the_preview_alone_leaves_no_pool(tmp_path, capsys):
    assert main([str(tmp_path), "--preview-only", *SMALL]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["preview.png"]


def test_statistics_are_printed(capsys):
    assert main(["--statistics", "--count", "30", "--person-free", "0.5", *SMALL]) == 0
    told = capsys.readouterr().out
    assert "The first 30 pictures of these settings, seed 0" in told and "| to head |" in told


def test_a_benchmark_is_drawn_verified_and_refused_where_it_differs(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("voxelpose.synthetic.pools.benchmarks.BLOCK", 3)
    monkeypatch.setattr("voxelpose.synthetic.pools.benchmarks.SHARD", 100)
    arguments = [str(tmp_path), "--benchmark", "people-v1", "--split", "test", "--processes", "1"]
    assert main([*arguments, "--count", "3"]) == 0
    capsys.readouterr()
    # Blocks of three have other checksums than those of a thousand that ship.
    assert run(main, [*arguments, "--verify"]) == BAD_INPUT
    assert "The labels 0 to 2 of people-v1/test differ" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Expected a folder to draw into"),
        (["x", "--benchmark", "people-v1"], "Expected --benchmark and --split together"),
        (["x", "--verify"], "Expected --benchmark and --split with --verify"),
        (["x", "--benchmark", "people-v1", "--split", "test", "--seed", "1", "--person-free", "0"],
         "Received: --seed, --person-free."),
        (["x", "--benchmark", "people-v1", "--split", "dev"], "Expected a split among train, validation, test"),
        (["x", "--occluded", "2"], "shares between 0 and 1"),
        (["x", "--backgrounds", "nowhere"], "Expected a folder of backgrounds. Received: nowhere"),
        (["x", "--recordings", "nowhere.npz"], "nowhere.npz"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(arguments, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(main, [*arguments, "--processes", "1"]) == BAD_INPUT
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1 and "Traceback" not in error
    assert not list(tmp_path.iterdir())
