"""A sheet of many people: what was predicted over what is true, in the picture and from the side."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from voxelpose.evaluation.reports.worst_cases import WorstCase
from voxelpose.skeleton import Skeleton
from voxelpose.visualization.figures.style import INK, LEFT, MIDDLE, PANEL, RIGHT, new_figure

COLUMNS = 5
_CELL_INCHES = 1.9
# The truth is wide and pale, the prediction narrow and strong.
_PALE = {"right": "#ffd9b3", "left": "#b8defa", "middle": "#ffffff"}
_STRONG = {"right": RIGHT[0], "left": LEFT[0], "middle": MIDDLE[0]}
_MARGIN_MM = 150.0
_LINE_WIDTH = 2.0


def worst_sheet(cases: Sequence[WorstCase], title: str) -> Figure:
    """Draw every case: its picture with the predicted skeleton over the true one, and beside it the same from the side
    (depth and height, relative to the root) where both are known in mm.
    """
    metric = any(_sides(case) for case in cases)
    columns = min(COLUMNS, len(cases))
    rows = -(-len(cases) // columns)
    wide = 2 if metric else 1
    figure = new_figure(columns * wide * _CELL_INCHES, rows * (_CELL_INCHES + 0.25) + 0.6)
    axes = figure.subplots(rows, columns * wide, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for number, case in enumerate(cases):
        row, column = divmod(number, columns)
        _picture(axes[row, column * wide], case)
        if _sides(case):
            _side(axes[row, column * wide + 1], case)
    figure.suptitle(title, fontsize=10, color=INK)
    figure.legend(handles=_handles(), loc="outside lower center", ncols=6, fontsize=8, frameon=False)
    return figure


def _sides(case: WorstCase) -> bool:
    return case.predicted_joints is not None and case.true_joints is not None


def _picture(axis: Axes, case: WorstCase) -> None:
    # darkened, so that thin lines of both skeletons stand out
    axis.imshow(case.image // 2)
    size = case.image.shape[0]
    _bones(axis, case.true_skeleton, case.true_pixels, True)
    _bones(axis, case.predicted_skeleton, case.predicted_pixels, False)
    axis.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
    axis.set_title(case.title, fontsize=8, color=INK, pad=2)


def _side(axis: Axes, case: WorstCase) -> None:
    axis.set_axis_on()
    axis.set_facecolor(PANEL)
    both = [joints[:, [2, 1]] for joints in (case.true_joints, case.predicted_joints)]
    _bones(axis, case.true_skeleton, both[0], True)
    _bones(axis, case.predicted_skeleton, both[1], False)
    points = np.concatenate(both)
    points = points[np.isfinite(points).all(-1)]
    middle = (points.min(0) + points.max(0)) / 2
    half = float(np.ptp(points, axis=0).max()) / 2 + _MARGIN_MM
    axis.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] + half, middle[1] - half))
    axis.set(xticks=[], yticks=[], aspect="equal")
    axis.set_title(f"side, {2 * half / 1000:.1f} m wide", fontsize=7, color=INK, pad=2)


def _bones(axis: Axes, skeleton: Skeleton, points: np.ndarray, truth: bool) -> None:
    known = np.isfinite(points).all(-1)
    shown = [bone for bone in skeleton.bones if known[list(bone)].all()]
    palette = _PALE if truth else _STRONG
    axis.add_collection(
        LineCollection(
            [points[list(bone)] for bone in shown],
            colors=[palette[_side_of(skeleton.joints[child])] for _, child in shown],
            linewidths=_LINE_WIDTH + 2 if truth else _LINE_WIDTH,
            capstyle="round",
        )
    )


def _side_of(name: str) -> str:
    side = name.partition("_")[0]
    return side if side in ("right", "left") else "middle"


def _handles() -> list[Line2D]:
    lines = [(f"{name}, {side}", palette[side]) for name, palette in _PALETTES.items() for side in palette]
    return [Line2D([], [], color=colour, linewidth=5 if "true" in name else 3, label=name) for name, colour in lines]


_PALETTES = {"true": _PALE | {"middle": "#cccccc"}, "predicted": _STRONG}
