"""The benchmark: its processes, its tables, and that what it compares computes the same."""

import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest

from benchmark import batch_cases, cases, command, comparison, growth, parts, process, shipped_cases, tracing, variants
from benchmark.cases import loss_variant
from benchmark.command import main
from benchmark.comparison import Job, Measured, comparison_table, in_digits
from benchmark.inputs import random_targets
from voxelpose.commands.shared.entry import run


@pytest.mark.parametrize("sigma", ["paper", "released"])
def test_the_compared_losses_are_equal(sigma):
    rng = np.random.default_rng(0)
    targets = random_targets(rng, 2, 3)
    maps = rng.normal(size=(2, 7, 6, 3 * 4)).astype("float32")
    separable, dense = (float(loss_variant(v, sigma, 4, 3)(targets, maps)) for v in ("separable", "dense"))
    assert separable == pytest.approx(dense, rel=1e-5)


def test_a_case_runs_in_its_own_process():
    size = {"batch": 1, "joints": 2, "side": 8, "depth": 4}
    result = process.call_apart("cases:gaussian_loss", variant="separable", sigma="paper", repeats=2, **size)
    assert len(result["seconds"]) == 2 and min(result["seconds"]) > 0
    assert result["start_s"] > result["first_s"] > max(result["seconds"])  # it imports, then compiles
    assert result["peak_mib"] > result["before_mib"] > 50  # TensorFlow alone is more


def test_a_failing_case_says_why():
    with pytest.raises(RuntimeError, match="exit code 1:\n(.*\n)*.*no_such_case"):
        process.call_apart("comparison:no_such_case")


def test_memory_of_one_call_is_seen_and_memory_before_it_is_not():
    kept = np.ones(8 * 2**20)  # 64 MiB

    def use_32_mib():
        return np.ones(4 * 2**20).sum()

    result = process.measure(use_32_mib, repeats=2)
    assert 31 < result["extra_mib"] < 45
    assert result["before_mib"] > kept.nbytes / 2**20


def test_variants_take_turns_and_medians_are_taken(monkeypatch):
    calls = []

    def fake(case, variant, size):
        calls.append((case, variant, size))
        slow = 2 if variant == "b" else 1
        turn = len(calls)
        seconds = [0.001 * slow, 0.003 * slow, 0.002 * slow]
        return {
            "first_s": turn,
            "start_s": turn + 1,
            "seconds": seconds,
            "processor_s": 0.004,
            "extra_mib": 10 * slow,
            "peak_mib": 50,
        }

    monkeypatch.setattr(comparison, "call_apart", fake)
    jobs = {"a": Job("ours", {"size": 3}), "b": Job("theirs", {"size": 4})}
    measured = comparison.compare(jobs, rounds=2, announce=lambda what: None)
    assert calls == [("ours", "a", 3), ("theirs", "b", 4)] * 2
    assert [(row.ms, row.extra_mib, row.first_s) for row in measured] == [(2.0, 10, 2.0), (4.0, 20, 3.0)]
    row = "| a | 2.00 | 0.50 | 4.00 | 1.00 | 10.0 | 0.50 | 50 | 2.0 | 3.0 |"
    assert comparison_table(measured).splitlines()[2] == row


def test_numbers_have_three_digits_or_more():
    assert [in_digits(n) for n in (0.1234, 1.234, 12.34, 123.4, 1234.5)] == ["0.123", "1.23", "12.3", "123", "1234"]


def _row(variant: str, ms: float) -> Measured:
    return Measured(variant, ms, 5.0, 3.0 * ms, peak_mib=9.0, first_s=0.1, start_s=2.0, every_ms=(ms,))


@pytest.fixture
def compared(monkeypatch) -> list:
    """What `compare` was called with; it answers with 1, 2, 3, ... ms."""
    calls = []

    def fake(jobs, rounds, announce):
        first = next(iter(jobs.values()))
        calls.append((first.case, list(jobs), rounds, first.arguments))
        return [_row(variant, 1.0 + i) for i, variant in enumerate(jobs)]

    monkeypatch.setattr(comparison, "compare", fake)
    return calls


