"""A sheet of training pictures with their joints drawn over, to look at before a run begins."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from voxelpose.data.example import Example
from voxelpose.skeleton import Skeleton
from voxelpose.visualization.figures.overlay import draw_skeleton
from voxelpose.visualization.figures.style import new_figure

_INCHES = 1.5


def preview_sheet(examples: Sequence[Example], skeleton: Skeleton, columns: int = 8) -> Figure:
    """Every picture twice, plain and below it with its joints; those with weight 0 are hollow.

    The last row is filled up with nothing. Pictures without a person have no joints.
    """
    rows = -(-len(examples) // columns)
    figure = new_figure(columns * _INCHES, 2 * rows * _INCHES)
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
