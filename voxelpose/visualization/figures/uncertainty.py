"""How far each joint may be from its estimate: ellipses of its covariance in three planes, in millimetres."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from voxelpose.results.pose import Pose3D
from voxelpose.visualization.figures.style import INK, bone_colours, new_figure, opacity, side_colour

DEVIATIONS = 2.0
MARGIN_MM = 150.0
# (title, axis to the right, axis upwards, names); axes of the plot's frame: x right, depth away, height up.
PLANES = (
    ("from the camera", 0, 2, "right [mm]", "up [mm]"),
    ("from the side", 1, 2, "away [mm]", "up [mm]"),
    ("from above", 0, 1, "right [mm]", "away [mm]"),
)
# Camera frame (x right, y down, z forward) -> plot's frame (right, away, up).
_UPRIGHT = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def uncertainty(pose: Pose3D, axes: Sequence[Axes] | None = None) -> Figure:
    """Draw the root-relative joints with ellipses of two standard deviations, from the camera, the side and above.

    In a plane, that ellipse is the outline of the joint's covariance ellipsoid. axes: three axes; a new figure if None.
    Returns the figure. All axes have equal millimetres.
    """
    if axes is None:
        figure = new_figure(12, 5)
        axes = figure.subplots(1, len(PLANES))
        figure.suptitle("Joints relative to the root, with two standard deviations", fontsize=11, color=INK)
    points = (pose.joints - pose.joints[pose.skeleton.root]) @ _UPRIGHT.T
    covariance = _UPRIGHT @ pose.covariance @ _UPRIGHT.T
    for axis, (title, right, up, xlabel, ylabel) in zip(axes, PLANES, strict=True):
        plane = [right, up]
        _draw(axis, pose, points[:, plane], covariance[:, plane][:, :, plane])
        axis.set_title(title, fontsize=10, color=INK)
        axis.set_xlabel(xlabel, fontsize=8)
        axis.set_ylabel(ylabel, fontsize=8)
    return axes[0].figure


def ellipse_axes(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Widths, heights (J,) in mm and the widths' angles (J,) in degrees of the ellipses of covariances (J, 2, 2)."""
    values, vectors = np.linalg.eigh(covariance)
    lengths = 2 * DEVIATIONS * np.sqrt(np.maximum(values, 0))
    return lengths[:, 1], lengths[:, 0], np.degrees(np.arctan2(vectors[:, 1, 1], vectors[:, 0, 1]))


def _draw(axis: Axes, pose: Pose3D, points: np.ndarray, covariance: np.ndarray) -> None:
    alpha = opacity(pose.confidence)
    colours = [side_colour(name) if "_" in name else INK for name in pose.joint_names]
    widths, heights, angles = ellipse_axes(covariance)
    for face, width, opaque in (("face", 0.0, 0.13), ("none", 0.8, 0.7)):
        axis.add_collection(
            EllipseCollection(
                widths, heights, angles, units="xy", offsets=points, offset_transform=axis.transData,
                facecolors=colours if face == "face" else "none", edgecolors=colours, linewidths=width, alpha=opaque,
            )
        )  # fmt: skip
    bones = [points[list(bone)] for bone in pose.skeleton.bones]
    axis.add_collection(LineCollection(bones, colors=bone_colours(pose.skeleton), linewidths=2, capstyle="round"))
    for point, colour, strength, empty in zip(points, colours, alpha, pose.outside_crop, strict=True):
        axis.plot(*point, "o", color=colour, markerfacecolor="none" if empty else "white", markersize=4, alpha=strength)
    reach = np.maximum(widths, heights)[:, None] / 2
    low, high = (points - reach).min(axis=0) - MARGIN_MM, (points + reach).max(axis=0) + MARGIN_MM
    axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    axis.tick_params(labelsize=7)
    for line in (axis.xaxis, axis.yaxis):
        line.set_major_locator(MaxNLocator(5, steps=[1, 2.5, 5, 10]))
    axis.grid(color="#e6e6e6", linewidth=0.6)
    axis.set_axisbelow(True)
