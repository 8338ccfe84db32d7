"""The live panel of a run: how far, how fast, losses with their curves, and what was measured last."""

import math
from collections.abc import Mapping, Sequence

from rich.console import Group
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

BARS = "▁▂▃▄▅▆▇█"
CURVE_POINTS = 40
_BAR_WIDTH = 30
_FLAT = 1e-6  # what rounding alone makes of a constant


class Curve:
    """A number over the whole run in at most 40 points, each the mean of equally many values."""

    def __init__(self):
        self._points: list[float] = []
        self._sum, self._count, self._each = 0.0, 0, 1

    def add(self, value: float) -> None:
        """Take in the next value; where points become too many, pairs of them become one."""
        self._sum, self._count = self._sum + value, self._count + 1
        if self._count < self._each:
            return
        self._points.append(self._sum / self._count)
        self._sum, self._count = 0.0, 0
        if len(self._points) == 2 * CURVE_POINTS:
            self._points = [(a + b) / 2 for a, b in zip(self._points[::2], self._points[1::2], strict=True)]
            self._each *= 2

    def points(self) -> list[float]:
        """The points so far, oldest first."""
        if len(self._points) <= CURVE_POINTS:
            return list(self._points)
        pairs = self._points[: len(self._points) // 2 * 2]
        return [(a + b) / 2 for a, b in zip(pairs[::2], pairs[1::2], strict=True)]


def drawn_curve(points: Sequence[float]) -> str:
    """One character per point, its height in proportion; logarithmic where all are above 0 and far apart."""
    points = [point for point in points if math.isfinite(point)]
    if not points:
        return ""
    if min(points) > 0 and max(points) > 4 * min(points):
        points = [math.log(point) for point in points]
    low, span = min(points), max(points) - min(points)
    span = 0.0 if span < _FLAT * max(map(abs, points)) else span
    return "".join(BARS[round((point - low) / span * (len(BARS) - 1)) if span else 0] for point in points)


def run_panel(
    step: int,
    total: int,
    speed: str,
    left: str,
    losses: Mapping[str, tuple[float, Curve]],
    errors: Mapping[str, Sequence[float]],
) -> Panel:
    """The panel.

    speed: in words; left: time, or what is being done before there is any; losses: value and curve by name; errors:
    what was measured by name, oldest first.
    """
    head = Table.grid(padding=(0, 2))
    head.add_row(ProgressBar(total, step, width=_BAR_WIDTH), Text(f"{step}/{total}"), Text(speed), Text(left))
    parts = [head]
    if losses:
        parts += [Text(), _losses(losses)]
    if errors:
        parts += [Text(), _errors(errors)]
    return Panel(Group(*parts), title="training", title_align="left", expand=False, border_style="dim")


def _losses(losses: Mapping[str, tuple[float, Curve]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, (value, curve) in losses.items():
        table.add_row(
            Text(name), Text(f"{value:.4g}", justify="right"), Text(drawn_curve(curve.points()), style="cyan")
        )
    return table


def _errors(errors: Mapping[str, Sequence[float]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, values in errors.items():
        change = f"{values[-1] - values[-2]:+.3g}" if len(values) > 1 else ""
        curve = Text(drawn_curve(values[-CURVE_POINTS:]), style="green")
        table.add_row(Text(f"held out: {name}"), Text(f"{values[-1]:.4g}", justify="right"), Text(change), curve)
    return table
