import json
import re
from dataclasses import replace

import numpy as np
import pytest
from command_fakes import Blobs

from voxelpose.commands.evaluate import main
from voxelpose.commands.shared.entry import run
from voxelpose.errors import InputError
from voxelpose.inference.runtime.loading import LoadedNetwork, preset_in
from voxelpose.networks.build import build_network
from voxelpose.networks.preset_facts import to_facts
from voxelpose.networks.presets import Architecture, Calibration, NetworkInput, Preset
from voxelpose.networks.weights_io import load_weights, save_weights
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.people import SyntheticSettings
from voxelpose.synthetic.pools.pool import draw_pool, load_pool

PEOPLE = 5
TINY = {"joints": 17, "depths": (1, 4), "input_size": 32, "family": "uniform", "width": 8, "levels": 1, "modules": 1}
PRESET = Preset("blobs", Architecture(arguments={"input_size": 64}))


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "few"
    draw_pool(folder, replace(SyntheticSettings(), picture=48, person_free=0.0), PEOPLE, seed=1)
    return folder


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """The network replaced by one that needs no weights; what it was asked for is kept."""
    asked = []
    monkeypatch.setattr("voxelpose.visualization.figures.style.DOTS_PER_INCH", 20)

    def load(options):
        asked.append(options.weights)
        return LoadedNetwork(Blobs(), PRESET, "f" * 64)

    monkeypatch.setattr("voxelpose.commands.evaluation.scoring.load", load)
    return asked


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def test_a_network_gives_report_table_and_sheet(pool, out, network, capsys):
    assert run(main, ["--weights", "w.weights.h5", "--data", str(pool), "--out", str(out), "--per-joint"]) == 0
    assert network == ["w.weights.h5"]
    assert sorted(path.name for path in out.iterdir()) == [
        f"few.drawn.blobs-ffffffff{ending}" for ending in (".json", ".md", ".worst.png")
    ]
    report = json.loads((out / "few.drawn.blobs-ffffffff.json").read_text())
    assert report["data"]["people"] == PEOPLE and report["predictor"]["weights_sha256"] == "f" * 64
    shown, progress = capsys.readouterr()
    value = report["scores"][0]["value"]
    for told in ("Protocol drawn", "MPJPE [mm]", f"{value:.1f}", "right_wrist", "Parts of the error", "f" * 64):
        assert told in shown, told
    assert progress.splitlines()[-1] == f"{PEOPLE}/{PEOPLE} people"
    assert f"{value:.1f}" in (out / "few.drawn.blobs-ffffffff.md").read_text()


def test_weights_are_loaded_before_a_benchmark_is_drawn(out, monkeypatch, network, capsys):
    drawn = []

    def draw(name, folder, processes, progress):
        drawn.append((name, len(network)))
        raise InputError("enough")

    monkeypatch.setattr("voxelpose.evaluation.people.named_people.draw_benchmark", draw)
    assert run(main, ["--data", "people-v1", "--out", str(out)]) == 2
    assert drawn == [("people-v1", 1)] and "enough" in capsys.readouterr().err


def test_saved_joints_score_the_same(pool, out, tmp_path, network):
    joints = tmp_path / "joints.npz"
    assert run(main, ["--data", str(pool), "--out", str(out), "--worst", "0", "--save-joints", str(joints)]) == 0
    assert run(main, ["--data", str(pool), "--out", str(out), "--worst", "0", "--predictions", str(joints)]) == 0
    first, second = (
        json.loads((out / f"few.drawn.{name}.json").read_text()) for name in ("blobs-ffffffff", "joints.npz")
    )
    for one, other in zip(first["scores"], second["scores"], strict=True):
        assert one["value"] == pytest.approx(other["value"])
    assert len(network) == 1 and second["floor"] == [] and second["predictor"]["root_depth"] == "as in the file"
    assert not list(out.glob("*.png"))


def test_the_truth_itself_has_no_error(pool, out, tmp_path):
    from voxelpose.evaluation.people.named_people import load_people

    people = load_people(pool)
    np.savez(tmp_path / "true.npz", joints=people.joints_mm, joint_names=H36M17.joints)
    assert run(main, ["--data", str(pool), "--out", str(out), "--predictions", str(tmp_path / "true.npz")]) == 0
    report = json.loads((out / "few.drawn.true.npz.json").read_text())
    assert report["scores"][0]["value"] == 0 and report["diagnosis"]["swapped_sides"]["all"] == 0


def test_reports_are_compared_if_their_protocols_agree(pool, out, capsys):
    for arguments in ([], ["--no-mirror", "--protocol", "own-3d"]):
        assert run(main, ["--data", str(pool), "--out", str(out), "--worst", "0", *arguments]) == 0
    one, other = (str(out / f"few.{protocol}.blobs-ffffffff.json") for protocol in ("drawn", "own-3d"))
    assert run(main, ["compare", one, one]) == 0
    assert "+0.0" in capsys.readouterr().out
    assert run(main, ["compare", one, other]) == 2
    assert "differ in the name of the protocol" in capsys.readouterr().err
    assert run(main, ["compare", one, other, "--across-protocols"]) == 0
    shown, told = capsys.readouterr()
    assert "first: blobs on few, protocol drawn" in shown and "name of the protocol: drawn and own-3d" in told


