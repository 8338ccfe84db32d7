"""How far a long run is and how fast: a live line on a terminal, plain lines now and then elsewhere."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_LINE_SECONDS = 15.0


class RateProgress:
    """A context that is told of every finished item.

    title: what the line begins with; total: how many there are, None if nobody knows; unit: what they are, e.g.
    "frames"; clock: seconds, replaced in tests.
    """

    def __init__(
        self,
        title: str,
        total: int | None,
        unit: str,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._title, self._total, self._unit = title, total, unit
        self._console = console or Console(highlight=False)
        self._clock = clock
        self.done = self._first = 0

    def __enter__(self) -> "RateProgress":
        self._began = self._printed = self._clock()
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(24),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._task = self._bar.add_task(self._title, total=self._total)
        self._bar.start()
        return self

    def __exit__(self, *_) -> None:
        self._bar.stop()

    def step(self, count: int = 1) -> None:
        """Another `count` items are done."""
        self.done += count
        now = self._clock()
        if not self._first:
            # The first items pay for what a network does once: they are no part of the rate.
            self._first, self._began, self._printed = count, now, now
        self._bar.update(self._task, completed=self.done, description=f"{self._title}  {self.rate:.1f} {self._unit}/s")
        if not self._console.is_terminal and now - self._printed >= _LINE_SECONDS:
            self._printed = now
            of = f" of {self._total}" if self._total else ""
            self._console.print(
                f"{self._title}: {self.done}{of} {self._unit}, {self.rate:.1f} {self._unit}/s", markup=False
            )

    @property
    def rate(self) -> float:
        """Items per second since the first ones were done."""
        return (self.done - self._first) / max(self._clock() - self._began, 1e-9)
