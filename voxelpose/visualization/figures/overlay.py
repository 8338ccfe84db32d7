"""The skeleton on the photograph."""

from collections.abc import Sequence

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, Stroke

from voxelpose.results.pose import Pose3D
from voxelpose.skeleton import Skeleton
from voxelpose.visualization.figures.style import (
    INK,
    LEFT,
    PEOPLE,
    RIGHT,
    bone_colours,
    new_figure,
    opacity,
    side_colour,
)

LONGER_SIDE_INCHES = 8.0


def overlay(pose: Pose3D | Sequence[Pose3D], image: np.ndarray, axis: Axes | None = None) -> Figure:
    """Draw the joints of `pose` on its image (H, W, 3) uint8 RGB; uncertain ones paler, those outside the crop hollow.

    pose: one person's, or those of any number of people, none included; several have numbers, as in the list, and boxes
    in colours of their own. axis: where to draw; a new figure of the image's own shape if None. Returns the figure.
    """
    height, width = image.shape[:2]
    if axis is None:
        inch = LONGER_SIDE_INCHES / max(height, width)
        figure = new_figure(width * inch, height * inch)
        figure.set_layout_engine("none")
        axis = figure.add_axes((0, 0, 1, 1))
    axis.imshow(_shrunk(image, axis.figure.dpi), extent=(-0.5, width - 0.5, height - 0.5, -0.5))
    people = [pose] if isinstance(pose, Pose3D) else pose
    for number, person in enumerate(people, start=1):
        x, y, w, h = person.box
        colour = PEOPLE[(number - 1) % len(PEOPLE)] if len(people) > 1 else "white"
        axis.add_patch(
            Rectangle((x - 0.5, y - 0.5), w, h, fill=False, edgecolor=colour, linestyle=(0, (4, 4)), linewidth=1)
        )
        if len(people) > 1:
            _label(axis, str(number), (x, y), colour)
        width_of_line = np.clip(6 * np.sqrt(w * h) / max(height, width), 1.0, 4.0)
        solid = opacity(person.confidence)
        draw_skeleton(axis, person.skeleton, person.joints_2d, solid, person.outside_crop, width_of_line)
    axis.legend(
        handles=[
            Line2D([], [], color=RIGHT[0], linewidth=3, label="person's right"),
            Line2D([], [], color=LEFT[0], linewidth=3, label="person's left"),
        ],
        loc="lower left",
        fontsize=8,
        framealpha=0.85,
        edgecolor="none",
    )
    axis.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    axis.set_axis_off()
    return axis.figure


def _shrunk(image: np.ndarray, dpi: float) -> np.ndarray:
    """The image, or one of twice the figure's pixels: drawing one of 50 megapixels as it is takes 26 s."""
    height, width = image.shape[:2]
    share = 2 * LONGER_SIDE_INCHES * dpi / max(height, width)
    if share >= 1:
        return image
    size = max(round(width * share), 1), max(round(height * share), 1)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _label(axis: Axes, text: str, place: tuple[float, float], colour: str) -> None:
    axis.text(
        *place, text, color="white", fontsize=9, fontweight="bold", va="top", zorder=4, clip_on=True,
        bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip


def draw_skeleton(
    axis: Axes, skeleton: Skeleton, points: np.ndarray, alpha: np.ndarray, hollow: np.ndarray, line_width: float
) -> None:
    """Bones and joints at points (J, 2); alpha (J,) in [0, 1]; hollow (J,) bool marks joints only as circles."""
    halo = [Stroke(linewidth=line_width + 1.5, foreground="white", alpha=0.7), Normal()]
    segments = [points[list(bone)] for bone in skeleton.bones]
    colours = [
        to_rgba(colour, min(alpha[parent], alpha[child]))
        for colour, (parent, child) in zip(bone_colours(skeleton), skeleton.bones, strict=True)
    ]
    axis.add_collection(
        LineCollection(segments, colors=colours, linewidths=line_width, capstyle="round", path_effects=halo, zorder=2)
    )
    edges = [
        to_rgba(side_colour(name) if "_" in name else INK, a) for name, a in zip(skeleton.joints, alpha, strict=True)
    ]
    faces = [(0, 0, 0, 0) if empty else (1, 1, 1, a) for empty, a in zip(hollow, alpha, strict=True)]
    axis.scatter(
        points[:, 0],
        points[:, 1],
        s=(2.2 * line_width) ** 2,
        c=faces,
        edgecolors=edges,
        linewidths=line_width / 2,
        zorder=3,
    )
