"""Processes that share the cores: one thread of numerics each, in fresh interpreters."""

import errno
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

# NumPy's libraries read these once, when they load: setting them inside a worker would come too late.
_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)  # fmt: skip


def run(work: Callable[[Task], Result], tasks: Iterable[Task], processes: int) -> Iterator[Result]:
    """The results of tasks, in the order in which they are done; with one process they run right here.

    `work`, tasks and results must be picklable. Raises what `work` raises, and ChildProcessError if a process dies.
    """
    tasks = list(tasks)
    if processes <= 1 or len(tasks) <= 1:
        yield from map(work, tasks)
        return
    # A fresh interpreter per process: forking one that runs TensorFlow's threads hangs.
    executor = ProcessPoolExecutor(min(processes, len(tasks)), multiprocessing.get_context("spawn"), _ignore_interrupts)
    try:
        # All processes of a spawning executor start at the first submission.
        with single_threaded():
            futures = [executor.submit(work, task) for task in tasks]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise ChildProcessError(errno.ECHILD, "A process that draws was killed; is there enough memory?") from error
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; the parent answers it, and tasks that have begun are finished."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def single_threaded() -> Iterator[None]:
    """Processes that start inside the block use one thread each in NumPy's libraries."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
