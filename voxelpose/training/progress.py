"""How a run tells a person where it stands: one live line on a terminal, plain lines in a pipe."""

import time
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_LINE_SECONDS = 30.0
_SMOOTHING = 0.98


class RunProgress:
    """Shows steps, rate, time left, and smoothed losses; a context manager around the loop.

    total: steps of the run; done: steps already done; batch_size: images per step; console: where to write;
    clock: seconds, replaced in tests.
    """

    def __init__(
        self,
        total: int,
        done: int,
        batch_size: int,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.total, self.start, self.batch_size = total, done, batch_size
        self.console = console or Console(highlight=False)
        self._clock = clock
        self._losses: dict[str, float] = {}
        self._began = self._told = clock()
        self._bar = None

    def __enter__(self) -> "RunProgress":
        if self.console.is_terminal:
            columns = (BarColumn(24), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
            self._bar = Progress(*columns, console=self.console)
            self._task = self._bar.add_task("compiling", total=self.total, completed=self.start)
            self._bar.start()
        self._began = self._told = self._clock()
        return self

    def __exit__(self, *_) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, step: int, values: Mapping[str, float]) -> None:
        """Told after every step with its losses."""
        for name, value in values.items():
            self._losses[name] = _SMOOTHING * self._losses.get(name, value) + (1 - _SMOOTHING) * value
        now = self._clock()
        if step == self.start + 1:
            self.say(f"first step after {now - self._began:.1f} s")
            # Compilation is not a rate: it would spoil the first minutes' estimate of the time left.
            self._began = now
        if self._bar is not None:
            self._bar.update(self._task, completed=step, description=self._line(step, now))
        elif now - self._told >= _LINE_SECONDS:
            self._told = now
            self.say(f"step {step}/{self.total}  {self._line(step, now)}  {self._left(step, now)} left")

    def say(self, text: str) -> None:
        """A line of its own, above the live one if there is one."""
        self.console.print(text, soft_wrap=True, markup=False)

    def _rate(self, step: int, now: float) -> float:
        return (step - self.start - 1) * self.batch_size / max(now - self._began, 1e-9)

    def _line(self, step: int, now: float) -> str:
        losses = "  ".join(f"{name} {value:.4g}" for name, value in self._losses.items() if name != "gradient_norm")
        return f"{self._rate(step, now):.1f} images/s  {losses}"

    def _left(self, step: int, now: float) -> str:
        rate = self._rate(step, now) / self.batch_size
        seconds = int((self.total - step) / rate) if rate > 0 else 0
        return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