def test_the_loss_command_writes_what_it_prints(compared, tmp_path, capsys):
    variants = ["--variants", "separable", "dense"]
    assert run(main, ["loss", "--depth", "16", *variants, "--out", str(tmp_path / "loss")]) == 0
    shown = capsys.readouterr().out
    assert "depth 16" in shown and "| separable | 1.00 | 0.50 |" in shown
    assert (tmp_path / "loss.md").read_text() in shown
    record = json.loads((tmp_path / "loss.json").read_text())
    assert record["arguments"]["depth"] == 16 and record["variants"][1]["ms"] == 2.0
    assert record["machine"]["tensorflow"]


def test_a_step_is_measured_with_the_loss_and_the_batch_that_a_network_is_trained_with(compared, capsys):
    for preset in ("small", "base", "uniform-1-64"):
        assert run(main, ["step", "--preset", preset, "--variants", "ours", "--precision", "bfloat16"]) == 0
    (case, _, rounds, narrow), (_, _, _, base), (_, _, _, wide) = compared
    assert (case, rounds) == ("cases:training_step", 3)
    assert [(case["loss"], case["batch"]) for case in (narrow, base, wide)] == [
        *[("integral", 16)] * 2, ("gaussian", 4),
    ]  # fmt: skip
    assert narrow["architecture"]["input_size"] == 128 and narrow["precision"] == "bfloat16"


def test_without_torch_the_rest_is_compared_and_the_user_is_told(compared, monkeypatch, capsys):
    monkeypatch.setattr(variants, "find_spec", lambda name: None)
    assert run(main, ["inference"]) == 0
    assert compared[0][1] == ["ours"]
    assert "pip install 'voxelpose[torch]'" in capsys.readouterr().err
    assert run(main, ["inference", "--variants", "torch"]) == 2
    assert len(compared) == 1


def test_the_twin_is_given_a_file_while_it_is_measured(monkeypatch, capsys):
    written, jobs = [], []

    def hand_over(case, path, **arguments):
        written.append((case, arguments))
        Path(path).write_text("twin")

    def fake(given, rounds, announce):
        jobs.append(given)
        assert Path(given["torch"].arguments["twin"]).read_text() == "twin"
        return [_row(variant, 1.0) for variant in given]

    monkeypatch.setattr(variants, "find_spec", lambda name: True)
    monkeypatch.setattr(variants, "call_apart", hand_over)
    monkeypatch.setattr(comparison, "compare", fake)
    assert run(main, ["step", "--preset", "tiny", "--batch", "2"]) == 0
    (case, arguments), (step,) = written[0], jobs
    assert case == "handover:fresh_twin" and arguments["loss"] == "integral"
    assert arguments["architecture"] == step["ours"].arguments["architecture"]
    assert (step["ours"].case, step["torch"].case) == ("cases:training_step", "twins.cases:training_step")
    left = {name: value for name, value in step["torch"].arguments.items() if name != "twin"}
    assert left == {"batch": 2, "precision": "float32", "repeats": 3}
    assert not Path(step["torch"].arguments["twin"]).exists()


