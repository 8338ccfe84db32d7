"""Work that goes on beside the caller's, with bounded memory: reading ahead, and writing behind."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
_END = object()
# How long a thread waits before it looks whether anybody still needs it.
_PATIENCE_SECONDS = 0.1


@contextmanager
def read_ahead(items: Iterable[T], depth: int) -> Iterator[Iterator[T]]:
    """Iterate `items` in a thread, at most `depth` ahead of the block; an error there is raised in the block.

    The thread ends with the block, whether or not everything was read.
    """
    ahead: queue.Queue = queue.Queue(depth)
    left = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, ahead, left), daemon=True)
    thread.start()
    try:
        yield _drain(ahead)
    finally:
        left.set()
        thread.join()


@contextmanager
def write_behind(write: Callable[[T], None], depth: int) -> Iterator[Callable[[T], None]]:
    """Yield a function that hands items to `write` in a thread, at most `depth` behind; the block's end waits for it.

    An error of `write` is raised at the next item or at the end of the block.
    """
    behind: queue.Queue = queue.Queue(depth)
    failed: list[BaseException] = []

    def work() -> None:
        while (item := behind.get()) is not _END:
            if not failed:
                try:
                    write(item)
                except BaseException as error:  # noqa: BLE001  raised again where the items come from
                    failed.append(error)

    def put(item: T) -> None:
        if failed:
            raise failed[0]
        behind.put(item)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield put
    finally:
        behind.put(_END)
        thread.join()
    if failed:
        raise failed[0]


def _fill(items: Iterable, ahead: queue.Queue, left: threading.Event) -> None:
    try:
        for item in items:
            if not _put(ahead, (item, None), left):
                return
        _put(ahead, (_END, None), left)
    except BaseException as error:  # noqa: BLE001  raised again in the block
        _put(ahead, (_END, error), left)


def _put(ahead: queue.Queue, item: tuple, left: threading.Event) -> bool:
    while not left.is_set():
        try:
            ahead.put(item, timeout=_PATIENCE_SECONDS)
            return True
        except queue.Full:
            continue
    return False


def _drain(ahead: queue.Queue) -> Iterator:
    while True:
        item, error = ahead.get()
        if error is not None:
            raise error
        if item is _END:
            return
        yield item
