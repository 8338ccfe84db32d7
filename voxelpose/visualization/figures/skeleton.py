"""The skeleton in space, from two views, in millimetres."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d import Axes3D

from voxelpose.results.pose import Pose3D
from voxelpose.visualization.figures.style import INK, bone_colours, new_figure, opacity, side_colour

MARGIN_MM = 200.0
LONGEST_BAR_MM = 300.0
# (title, elevation, azimuth), degrees.
VIEWS = (("nearly as the camera sees it", 14, -70), ("from the side, the camera being on the left", 14, -15))


def skeleton_views(pose: Pose3D, axes: Sequence[Axes3D] | None = None) -> Figure:
    """Draw the root-relative joints from the camera and from the side, with equal axes in mm.

    Thin bars are one standard deviation of each joint along its most uncertain direction, at most 300 mm.
    axes: two 3D axes to draw into; a new figure if None. Returns the figure.
    """
    if axes is None:
        figure = new_figure(11, 5.8)
        axes = [figure.add_subplot(1, 2, n + 1, projection="3d", proj_type="ortho") for n in range(len(VIEWS))]
        figure.suptitle(
            f"Joints relative to the {pose.joint_names[pose.skeleton.root]}, which is {pose.root_depth / 1000:.2f} m "
            f"from the camera ({pose.root_depth_source}; camera {pose.camera_source})",
            fontsize=9,
            color=INK,
        )
    points = _upright(pose.joints - pose.joints[pose.skeleton.root])
    bars = _principal_bars(pose)
    low, high = points.min(axis=0) - MARGIN_MM, points.max(axis=0) + MARGIN_MM
    for axis, (title, elevation, azimuth) in zip(axes, VIEWS, strict=True):
        _draw(axis, pose, points, bars)
        _frame(axis, low, high)
        axis.view_init(elevation, azimuth)
        axis.set_title(title, fontsize=10, color=INK, y=1.0)
    return axes[0].figure


def _upright(joints: np.ndarray) -> np.ndarray:
    """Camera frame (x right, y down, z forward) -> plot axes (right, away, up)."""
    return np.stack([joints[..., 0], joints[..., 2], -joints[..., 1]], axis=-1)


def _principal_bars(pose: Pose3D) -> np.ndarray:
    """(J, 3) half bars: the longest principal axis of every covariance, in the plot's axes."""
    values, vectors = np.linalg.eigh(pose.covariance)
    return _upright(vectors[..., -1] * np.clip(np.sqrt(np.maximum(values[..., -1:], 0)), 0, LONGEST_BAR_MM))


def _draw(axis: Axes3D, pose: Pose3D, points: np.ndarray, bars: np.ndarray) -> None:
    alpha = opacity(pose.confidence)
    floor = points[:, 2].min()
    for (parent, child), colour in zip(pose.skeleton.bones, bone_colours(pose.skeleton), strict=True):
        bone = points[[parent, child]]
        axis.plot(*bone.T, color=colour, alpha=min(alpha[parent], alpha[child]), linewidth=3, solid_capstyle="round")
        axis.plot(bone[:, 0], bone[:, 1], [floor, floor], color="black", alpha=0.08, linewidth=3)
    for joint, name in enumerate(pose.joint_names):
        colour = side_colour(name) if "_" in name else INK
        bar = np.stack([points[joint] - bars[joint], points[joint] + bars[joint]])
        axis.plot(*bar.T, color=colour, alpha=0.45, linewidth=0.9)
        face = "none" if pose.outside_crop[joint] else "white"
        axis.plot(*points[joint][:, None], "o", color=colour, markerfacecolor=face, markersize=4.5, alpha=alpha[joint])


def _frame(axis: Axes3D, low: np.ndarray, high: np.ndarray) -> None:
    axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    axis.set_box_aspect(high - low, zoom=0.88)  # one millimetre is as long on every axis
    axis.set_xlabel("right [mm]", fontsize=8)
    axis.set_ylabel("away [mm]", fontsize=8)
    axis.set_zlabel("up [mm]", fontsize=8)
    axis.tick_params(labelsize=7)
    for wall in (axis.xaxis, axis.yaxis, axis.zaxis):
        wall.set_pane_color((0.97, 0.97, 0.97, 1.0))
        wall.set_major_locator(MaxNLocator(4, steps=[1, 2.5, 5, 10]))
