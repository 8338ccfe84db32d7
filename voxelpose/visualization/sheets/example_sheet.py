"""Many examples on one sheet: what the network is shown, with the joints that it is to find there."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from voxelpose.skeleton import Skeleton
from voxelpose.visualization.figures.overlay import draw_skeleton
from voxelpose.visualization.figures.style import INK, LEFT, RIGHT, new_figure

_CELL_INCHES = 1.9
_COLUMNS = 8


def example_sheet(batch: Mapping[str, np.ndarray], names: Sequence[str], skeleton: Skeleton) -> Figure:
    """Draw training examples in rows of eight.

    batch: see `data.batches`; of heatmaps the strongest joint's is shown in grey. names: the source of each example.
    Joints without a depth are hollow, those of weight 0 aren't drawn.
    """
    images = batch["image"] if "image" in batch else np.repeat(batch["heatmaps"].max(-1, keepdims=True), 3, axis=-1)
    columns = min(_COLUMNS, len(images))
    rows = -(-len(images) // columns)
    figure = new_figure(columns * _CELL_INCHES, rows * (_CELL_INCHES + 0.22) + 0.55)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    labels = (batch[name] for name in ("joints", "joint_weights", "present"))
    for axis, image, joints, weights, present, name in zip(axes, images, *labels, names, strict=False):
        draw_example(axis, image, joints, weights, skeleton)
        axis.set_title(f"{name}, {_known(weights, present > 0)}", fontsize=6.5, color=INK, pad=3)
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


def draw_example(axis: Axes, image: np.ndarray, joints: np.ndarray, weights: np.ndarray, skeleton: Skeleton) -> None:
    """One image (S, S, 3) with the joints (J, 3), in fractions, whose weights (J, 3) are above 0."""
    size = image.shape[0]
    points = np.where(weights[:, :1] > 0, joints[:, :2] * size - 0.5, np.nan)
    axis.imshow(image)
    draw_skeleton(axis, skeleton, points, np.ones(len(points)), weights[:, 2] == 0, line_width=1.3)
    axis.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))


def _known(weights: np.ndarray, present: bool) -> str:
    if not present:
        return "nobody"
    plane, depth = ((weights[:, axis] > 0).sum() for axis in (0, 2))
    return f"{plane} joints, {'no' if depth == 0 else depth} depths"
