"""How a run tells a person where it stands: one live panel on a terminal, plain lines in a pipe."""

import time
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console
from rich.live import Live

from voxelpose.training.run.progress_panel import Curve, run_panel

_LINE_SECONDS = 30.0
_REFRESHES_PER_SECOND = 4
_SMOOTHING = 0.98
_NO_LOSS = "gradient_norm"


class RunProgress:
    """Shows steps, rate, time left, smoothed losses and held-out errors; a context manager around the loop.

    total: steps of the run; done: steps already done; batch_size: images per step; console: where to write;
    clock: seconds, replaced in tests; errors: what was measured before, per epoch, for a run that goes on.
    """

    def __init__(
        self,
        total: int,
        done: int,
        batch_size: int,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
        errors: Sequence[Mapping[str, float]] = (),
    ):
        self.total, self.start, self.batch_size = total, done, batch_size
        self.console = console or Console(highlight=False)
        self._clock = clock
        self._step = done
        self._losses: dict[str, float] = {}
        self._curves: dict[str, Curve] = {}
        self._errors: dict[str, list[float]] = {}
        self._began = self._told = clock()
        self._live: Live | None = None
        for values in errors:
            self.measured({name: value for name, value in values.items() if name != "step"})

    def __enter__(self) -> "RunProgress":
        self._began = self._told = self._clock()
        if self.console.is_terminal:
            self._live = Live(
                get_renderable=self._panel, console=self.console, refresh_per_second=_REFRESHES_PER_SECOND
            )
            self._live.start()
        return self

    def __exit__(self, *_) -> None:
        if self._live is not None:
            self._live.refresh()
            self._live.stop()

    def step(self, step: int, values: Mapping[str, float]) -> None:
        """Told after every step with its losses."""
        self._step = step
        for name, value in values.items():
            self._losses[name] = _SMOOTHING * self._losses.get(name, value) + (1 - _SMOOTHING) * value
            self._curves.setdefault(name, Curve()).add(value)
        now = self._clock()
        if step == self.start + 1:
            self.log(f"first step after {now - self._began:.1f} s")
            # Compilation is not a rate: it would spoil the first minutes' estimate of the time left.
            self._began = now
        if self._live is None and now - self._told >= _LINE_SECONDS:
            self._told = now
            self.log(f"step {step}/{self.total}  {self._line(step, now)}  {self._left(step, now)} left")

    def measured(self, errors: Mapping[str, float]) -> None:
        """Told the held-out errors at the end of every epoch; the panel shows them until there are others."""
        for name, value in errors.items():
            self._errors.setdefault(name, []).append(value)

    def log(self, text: str) -> None:
        """A line of its own, above the panel if there is one."""
        self.console.print(text, soft_wrap=True, markup=False)

    def _panel(self):
        now, step = self._clock(), self._step
        losses = {name: (value, self._curves[name]) for name, value in list(self._losses.items()) if name != _NO_LOSS}
        if step <= self.start:
            return run_panel(step, self.total, "compiling", "", losses, self._errors)
        speed = f"{self._rate(step, now):.1f} images/s" if step > self.start + 1 else ""
        left = f"{self._left(step, now)} left" if speed else ""
        return run_panel(step, self.total, speed, left, losses, self._errors)

    def _rate(self, step: int, now: float) -> float:
        return (step - self.start - 1) * self.batch_size / max(now - self._began, 1e-9)

    def _line(self, step: int, now: float) -> str:
        losses = "  ".join(f"{name} {value:.4g}" for name, value in self._losses.items() if name != _NO_LOSS)
        return f"{self._rate(step, now):.1f} images/s  {losses}"

    def _left(self, step: int, now: float) -> str:
        rate = self._rate(step, now) / self.batch_size
        seconds = int((self.total - step) / rate) if rate > 0 else 0
        return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