def test_calibration_is_shown(pool, capsys):
    assert run(main, ["calibrate", "--data", str(pool)]) == 0
    shown = capsys.readouterr().out
    assert "negative log likelihood" in shown
    assert re.fullmatch(r"temperature \S+, covariance scale \S+, \S+, \S+ along x, y, z", shown.splitlines()[-1])
    assert run(main, ["calibrate", "--data", str(pool), "--temperature", "2.5"]) == 0
    shown = capsys.readouterr().out
    assert "temperature 2.5," in shown and "likelihood" not in shown


def test_calibration_is_written_into_the_file_of_weights(pool, tmp_path, capsys):
    network = build_network("volumetric", TINY)
    path = tmp_path / "own.weights.h5"
    stored = Preset(
        "own", Architecture(arguments=TINY), NetworkInput(near_mm=-900.0), Calibration(7.0, (1.0, 2.0, 3.0))
    )
    save_weights(network, path, facts={"preset": to_facts(stored), "step": 5})
    arguments = ["calibrate", "--data", str(pool), "--temperature", "2.5", "--weights", str(path)]
    assert run(main, arguments) == 0
    assert preset_in(path) == stored
    assert run(main, [*arguments, "--write"]) == 0
    found = re.search(r"covariance scale (\S+), (\S+), (\S+) along", capsys.readouterr().out.splitlines()[-2])
    scale = tuple(float(found[axis]) for axis in (1, 2, 3))
    assert preset_in(path) == replace(stored, calibration=Calibration(2.5, scale)) and scale != (1.0, 2.0, 3.0)
    assert load_weights(build_network("volumetric", TINY), path)["step"] == 5


def test_calibration_is_not_written_into_weights_that_ship(pool):
    with pytest.raises(InputError, match="weights of your own to write to. Received: small.weights.h5, which ships"):
        main(["calibrate", "--data", str(pool), "--write"])


def test_the_protocols_are_listed(capsys):
    assert run(main, ["protocols"]) == 0
    shown = capsys.readouterr().out
    assert "h36m-mpjpe-paper" in shown and "pck_0.2" in shown


def test_two_sets_are_scored_by_one_command_with_one_network(pool, out, network):
    assert (
        run(main, ["--data", str(pool), str(pool.parent / "few"), "--limit", "2", "--worst", "0", "--out", str(out)])
        == 0
    )
    assert len(network) == 1
    assert json.loads((out / "few.drawn.blobs-ffffffff.json").read_text())["data"]["people"] == 2


def write_joints(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--data", "gone"], "Received: gone, which does not exist"),
        (["--data", "few", "--protocol", "drawm"], "Nearest names: drawn"),
        (["--data", "few", "--protocol", "h36m-mpjpe"], "has the protocols drawn"),
        (["--data", "few", "--predictions", "gone.npz"], "gone.npz"),
        (["--data", "few", "--predictions", "short.npz"], f"each of the {PEOPLE} people in few, in their order"),
        (["--data", "few", "--predictions", "metres.npz"], "are these metres"),
        (["--data", "few", "--predictions", "flat.npz"], "needs joints in mm. Received: predictions without any"),
        (["--data", "few", "--predictions", "few"], "Expected the authors' predictions"),
        (["--data", "few", "few", "--save-joints", "j.npz"], "Expected one --data with --predictions or --save-joints"),
        (["calibrate", "--data", "few", "--temperature", "-1"], "Expected a temperature above 0. Received: -1.0"),
        (["compare", "a.json", "b.json"], "Cannot read a.json"),
    ],
)
def test_bad_input_ends_in_one_sentence_and_leaves_nothing(
    pool, tmp_path, monkeypatch, capsys, arguments, told, network
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few").symlink_to(pool)
    joints = np.random.default_rng(0).normal(size=(PEOPLE, 17, 3))
    write_joints("short.npz", joints=joints[:2], skeleton="h36m17")
    write_joints("metres.npz", joints=0.3 * joints, skeleton="h36m17")
    write_joints("flat.npz", joints_2d=joints[..., :2], skeleton="h36m17")
    before = sorted(path.name for path in tmp_path.iterdir())
    assert run(main, arguments) == 2
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before and network == []


def test_a_full_disk_leaves_no_half_report(pool, out, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("voxelpose.files.os.replace", full)
    assert run(main, ["--data", str(pool), "--out", str(out)]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert list(out.iterdir()) == []


def test_the_pool_of_the_tests_has_people(pool):
    assert load_pool(pool, H36M17).labels().present.all()
