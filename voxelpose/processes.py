"""Processes that share the cores: one thread of numerics each, in fresh interpreters that end with their parent."""

import errno
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
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

    Tasks are taken only a few at a time, so they may be many and made meanwhile. `work`, tasks and results must be
    picklable. Raises what `work` raises, and ChildProcessError if a process dies.
    """
    tasks = iter(tasks)
    first = list(islice(tasks, 2))
    if processes <= 1 or len(first) <= 1:
        for task in _again(first, tasks):
            yield work(task)
        return
    # A fresh interpreter per process: forking one that runs TensorFlow's threads hangs.
    executor = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _begin)
    try:
        running: set[Future] = set()
        for task in _again(first, tasks):
            # All processes of a spawning executor start at the first submission.
            with single_threaded():
                running.add(executor.submit(work, task))
            if len(running) >= 2 * processes:
                yield from _ended(running)
        while running:
            yield from _ended(running)
    except BrokenProcessPool as error:
        raise ChildProcessError(errno.ECHILD, "A process was killed; is there enough memory?") from error
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _again(first: list[Task], rest: Iterator[Task]) -> Iterator[Task]:
    yield from first
    yield from rest


def _ended(running: set[Future]) -> Iterator:
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        running.remove(future)
        yield future.result()


def _begin() -> None:
    """Ctrl-C reaches every process of a terminal; the parent answers it, and tasks that have begun are finished.

    A parent that is killed can answer nothing: its processes then end by themselves.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


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