def test_a_preset_with_weights_is_compared_with_its_file_and_by_its_joints(compared, monkeypatch, capsys):
    monkeypatch.setattr(shipped_cases, "half_precision", lambda: True)
    monkeypatch.setattr(shipped_cases, "installed", lambda module: True)
    moved = {"ours": 0.0, "openvino": 1.5, "float32": 0.0}

    def fake(case, variant, preset, precision, twin):
        return {"joints": [[0, 0, 4000.0], [0, moved[variant if precision == "bfloat16" else precision], 4000]]}

    monkeypatch.setattr(shipped_cases, "call_apart", fake)
    arguments = ["inference", "--preset", "small", "--precision", "bfloat16"]
    assert run(main, [*arguments, "--variants", "openvino", "ours"]) == 0
    (case, variants, _, given), shown = compared[0], capsys.readouterr().out
    assert (case, variants, given["preset"]) == ("shipped_cases:inference", ["openvino", "ours"], "small")
    assert "times as fast as ours: openvino 2.0" in shown and "in mm: openvino 1.5, ours 0.0" in shown
    assert run(main, [*arguments, "--variants", "onnx", "ours"]) == 2
    assert "onnx computes in float32 alone" in capsys.readouterr().err


def test_a_runtime_that_is_not_installed_is_left_out_and_told(compared, monkeypatch, capsys):
    monkeypatch.setattr(shipped_cases, "installed", lambda module: module != "openvino")
    monkeypatch.setattr(shipped_cases, "joint_differences", lambda *arguments: {})
    assert run(main, ["inference", "--preset", "small"]) == 0
    assert "openvino" not in compared[0][1] and {"onnx", "ours"} <= set(compared[0][1])
    assert "openvino needs its package: pip install 'voxelpose[openvino]'." in capsys.readouterr().err
    assert run(main, ["inference", "--preset", "small", "--variants", "openvino"]) == 2


def test_the_shipped_file_gives_the_joints_of_the_shipped_weights():
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (the extra onnx)")
    ours, onnx = (np.array(shipped_cases.joints(name, "small", "float32")["joints"]) for name in ("ours", "onnx"))
    assert ours.shape == (17, 3) and 3000 < ours[0, 2] < 5000
    assert abs(ours - onnx).max() < 2.0


def test_root_depths_agree_with_nelder_meads(compared, capsys):
    assert run(main, ["root-depth", "--batch", "30"]) == 0
    shown = capsys.readouterr().out
    assert "times as fast as nelder-mead: together 3.0, one by one 1.5" in shown
    told = re.search(r"differ by at most (\S+) mm over 30 poses", shown)
    assert 0 < float(told[1]) < 0.1


def test_growth_is_measured_along_every_axis(monkeypatch, tmp_path, capsys):
    def fake(case, part, axis, architecture, repeats):
        runs = [
            {"seconds": [0.001 * value, 9.0, 0.0005], "before_mib": 10.0 * value, "extra_mib": 1.0}
            for value in (1, 2, 4)
        ]
        return {"points": runs}

    monkeypatch.setattr(growth, "call_apart", fake)
    assert run(main, ["growth", "--out", str(tmp_path / "growth.json")]) == 0
    shown = capsys.readouterr().out
    assert "| decoding | depth | 16.0, 32.0, 64.0 | 1.00, 2.00, 4.00 | 1.00, 11.0, 31.0 | 1.00 |" in shown
    record = json.loads((tmp_path / "growth.json").read_text())
    assert len(record["parts"]) == sum(map(len, growth.PARTS.values()))


@pytest.mark.parametrize("part", ["decoding", "root depth", "pipeline", "gaussian loss"])
def test_a_part_is_measured_at_its_sizes(part, monkeypatch):
    monkeypatch.setattr(growth, "AXES", {"image": (32,), "depth": (2,), "joints": (3,), "batch": (1, 2)})
    architecture = {"family": "uniform", "depths": (1, 4), "joints": 3, "input_size": 32}
    runs = growth.points(part, "batch", architecture, repeats=1)["points"]
    assert [len(run["seconds"]) for run in runs] == [1, 1]


TINY = {"joints": 2, "input_size": 16, "family": "uniform", "width": 8, "levels": 1, "modules": 1, "depths": (1, 2)}


