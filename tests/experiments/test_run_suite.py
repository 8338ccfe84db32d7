"""The order of runs, what is skipped, how it ends and goes on; with fakes in place of trainings, and once for real."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from suite_case import TINY, paths_of, written

from voxelpose.errors import InputError
from voxelpose.experiments.configs import fingerprint
from voxelpose.experiments.results import Result, Scores, load_results
from voxelpose.experiments.run_suite import chosen_runs, run_suite, state_of
from voxelpose.experiments.suite import Run


class Fakes:
    """Does runs by writing a result; `ends` says how a run ends the first time, by name: an exit code."""

    def __init__(self, paths, **ends):
        self.paths, self.ends, self.begun = paths, ends, []
        self.seconds = 0.0

    def __call__(self, run, minutes, lock):
        self.begun.append((run.name, minutes))
        self.seconds += 60
        code = self.ends.pop(run.name.replace("-", "_"), 0)
        if code == 0:
            result_of(self.paths, run).save(self.paths.results)
        return code


def result_of(paths, run: Run, people_mm=(100, 110)) -> Result:
    mean = sum(people_mm) / len(people_mm)
    reading = Scores({"mpjpe": mean, "pa_mpjpe": 0.5 * mean, "error_z": 0.4 * mean}, list(people_mm))
    return Result(
        suite=paths.suite.name, variant=run.variant, seed=run.seed,
        fingerprint=fingerprint(paths.suite, paths.suite_path, run), steps=6, examples=24, train_seconds=1.5,
        parameters=10, gmac=0.1, test={"name": "few", "protocol": "drawn", "people": 2, "sha256": "0"},
        scores={"soft-argmax": reading}, machine={"cores": 2},
    )  # fmt: skip


@pytest.fixture
def paths(tmp_path):
    return paths_of(tmp_path, written(tmp_path))


def test_all_runs_are_done_once_in_their_order(paths):
    fakes, said = Fakes(paths), []
    assert run_suite(paths, fakes, said.append) == 0
    assert [name for name, _ in fakes.begun] == ["deep-s1", "flat-s1", "deep-s2", "deep-s3"]
    assert any("photographs-s1: left out, needs --given lspet=PATH" in line for line in said)
    fakes.begun.clear()
    assert run_suite(paths, fakes, said.append) == 0 and fakes.begun == []
    suite, results = load_results(paths.results)[0]
    assert suite == paths.suite and {one.run.name for one in results} == {"deep-s1", "flat-s1", "deep-s2", "deep-s3"}


def test_an_interrupted_run_is_the_first_of_the_next_time(paths):
    fakes, said = Fakes(paths, flat_s1=130), []
    assert run_suite(paths, fakes, said.append) == 130
    assert said[-1] == "Interrupted; the same command goes on with flat-s1."
    assert run_suite(paths, fakes, said.append) == 0
    assert [name for name, _ in fakes.begun] == ["deep-s1", "flat-s1", "flat-s1", "deep-s2", "deep-s3"]


def test_a_run_that_fails_keeps_nobody_else(paths):
    fakes, said = Fakes(paths, deep_s1=2), []
    assert run_suite(paths, fakes, said.append) == 1
    assert "deep-s1 failed with exit code 2" in said
    assert state_of(paths, Run("deep", 1)) == "missing" and state_of(paths, Run("deep", 3)) == "finished"


def test_minutes_are_those_that_are_left_and_then_it_stops(paths):
    fakes, said = Fakes(paths), []
    assert run_suite(paths, fakes, said.append, minutes=2.25, clock=lambda: fakes.seconds) == 0
    assert fakes.begun == [("deep-s1", 2.25), ("flat-s1", 1.25)]
    assert said[-1] == "The 2.25 minutes are over; the same command goes on with deep-s2."


def test_a_run_that_is_out_of_time_is_not_finished(paths):
    said = []
    assert run_suite(paths, lambda run, minutes, lock: 0, said.append, minutes=5) == 0
    assert said[-1] == "deep-s1 ran out of time; the same command goes on with it."


def test_only_names_variants_and_runs(paths):
    assert [run.name for run in chosen_runs(paths, ["flat", "deep-s[23]"])] == ["flat-s1", "deep-s2", "deep-s3"]
    with pytest.raises(InputError, match="Expected --only with variants or runs among deep, flat.*Received: dep"):
        chosen_runs(paths, ["dep"])


def test_a_result_of_another_configuration_is_done_again(paths, tmp_path):
    run_suite(paths, Fakes(paths), lambda text: None, only=["flat"])
    written(tmp_path, {"loss": {"integral": 2.0}})
    assert state_of(paths, Run("flat", 1)) == "of another configuration"
    fakes = Fakes(paths)
    run_suite(paths, fakes, lambda text: None, only=["flat"])
    assert [name for name, _ in fakes.begun] == ["flat-s1"] and state_of(paths, Run("flat", 1)) == "finished"


def test_two_at_once_are_refused(paths):
    def start(run, minutes, lock):
        with pytest.raises(InputError, match="Another ablation is at work"):
            run_suite(replace(paths), Fakes(paths), lambda text: None)
        return 130

    assert run_suite(paths, start, lambda text: None) == 130


def test_damaged_results_are_named(paths):
    run_suite(paths, Fakes(paths), lambda text: None, only=["flat"])
    path = paths.result(Run("flat", 1))
    path.write_text(path.read_text()[:200])
    with pytest.raises(InputError, match="Expected a result of `voxelpose ablation run` in .*flat-s1"):
        load_results(paths.results)


def test_a_real_suite_is_terminated_resumed_and_measured(workplace):
    slow = {"schedule": TINY["schedule"] | {"steps": 4000, "steps_per_epoch": 4000}, "checkpoint_seconds": 0.2}
    path = written(workplace, slow)
    command = [sys.executable, "-c", "import sys; from voxelpose.cli import main; sys.exit(main())", "ablation", "run"]
    command += [str(path), "results", "--trainings", "trainings", "--only", "flat"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "CUDA_VISIBLE_DEVICES": ""}
    with open("first.log", "w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        paths = replace(paths_of(workplace, path), trainings=workplace / "trainings" / "small")
        training = paths.training(Run("flat", 1))
        checkpoints = training / "checkpoints"
        deadline = time.monotonic() + 90
        while not list(checkpoints.glob("step-*.npz")):
            assert process.poll() is None and time.monotonic() < deadline, (workplace / "first.log").read_text()
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
    step = int(max(path.name for path in checkpoints.glob("step-*.npz"))[len("step-") : -len(".npz")])
    assert 0 < step < 4000 and state_of(paths, Run("flat", 1)) == "begun"
    # The rest would take long: what it has to do is cut to two more steps, in the same folder.
    again = written(workplace, slow | {"schedule": slow["schedule"] | {"steps": step + 2, "steps_per_epoch": 4000}})
    shorter = replace(paths_of(workplace, again), trainings=workplace / "trainings" / "small")
    training.rename(shorter.training(Run("flat", 1)))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert f"resumed at step {step}" in done.stdout
    stored = json.loads(shorter.result(Run("flat", 1)).read_text())
    assert stored["steps"] == step + 2 and stored["examples"] == 4 * (step + 2)
    assert set(stored["readings"]) == {"soft-argmax", "argmax", "limb-aware"}
    reading = stored["readings"]["soft-argmax"]
    assert len(reading["people_mm"]) == stored["test"]["people"] > 0
    assert abs(sum(reading["people_mm"]) / len(reading["people_mm"]) - reading["metrics"]["mpjpe"]) < 1
