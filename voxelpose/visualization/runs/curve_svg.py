"""A curve as inline SVG: small, sharp at any size, its values shown where the mouse points."""

import math
from collections.abc import Sequence

_WIDTH, _HEIGHT = 330, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 8, 20
_COLOUR = "#0072B2"
_GRID_LINES = 4


def curve_svg(points: Sequence[tuple[int, float]]) -> str:
    """(step, value) pairs as an <svg> element; values that are not finite leave a gap."""
    finite = [value for _, value in points if math.isfinite(value)]
    if not finite:
        return "<svg></svg>"
    ticks = _ticks(min(finite), max(finite))
    low, high = min(ticks[0], min(finite)), max(ticks[-1], max(finite))
    first, last = points[0][0], max(points[-1][0], points[0][0] + 1)

    def place(step: float, value: float) -> tuple[float, float]:
        x = _LEFT + (step - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)
        y = _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)
        return round(x, 1), round(y, 1)

    parts = [_grid_line(place(first, tick)[1], tick) for tick in ticks]
    parts += [_label(_LEFT, "start", first), _label(_WIDTH - _RIGHT, "end", points[-1][0])]
    parts += [_line([place(*point) for point in piece]) for piece in _pieces(points)]
    parts += [_dot(*place(step, value), step, value) for step, value in points if math.isfinite(value)]
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>'


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers at equal distances about [low, high]."""
    span = high - low if high > low else abs(high) or 1.0
    rough = span / _GRID_LINES
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.floor(low / step)
    return [i * step for i in range(first, max(math.ceil(high / step), first + 1) + 1)]


def _pieces(points: Sequence[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    pieces: list[list[tuple[int, float]]] = [[]]
    for point in points:
        if math.isfinite(point[1]):
            pieces[-1].append(point)
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if len(piece) > 1]


def _line(places: Sequence[tuple[float, float]]) -> str:
    path = " ".join(f"{x},{y}" for x, y in places)
    return f'<polyline points="{path}" fill="none" stroke="{_COLOUR}" stroke-width="1.8" stroke-linejoin="round"/>'


def _dot(x: float, y: float, step: int, value: float) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="7" fill="transparent"><title>step {step:,}: {value:.5g}</title></circle>'
        f'<circle cx="{x}" cy="{y}" r="1.8" fill="{_COLOUR}" pointer-events="none"/>'
    )


def _grid_line(y: float, value: float) -> str:
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="currentColor" opacity="0.15"/>'
        f'<text x="{_LEFT - 5}" y="{y + 3}" text-anchor="end">{value:.4g}</text>'
    )


def _label(x: float, anchor: str, step: int) -> str:
    return f'<text x="{x}" y="{_HEIGHT - 5}" text-anchor="{anchor}">{step:,}</text>'