@pytest.mark.parametrize(("variant", "precision"), [("ours", "bfloat16"), ("ours dense", "float32")])
def test_a_step_and_inference_run(variant, precision):
    try:
        step = cases.training_step(variant, TINY, "gaussian", precision, batch=2, repeats=1)
        forward = cases.inference(variant, TINY, precision, batch=1, repeats=1)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert step["seconds"][0] > 0 and forward["seconds"][0] > 0


@pytest.mark.parametrize("variant", ["argmax", "soft-argmax", "moments", "exponential"])
def test_decoding_runs(variant):
    assert parts.decoding(variant, batch=1, joints=2, side=4, depth=3, repeats=2)["peak_mib"] > 0


@pytest.mark.parametrize("variant", ["free network", "whole path", "network alone"])
def test_a_folder_of_pictures_becomes_a_table(variant):
    arguments = {"weights": "small", "runtime": "auto", "pictures": 2, "side": (64, 48)}
    assert len(batch_cases.pictures_to_table(variant, repeats=1, **arguments)["seconds"]) == 1


def test_a_free_network_answers_with_one_crop_as_often_as_it_is_asked():
    free = batch_cases.FreeNetwork(lambda crops: {"volume_1": crops.mean(axis=3, keepdims=True) + 2.0}, 4)
    assert free(np.ones((3, 4, 4, 3), np.float32))["volume_1"].tolist() == np.full((3, 4, 4, 1), 2.0).tolist()


TRACED = {"nodes": 12345, "parts": {"import": [3.0, 2.0], "first step": [4.0, 7.0], "second step": [1.0, 1.0]}}


def test_the_way_to_the_first_step_is_told_in_nodes_and_seconds(monkeypatch, capsys):
    monkeypatch.setattr(command, "call_apart", lambda case, **arguments: TRACED)
    assert run(main, ["trace"]) == 0
    shown = capsys.readouterr().out
    assert "12,345 nodes" in shown and "| process start to first step | 7.0 | 9.0 |" in shown


def test_the_first_step_is_traced_into_few_nodes():
    architecture = {
        "joints": 2,
        "depths": (4,),
        "input_size": 32,
        "family": "uniform",
        "width": 8,
        "levels": 1,
        "modules": 1,
    }
    measured = tracing.first_step(architecture, batch=2)
    assert list(measured["parts"]) == ["import", "build", "trace", "first step", "second step"]
    # 30 convolutions and as many normalisations: an update per variable alone would be 2,000 nodes more.
    assert 1000 < measured["nodes"] < 3000


def test_everything_runs_each_command_once(compared, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(growth, "growths", lambda *_: [])
    for module in (command, variants):
        monkeypatch.setattr(module, "call_apart", lambda *_, **__: TRACED)
    assert run(main, ["all", "--rounds", "2", "--preset", "paper-64", "--out", str(tmp_path / "all")]) == 0
    assert [case for case, *_ in compared] == [
        *["cases:training_step"] * 2, *["cases:inference"] * 2, "cases:gaussian_loss", "parts:decoding",
        "parts:root_depth", "parts:pipeline",
    ]  # fmt: skip
    assert {rounds for _, _, rounds, _ in compared} == {2}
    assert len(json.loads((tmp_path / "all.json").read_text())["records"]) == 10
    assert (tmp_path / "all.md").read_text().count("## ") == 10


def test_the_floor_command_prints_both_conventions(capsys):
    assert run(main, ["floor", "--count", "20", "--depths", "8"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("| 64 | 8 |") == 2 and "root depth 0 by definition" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["step", "--preset", "paper-1-46"], "paper-1-64"),
        (["floor", "--poses", "nowhere.npz"], "nowhere.npz"),
    ],
)
def test_bad_input_is_one_sentence(arguments, sentence, capsys):
    assert run(main, arguments) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


@pytest.mark.parametrize("count", ["0", "-3", "many"])
def test_counts_are_whole_numbers_above_0(count, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["floor", f"--count={count}"])
    assert ended.value.code == 2
    assert f"expected a whole number above 0, received {count}" in capsys.readouterr().err
