"""Runs measured on further people: at their end, or later, from the weights that are still there."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from suite_case import TINY, paths_of, written
from test_run_suite import result_of

from voxelpose.commands.ablation import main
from voxelpose.errors import InputError
from voxelpose.experiments.reports.findings import Findings
from voxelpose.experiments.reports.report import section
from voxelpose.experiments.results import Measurement, Result, Scores
from voxelpose.experiments.run_variant import measure_further, run_variant
from voxelpose.experiments.suite import Run

FLAT = Run("flat", 1)
FURTHER = {"others": {"data": "$others"}, "more": {"data": "$more"}}


@pytest.fixture
def paths(workplace):
    few = {
        "schedule": TINY["schedule"] | {"steps": 2, "steps_per_epoch": 2},
        "optimizer": TINY["optimizer"] | {"warmup_steps": 1},
    }
    return paths_of(workplace, written(workplace, few, further=FURTHER))


def quiet() -> Console:
    return Console(file=io.StringIO())


def test_only_people_whose_paths_are_given_are_measured_on(paths):
    assert paths.further() == {}
    given = replace(paths, given={"others": "heldout"})
    assert {name: wanted.data for name, wanted in given.further().items()} == {"others": "heldout"}


def test_a_finished_run_is_measured_later_as_it_would_have_been_at_its_end(paths, tmp_path):
    run_variant(paths, FLAT, quiet())
    before = Result.load(paths.result(FLAT))
    assert before.further == {}
    given = replace(paths, given={"others": "heldout"})
    assert measure_further(given, FLAT, print) == ["others"]
    after = Result.load(paths.result(FLAT))
    # The same people as the test's, so the same answers; nothing else of the result has changed.
    assert after.further["others"] == Measurement(before.test, before.scores)
    assert replace(after, further={}) == before
    assert measure_further(given, FLAT, print) == []
    paths.result(FLAT).unlink()
    run_variant(given, FLAT, quiet())
    assert Result.load(paths.result(FLAT)).further == after.further


def test_weights_that_are_gone_are_named_and_the_result_stays(paths):
    result_of(paths, FLAT).save(paths.results)
    stored = paths.result(FLAT).read_bytes()
    with pytest.raises(InputError, match="^Expected the weights of flat-s1 in .*last.weights.h5. Received: none.$"):
        measure_further(replace(paths, given={"others": "heldout"}), FLAT, print)
    assert paths.result(FLAT).read_bytes() == stored


def test_the_command_measures_what_is_finished(paths, capsys):
    path, results, trainings = (str(its) for its in (paths.suite_path, paths.results, paths.trainings.parent))
    paths = replace(paths, trainings=paths.trainings.parent / "small")
    run_variant(paths, FLAT, quiet())
    command = ["measure", path, results, "--trainings", trainings]
    with pytest.raises(InputError, match=r"^Expected --given for further people .*: others \(\$others\), more"):
        main(command)
    assert main([*command, "--given", "others=heldout"]) == 0
    said = capsys.readouterr().err
    assert "flat-s1: measured on others" in said and "deep-s1: left out, missing" in said
    assert "photographs-s1: left out, needs --given lspet=PATH" in said
    assert set(Result.load(paths.result(FLAT)).further) == {"others"}
    result_of(paths, Run("deep", 1)).save(paths.results)
    assert main([*command, "--given", "others=heldout"]) == 1
    said = capsys.readouterr().err
    assert "deep-s1: Expected the weights of deep-s1" in said and "flat-s1: nothing new" in said


def test_the_report_has_means_over_trainings_and_over_all_people(paths):
    def on(people: int, mm: float) -> Measurement:
        test = {"name": "few", "protocol": "own-3d", "people": people, "sha256": str(people)}
        return Measurement(test, {"soft-argmax": Scores({"mpjpe": mm, "pa_mpjpe": mm / 2}, [mm] * people)})

    results = [
        replace(result_of(paths, Run("deep", 1)), further={"others": on(1, 100), "more": on(3, 60)}),
        replace(result_of(paths, Run("deep", 2)), further={"others": on(1, 120), "more": on(3, 80)}),
        replace(result_of(paths, FLAT), further={"others": on(1, 200)}),
    ]
    text = "\n".join(section(Findings(paths.suite, results)))
    assert "| MPJPE, PA-MPJPE | trainings | others (1) | more (3) | all (4) |" in text
    # others: (100 + 120) / 2; more: (60 + 80) / 2; all: (110 + 3 * 70) / 4
    assert "| deep | 2 | 110.0, 55.0 | 70.0, 35.0 | 80.0, 40.0 |" in text
    assert "| flat | 1 | 200.0, 100.0 | missing | missing |" in text
    with pytest.raises(InputError, match="measured on the same people. Received: deep-s1 on 1 .few. and deep-s2 on 2"):
        Findings(paths.suite, [results[0], replace(results[1], further={"others": on(2, 100)})])
