"""How far a preparation is: one live line on a terminal, plain lines in a pipe."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from voxelpose.data.store.preparation import Step

_LINE_SECONDS = 10.0


class PrepareProgress:
    """Shows people done, rate and time left; a context manager around the work. clock: seconds, replaced in tests."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic):
        self.console, self._clock = console, clock
        self._began = self._printed = clock()
        self._bar = None

    def __enter__(self) -> "PrepareProgress":
        if self.console.is_terminal:
            self._bar = Progress(BarColumn(24), TextColumn("{task.description}"), console=self.console)
            self._task = self._bar.add_task("reading the annotation", total=None)
            self._bar.start()
        self._began = self._printed = self._clock()
        return self

    def __exit__(self, *_) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, step: Step) -> None:
        """To be called after every shard, those of earlier runs included."""
        now = self._clock()
        if self._bar is not None:
            self._bar.update(self._task, completed=step.done, total=step.total, description=self.line(step, now))
        elif now - self._printed >= _LINE_SECONDS or step.done == step.total:
            self._printed = now
            self.console.print(self.line(step, now), soft_wrap=True, markup=False)

    def line(self, step: Step, now: float) -> str:
        """ "512/10,000 people  41.3 people/s  0:03:50 left"; people of earlier runs count in no rate."""
        rate = (step.done - step.kept) / max(now - self._began, 1e-9)
        words = [f"{step.done:,}{f'/{step.total:,}' if step.total is not None else ''} people"]
        if step.done > step.kept:
            words.append(f"{rate:.1f} people/s")
            if step.total is not None:
                left = int((step.total - step.done) / rate)
                words.append(f"{left // 3600}:{left % 3600 // 60:02d}:{left % 60:02d} left")
        if step.kept:
            words.append(f"{step.kept:,} were there")
        return "  ".join(words)


def counted(people: int) -> str:
    """ "1 person", "1,200 people"."""
    return f"{people:,} {'person' if people == 1 else 'people'}"
