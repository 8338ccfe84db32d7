"""The benchmark: its processes, its tables, and that what it compares computes the same."""

import json

import numpy as np
import pytest

from voxelpose.benchmark import comparison, process
from voxelpose.benchmark.cases import loss_variant, random_targets
from voxelpose.benchmark.comparison import Measured, comparison_table
from voxelpose.cli import run
from voxelpose.commands.benchmark import main


@pytest.mark.parametrize("sigma", ["paper", "released"])
def test_the_compared_losses_are_equal(sigma):
    rng = np.random.default_rng(0)
    targets = random_targets(rng, 2, 3)
    maps = rng.normal(size=(2, 7, 6, 3 * 4)).astype("float32")
    separable, dense = (float(loss_variant(v, sigma, 4, 3)(targets, maps)) for v in ("separable", "dense"))
    assert separable == pytest.approx(dense, rel=1e-5)


def test_a_case_runs_in_its_own_process():
    size = {"batch": 1, "joints": 2, "side": 8, "depth": 4}
    result = process.measure_apart("cases:gaussian_loss", variant="separable", sigma="paper", repeats=2, **size)
    assert len(result["seconds"]) == 2 and min(result["seconds"]) > 0
    assert result["first_s"] > max(result["seconds"])  # it compiles
    assert result["peak_mib"] > result["before_mib"] > 50  # TensorFlow alone is more


def test_a_failing_case_says_why():
    with pytest.raises(RuntimeError, match="exit code 1:\n(.*\n)*.*no_such_case"):
        process.measure_apart("comparison:no_such_case")


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
        return {"first_s": turn, "seconds": seconds, "processor_s": 0.004, "extra_mib": 10 * slow, "peak_mib": 50}

    monkeypatch.setattr(comparison, "measure_apart", fake)
    measured = comparison.compare("case", ("a", "b"), rounds=2, announce=lambda what: None, size=3)
    assert calls == [("case", "a", 3), ("case", "b", 3)] * 2
    assert [(row.ms, row.extra_mib, row.first_s) for row in measured] == [(2.0, 10, 2.0), (4.0, 20, 3.0)]
    assert comparison_table(measured).splitlines()[2] == "| a | 2 | 0.50 | 4 | 1.00 | 10 | 0.50 | 50 | 2.0 |"


def test_the_loss_command_writes_what_it_prints(monkeypatch, tmp_path, capsys):
    row = {"processor_ms": 5.0, "peak_mib": 9.0, "first_s": 0.1, "every_ms": (1.0,)}
    measured = [Measured("separable", 1.0, extra_mib=3.0, **row), Measured("dense", 4.0, extra_mib=12.0, **row)]
    monkeypatch.setattr(comparison, "compare", lambda case, variants, rounds, announce, **arguments: measured)
    path = tmp_path / "loss.json"
    assert run(main, ["loss", "--depth", "16", "--json", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "depth 16" in shown and "| separable | 1 | 0.25 |" in shown
    record = json.loads(path.read_text())
    assert record["arguments"]["depth"] == 16 and record["variants"][1]["ms"] == 4.0
    assert record["machine"]["tensorflow"]


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
