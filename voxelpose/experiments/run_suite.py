"""All runs of a suite, one after the other, each in a process of its own, until they are done or the time is up."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from voxelpose.errors import InputError
from voxelpose.experiments.experiment_paths import Places
from voxelpose.experiments.results import save_suite
from voxelpose.experiments.schedule import FINISHED, chosen, hindrance, state_of
from voxelpose.experiments.suite import Run
from voxelpose.training.devices.supervisor import INTERRUPTED, Supervisor

try:
    import fcntl
except ImportError:  # Windows has no such lock; there two ablations in one folder are not told apart.
    fcntl = None

# With less time than this nothing is begun.
_SHORTEST_MINUTES = 0.5
_LOCK = ".ablation"

# (run, minutes left or None, file descriptors that the process should inherit) -> exit code
Start = Callable[[Run, float | None, Sequence[int]], int]


def conduct(
    places: Places,
    start: Start,
    say: Callable[[str], None],
    only: Sequence[str] = (),
    minutes: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Do all chosen runs that are not finished; returns 0, 130 after an interruption, 1 if a run failed.

    start: does one run, see `process_start`. A run that fails is told of and the others go on; one that is interrupted,
    or out of time, goes on where it stopped when it is started again. InputError while somebody else is at work here.
    """
    began, failed = clock(), []
    runs = chosen(places, only)
    save_suite(places.results, places.suite)
    with _alone(places.trainings) as lock:
        for number, run in enumerate(runs, start=1):
            if state_of(places, run) == FINISHED:
                continue
            reason = hindrance(places, run)
            if reason is not None:
                say(f"{number}/{len(runs)} {run.name}: left out, {reason}")
                continue
            left = None if minutes is None else minutes - (clock() - began) / 60
            if left is not None and left < _SHORTEST_MINUTES:
                say(f"The {minutes:g} minutes are over; the same command goes on with {run.name}.")
                break
            say(f"{number}/{len(runs)} {run.name}: {places.suite.variants[run.variant].about}")
            code = start(run, left, lock)
            if code == INTERRUPTED:
                say(f"Interrupted; the same command goes on with {run.name}.")
                return INTERRUPTED
            if code:
                say(f"{run.name} failed with exit code {code}")
                failed.append(run.name)
            elif state_of(places, run) != FINISHED:
                say(f"{run.name} ran out of time; the same command goes on with it.")
                break
    return 1 if failed else 0


def process_start(command_of: Callable[[Run, float | None], Sequence[str]], say: Callable[[str], None]) -> Start:
    """Starts a run's command in a process of its own, which Ctrl-C and SIGTERM reach once.

    command_of: (run, minutes left or None) -> the whole command line.
    """

    def start(run: Run, minutes: float | None, lock: Sequence[int]) -> int:
        command = list(command_of(run, minutes))
        supervisor = Supervisor(command, command, [{}], 0, say, keep_open=lock)
        code = supervisor.run()
        return INTERRUPTED if supervisor.stopped else code

    return start


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
