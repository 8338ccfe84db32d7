"""People that are drawn while they are already trained on."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from voxelpose.data.example import Example
from voxelpose.data.labels import Labels
from voxelpose.data.source import ExampleSet, ExampleSource
from voxelpose.skeleton import Skeleton
from voxelpose.synthetic.pools.manifest import claim
from voxelpose.synthetic.pools.pool import draw_pool, load_pool, load_shards
from voxelpose.synthetic.pools.shards import SHARD, holds, shard_path
from voxelpose.synthetic.settings import SyntheticSettings

_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class PoolOrder:
    """`count` people of a seed, to be drawn into a folder by so many processes."""

    folder: Path
    settings: SyntheticSettings
    count: int
    seed: int
    processes: int = 1


class BackgroundDrawing:
    """Draws pools one after the other in a thread of its own, whose work the processes of `draw_pool` do.

    A context manager: drawing begins with the block and ends with it, after the shards that are in work.

    log: given a line now and then; elsewhere: another process draws, and this one waits for it. A failure is raised
    where people are waited for that will not come.
    Raises InputError for a folder that holds another pool.
    """

    def __init__(
        self,
        orders: Sequence[PoolOrder],
        log: Callable[[str], None] | None = None,
        elsewhere: bool = False,
    ):
        for order in orders:
            claim(order.folder, order.settings, order.seed)
        self._orders, self._log, self._elsewhere = tuple(orders), log, elsewhere
        self._failure: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._draw, name="drawing", daemon=True)

    def __enter__(self) -> "BackgroundDrawing":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for(self, path: Path, count: int) -> None:
        """Return as soon as the shard is there with `count` examples; raises what went wrong with the drawing."""
        while not holds(path, count):
            if not self._thread.is_alive() and not holds(path, count):
                raise self._failure or RuntimeError(f"Expected {path} to be among what is drawn. It is not.")
            time.sleep(_LOOK_SECONDS)

    def _draw(self) -> None:
        if self._elsewhere:
            self._stop.wait()
            return
        try:
            for order in self._orders:
                draw_pool(order.folder, order.settings, order.count, order.seed, order.processes, self._progress)
        except BaseException as error:  # handed on to whoever waits
            self._failure = error

    def _progress(self, line: str) -> None:
        if self._stop.is_set():
            raise InterruptedError("The drawing was stopped.")
        if self._log is not None:
            self._log(line)


class GrowingPool(ExampleSource):
    """The people of an order as examples by number, each there as soon as it is asked for and drawn.

    first: how many the first pass takes. InputError for a damaged shard.
    """

    def __init__(self, order: PoolOrder, drawing: BackgroundDrawing, skeleton: Skeleton, first: int | None = None):
        self.name = order.folder.name
        self.skeleton = skeleton
        self.first = first
        self._order, self._drawing = order, drawing
        self._lock = threading.Lock()
        self._shard = lru_cache(maxsize=None)(self._load)

    def __len__(self) -> int:
        return self._order.count

    def __getitem__(self, index: int) -> Example:
        shard, row = divmod(index, SHARD)
        return self._locked(shard)[row]

    def labels(self, rows: np.ndarray | None = None) -> Labels:
        numbers = np.arange(len(self)) if rows is None else np.arange(len(self))[rows]
        size = self._order.settings.picture
        return Labels.of(self.skeleton, size, [self[int(number)] for number in numbers])

    @property
    def ready(self) -> int:
        return len(self) if self.first is None else min(self.first, len(self))

    def head(self, count: int) -> ExampleSet:
        """The first `count` examples at once, waiting for them if need be."""
        for shard in range(-(-count // SHARD)):
            self._wait(shard)
        return load_pool(self._order.folder, self.skeleton, count)

    def _locked(self, shard: int) -> ExampleSet:
        with self._lock:  # two loading threads must not read one shard twice
            return self._shard(shard)

    def _load(self, shard: int) -> ExampleSet:
        return load_shards([self._wait(shard)], self.skeleton)

    def _wait(self, shard: int) -> Path:
        start = shard * SHARD
        path = shard_path(self._order.folder, start)
        self._drawing.wait_for(path, min(SHARD, len(self) - start))
        return path
