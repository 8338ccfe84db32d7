"""Plots of a suite: a column per variant, a colour per way to read it, every training a dot, the mean with its bar."""

from pathlib import Path

from voxelpose.experiments.reports.findings import Findings
from voxelpose.experiments.suite import DECODER_NAMES, Figure
from voxelpose.visualization.figures.style import INK, LEFT, MIDDLE, RIGHT, new_figure, save_figure

_COLOURS = (LEFT[0], RIGHT[0], MIDDLE[0], INK)
_MARKERS = ("o", "s", "^", "D")
_SPREAD = 0.16


def draw(findings: Findings, figure: Figure, path: Path) -> None:
    """Write the plot as PNG; a variant without any result is named as missing."""
    canvas = new_figure(1.8 + 1.25 * max(len(figure.columns), 3), 4.0)
    axes = canvas.add_subplot()
    decoders = findings.decoders()
    shown = set()
    for column, variant in enumerate(figure.columns):
        here = [name for name in decoders if findings.errors(variant, name)]
        for place, decoder in enumerate(here):
            number = decoders.index(decoder)
            x = column + _SPREAD * (place - (len(here) - 1) / 2)
            _point(axes, findings, variant, decoder, x, number, "" if decoder in shown else DECODER_NAMES[decoder])
            shown.add(decoder)
        if not here:
            axes.text(column, 0.5, "missing", rotation=90, color="#999999", ha="center", va="center",
                      transform=axes.get_xaxis_transform())  # fmt: skip
    axes.set_xlim(-0.6, len(figure.columns) - 0.4)
    axes.set_xticks(range(len(figure.columns)), figure.columns.values())
    axes.set_xlabel(figure.axis)
    axes.set_ylabel("MPJPE, mm")
    axes.set_title(figure.title, fontsize=11, loc="left")
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if shown:
        canvas.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    save_figure(canvas, path)


def _point(axes, findings: Findings, variant: str, decoder: str, x: float, number: int, label: str) -> None:
    found, each = findings.error(variant, decoder), findings.errors(variant, decoder)
    colour, marker = _COLOURS[number % len(_COLOURS)], _MARKERS[number % len(_MARKERS)]
    axes.errorbar(
        x, found.mean, yerr=[[found.mean - found.low], [found.high - found.mean]], fmt=marker, color=colour,
        markersize=6, capsize=3, linewidth=1.2, label=label or None,
    )  # fmt: skip
    if len(each) > 1:
        axes.scatter([x + 0.05] * len(each), each, s=9, facecolor="none", edgecolor=colour, linewidth=0.8)
