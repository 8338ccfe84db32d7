"""Many people on one sheet: each one's part of the picture with the skeleton on it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from voxelpose.errors import InputError
from voxelpose.results.pose import Pose3D
from voxelpose.visualization.figures.overlay import draw_skeleton
from voxelpose.visualization.figures.style import INK, new_figure, opacity

MOST_COLUMNS = 6
CELL_INCHES = 2.4
# Side of the square shown, over the longer side of the person's box.
ROOM = 1.3
LINE_WIDTH = 1.6


def pose_sheet(
    poses: Sequence[Pose3D],
    images: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    axes: Sequence[Axes] | None = None,
) -> Figure:
    """Draw every pose on the square of its image (H, W, 3) uint8 RGB around its box, least confident joints palest.

    titles: one per pose; the mean confidence is added to it. axes: one per pose; a new figure if None. Returns the
    figure. Raises InputError if there are no poses, or not as many images, titles or axes.
    """
    if not poses:
        raise InputError("Expected at least one pose for a sheet. Received: none.")
    titles = [""] * len(poses) if titles is None else titles
    if axes is None:
        axes = _grid(len(poses))
    for name, given in (("images", images), ("titles", titles), ("axes", axes)):
        if len(given) != len(poses):
            raise InputError(f"Expected as many {name} as poses, {len(poses)}. Received: {len(given)}.")
    for pose, image, title, axis in zip(poses, images, titles, axes, strict=True):
        _draw(axis, pose, image)
        text = f"{title}  {100 * pose.confidence.mean():.0f} %".strip()
        axis.set_title(text, fontsize=8, color=INK)
    return axes[0].figure


def _grid(count: int) -> list[Axes]:
    columns = min(count, MOST_COLUMNS)
    rows = -(-count // columns)
    figure = new_figure(CELL_INCHES * columns, CELL_INCHES * 1.1 * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[count:]:
        axis.set_axis_off()
    return list(axes[:count])


def _draw(axis: Axes, pose: Pose3D, image: np.ndarray) -> None:
    x, y, width, height = pose.box
    half = ROOM * max(width, height) / 2
    middle_x, middle_y = x + width / 2 - 0.5, y + height / 2 - 0.5
    axis.imshow(image)
    axis.set_facecolor("black")
    draw_skeleton(axis, pose.skeleton, pose.joints_2d, opacity(pose.confidence), pose.outside_crop, LINE_WIDTH)
    axis.set(xlim=(middle_x - half, middle_x + half), ylim=(middle_y + half, middle_y - half), xticks=[], yticks=[])
