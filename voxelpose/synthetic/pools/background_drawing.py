"""People that are drawn while they are already trained on."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from voxelpose.data.example import Example, ExampleSet
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


class Painter:
    """Draws pools one after the other in a thread of its own, whose work the processes of `draw_pool` do.

    A context manager: drawing begins with the block and ends with it, after the shards that are in work.

    progress: told a line now and then; elsewhere: another process draws, and this painter waits for it. A failure is
    raised where somebody waits for people that will not come.
    Raises InputError for a folder that holds another pool.
    """

    def __init__(
        self,
        orders: Sequence[PoolOrder],
        progress: Callable[[str], None] | None = None,
        elsewhere: bool = False,
    ):
        for order in orders:
            claim(order.folder, order.settings, order.seed)
        self._orders, self._progress, self._elsewhere = tuple(orders), progress, elsewhere
        self._failure: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._paint, name="painter", daemon=True)

    def __enter__(self) -> "Painter":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for(self, path: Path, count: int) -> None:
        """Return as soon as the shard is there with `count` examples; raises what went wrong with the drawing."""
        while not holds(path, count):
            if not self._thread.is_alive() and not holds(path, count):
                raise self._failure or RuntimeError(f"Expected the painter to draw {path}. It was not asked to.")
            time.sleep(_LOOK_SECONDS)

    def _paint(self) -> None:
        if self._elsewhere:
            self._stop.wait()
            return
        try:
            for order in self._orders:
                draw_pool(order.folder, order.settings, order.count, order.seed, order.processes, self._told)
        except BaseException as error:  # handed on to whoever waits
            self._failure = error

    def _told(self, progress: str) -> None:
        if self._stop.is_set():
            raise InterruptedError("The painter was stopped.")
        if self._progress is not None:
            self._progress(progress)


class GrowingPool:
    """The people of an order as examples by number, each there as soon as it is asked for and drawn.

    Behaves as an ExampleSet of `count` examples where single examples are read. InputError for a damaged shard.
    """

    def __init__(self, order: PoolOrder, painter: Painter, skeleton: Skeleton):
        self.name = order.folder.name
        self.skeleton = skeleton
        self._order, self._painter = order, painter
        self._lock = threading.Lock()
        self._shard = lru_cache(maxsize=None)(self._load)

    def __len__(self) -> int:
        return self._order.count

    def __getitem__(self, index: int) -> Example:
        shard, row = divmod(index, SHARD)
        with self._lock:  # two loading threads must not read one shard twice
            return self._shard(shard)[row]

    def head(self, count: int) -> ExampleSet:
        """The first `count` examples at once, waiting for them if need be."""
        for shard in range(-(-count // SHARD)):
            self._wait(shard)
        return load_pool(self._order.folder, self.skeleton, count)

    def _load(self, shard: int) -> ExampleSet:
        return load_shards([self._wait(shard)], self.skeleton)

    def _wait(self, shard: int) -> Path:
        start = shard * SHARD
        path = shard_path(self._order.folder, start)
        self._painter.wait_for(path, min(SHARD, len(self) - start))
        return path
