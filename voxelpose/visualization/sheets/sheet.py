"""Many examples on one sheet: what the network is shown, with the joints that it is to find there."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from voxelpose.skeleton import Skeleton
from voxelpose.visualization.figures.overlay import draw_skeleton
from voxelpose.visualization.figures.style import INK, LEFT, RIGHT, new_figure

_CELL_INCHES = 1.9
_COLUMNS = 8


def example_sheet(
    images: np.ndarray, targets: np.ndarray, presence: np.ndarray, names: Sequence[str], skeleton: Skeleton
) -> Figure:
    """Draw training examples in rows of eight.

    images: (B, S, S, 3) uint8 RGB, or heatmaps (B, S, S, J) uint8, of which the strongest is shown; targets: (B, J, 6)
    x, y, z in fractions of the grid and their weights; presence: (B, 1 or more), 0 in the first column where nobody is
    there; names: the source of each. Joints without a depth are hollow, those of weight 0 aren't drawn.
    """
    columns = min(_COLUMNS, len(images))
    rows = -(-len(images) // columns)
    figure = new_figure(columns * _CELL_INCHES, rows * (_CELL_INCHES + 0.22) + 0.55)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, image, target, present, name in zip(axes, images, targets, presence, names, strict=False):
        draw_example(axis, image, target, skeleton)
        axis.set_title(f"{name}, {_known(target, present[0] > 0)}", fontsize=6.5, color=INK, pad=3)
    figure.legend(
        handles=[
            Line2D([], [], color=RIGHT[0], linewidth=3, label="person's right"),
            Line2D([], [], color=LEFT[0], linewidth=3, label="person's left"),
            Line2D([], [], color=INK, marker="o", markerfacecolor="white", linewidth=0, label="filled: with depth"),
            Line2D([], [], color=INK, marker="o", markerfacecolor="none", linewidth=0, label="hollow: without depth"),
        ],
        loc="outside lower center",
        ncols=4,
        fontsize=8,
        facecolor="#d8d8d8",
        edgecolor="none",
    )
    return figure


def draw_example(axis: Axes, image: np.ndarray, target: np.ndarray, skeleton: Skeleton) -> None:
    """One image (S, S, 3), or heatmaps (S, S, J) in grey, with the joints (J, 6) that are annotated."""
    if image.shape[-1] != 3:
        image = np.repeat(image.max(axis=-1, keepdims=True), 3, axis=-1)
    size = image.shape[0]
    points, weights = target[:, :2] * size - 0.5, target[:, 3:]
    points = np.where(weights[:, :1] > 0, points, np.nan)
    axis.imshow(image)
    draw_skeleton(axis, skeleton, points, np.ones(len(points)), weights[:, 2] == 0, line_width=1.3)
    axis.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))


def _known(target: np.ndarray, present: bool) -> str:
    if not present:
        return "nobody"
    plane, depth = ((target[:, axis] > 0).sum() for axis in (3, 5))
    return f"{plane} joints, {'no' if depth == 0 else depth} depths"
