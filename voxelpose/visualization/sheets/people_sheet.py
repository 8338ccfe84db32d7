"""Examples on one sheet with their joints drawn over: stored people, and drawn ones."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from voxelpose.data.example import Example
from voxelpose.data.store.stored_examples import StoredExamples
from voxelpose.skeleton import Skeleton
from voxelpose.visualization.figures.overlay import draw_skeleton
from voxelpose.visualization.figures.style import LEFT, RIGHT, new_figure

_COLUMNS, _INCHES = 4, 2.6
_PREVIEW_INCHES = 1.5


def people_sheet(store: StoredExamples, rows: np.ndarray) -> Figure:
    """The given people of a store side by side: joints with weight 0 hollow, unknown ones left out."""
    columns = min(_COLUMNS, len(rows))
    lines = -(-len(rows) // columns)
    figure = new_figure(columns * _INCHES, lines * (_INCHES + 0.22) + 0.3)
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for axis, row in zip(axes, rows, strict=False):
        example = store[int(row)]
        axis.imshow(example.image)
        known = np.isfinite(example.joints[:, :2]).all(-1) & example.present
        points = np.where(known[:, None], example.joints[:, :2], np.nan)
        outside = example.weights[:, 0] == 0
        draw_skeleton(axis, store.skeleton, points, np.ones(len(points)), outside, 1.5)
        axis.set_title(_title(example.source, int(row)), fontsize=5.5)
        axis.set(xlim=(-0.5, store.size - 0.5), ylim=(store.size - 0.5, -0.5))
    for axis in axes:
        axis.set_axis_off()
    figure.legend(
        handles=[
            Line2D([], [], color=RIGHT[0], linewidth=3, label="person's right"),
            Line2D([], [], color=LEFT[0], linewidth=3, label="person's left"),
        ],
        loc="outside lower center",
        ncols=2,
        fontsize=7,
        frameon=False,
    )
    return figure


def preview_sheet(examples: Sequence[Example], skeleton: Skeleton, columns: int = 8) -> Figure:
    """Every picture twice, plain and below it with its joints; those with weight 0 are hollow.

    The last row is filled up with nothing. Pictures without a person have no joints.
    """
    rows = -(-len(examples) // columns)
    figure = new_figure(columns * _PREVIEW_INCHES, 2 * rows * _PREVIEW_INCHES)
    figure.set_layout_engine("none")
    for number, example in enumerate(examples):
        row, column = divmod(number, columns)
        for below in (0, 1):
            bottom = 1 - (2 * row + below + 1) / (2 * rows)
            axis = figure.add_axes((column / columns, bottom, 1 / columns, 1 / (2 * rows)))
            side = len(example.image)
            axis.imshow(example.image)
            if below and example.present:
                outside = example.weights[:, 0] == 0
                draw_skeleton(axis, skeleton, example.joints[:, :2], np.ones(len(skeleton)), outside, 1.0)
            axis.set(xlim=(-0.5, side - 0.5), ylim=(side - 0.5, -0.5))
            axis.set_axis_off()
    return figure


def _title(source: str, row: int) -> str:
    """The number of the example and the name of its picture, without folders."""
    name = source.partition(" (")[0].rpartition("/")[2]
    return f"{row}: {name if len(name) <= 44 else name[:41] + '...'}"
