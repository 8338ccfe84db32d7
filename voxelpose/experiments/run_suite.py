"""All runs of a suite, one after the other, each in a process of its own, until they are done or the time is up."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from voxelpose.errors import InputError
from voxelpose.experiments.configs import fingerprint
from voxelpose.experiments.experiment_paths import ExperimentPaths
from voxelpose.experiments.results import Result, save_suite
from voxelpose.experiments.suite import Run, runs_of
from voxelpose.training.devices.supervisor import INTERRUPTED, Supervisor

try:
    import fcntl
except ImportError:  # Windows has no such lock; there two ablations in one folder are not told apart.
    fcntl = None

# What there is of a run.
FINISHED, OUTDATED, BEGUN, MISSING = "finished", "of another configuration", "begun", "missing"
# With less time than this nothing is begun.
_SHORTEST_MINUTES = 0.5
_LOCK = ".ablation"

# (run, minutes left or None, file descriptors that the process should inherit) -> exit code
Start = Callable[[Run, float | None, Sequence[int]], int]


def run_suite(
    paths: ExperimentPaths,
    start: Start,
    log: Callable[[str], None],
    only: Sequence[str] = (),
    minutes: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Do all chosen runs that are not finished; returns 0, 130 after an interruption, 1 if a run failed.

    start: does one run, see `process_start`. A run that fails is logged and the others go on; one that is interrupted,
    or out of time, goes on where it stopped when it is started again. InputError while another process works here.
    """
    began, failed = clock(), []
    runs = chosen_runs(paths, only)
    save_suite(paths.results, paths.suite)
    with _alone(paths.trainings) as lock:
        for number, run in enumerate(runs, start=1):
            if state_of(paths, run) == FINISHED:
                continue
            reason = obstacle(paths, run)
            if reason is not None:
                log(f"{number}/{len(runs)} {run.name}: left out, {reason}")
                continue
            left = None if minutes is None else minutes - (clock() - began) / 60
            if left is not None and left < _SHORTEST_MINUTES:
                log(f"The {minutes:g} minutes are over; the same command goes on with {run.name}.")
                break
            log(f"{number}/{len(runs)} {run.name}: {paths.suite.variants[run.variant].about}")
            code = start(run, left, lock)
            if code == INTERRUPTED:
                log(f"Interrupted; the same command goes on with {run.name}.")
                return INTERRUPTED
            if code:
                log(f"{run.name} failed with exit code {code}")
                failed.append(run.name)
            elif state_of(paths, run) != FINISHED:
                log(f"{run.name} ran out of time; the same command goes on with it.")
                break
    return 1 if failed else 0


def process_start(command_of: Callable[[Run, float | None], Sequence[str]], log: Callable[[str], None]) -> Start:
    """Starts a run's command in a process of its own, which Ctrl-C and SIGTERM reach once.

    command_of: (run, minutes left or None) -> the whole command line.
    """

    def start(run: Run, minutes: float | None, lock: Sequence[int]) -> int:
        command = list(command_of(run, minutes))
        supervisor = Supervisor(command, command, [{}], 0, log, keep_open=lock)
        code = supervisor.run()
        return INTERRUPTED if supervisor.stopped else code

    return start


def state_of(paths: ExperimentPaths, run: Run) -> str:
    """FINISHED; OUTDATED, where the result is of another configuration than the suite's; BEGUN, or MISSING."""
    path = paths.result(run)
    if path.exists():
        same = Result.load(path).fingerprint == fingerprint(paths.suite, paths.suite_path, run)
        return FINISHED if same else OUTDATED
    return BEGUN if paths.training(run).exists() else MISSING


def obstacle(paths: ExperimentPaths, run: Run) -> str | None:
    """Why a run cannot begin yet, in words, or None."""
    variant = paths.suite.variants[run.variant]
    for name in variant.needs:
        if name not in paths.given:
            return f"needs --given {name}=PATH"
    if variant.after is not None and state_of(paths, Run(variant.after, run.seed)) != FINISHED:
        return f"waits for {Run(variant.after, run.seed).name}"
    return None


def chosen_runs(paths: ExperimentPaths, only: Sequence[str] = ()) -> list[Run]:
    """The runs in their order, or those whose variant or name fits one of the patterns; InputError for a pattern that
    fits none."""
    runs = runs_of(paths.suite)
    for pattern in only:
        if not any(_fits(run, pattern) for run in runs):
            names = ", ".join(paths.suite.variants)
            raise InputError(f"Expected --only with variants or runs among {names}. Received: {pattern}.")
    return [run for run in runs if not only or any(_fits(run, pattern) for pattern in only)]


def _fits(run: Run, pattern: str) -> bool:
    return fnmatchcase(run.variant, pattern) or fnmatchcase(run.name, pattern)


@contextmanager
def _alone(folder: Path) -> Iterator[tuple[int, ...]]:
    """Hold the folder; the lock lives as long as any process that inherited it, so an orphan keeps others out."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / _LOCK, "w") as stream:
        try:
            if fcntl is not None:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"Another ablation is at work in {folder}. Wait for it, or stop it.") from None
        yield () if fcntl is None else (stream.fileno(),)
