"""The result's frame: the person in the photograph and in space, with the same axes in both."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MultipleLocator
from mpl_toolkits.mplot3d import Axes3D

from voxelpose.results.pose import Pose3D
from voxelpose.visualization.figures.overlay import draw_skeleton
from voxelpose.visualization.figures.style import INK, bone_colours, new_figure

# Of the arrows along x, y and z.
ARROW_MM = 500.0
NAMES = ("x", "y", "z")
# The photograph turns grey and fades so that lines stand out, by this share of white.
_FADE = 0.4
_HALO = [withStroke(linewidth=3, foreground="white")]


def result_frame(pose: Pose3D, image: np.ndarray) -> Figure:
    """Draw what the numbers of a result mean: `image` (H, W, 3) uint8 RGB with its box, root and the camera's axes, and
    the joints in mm in the camera frame beside the camera."""
    figure = new_figure(9.0, 3.9)
    figure.set_layout_engine("none")
    photograph = figure.add_axes((0.045, 0.105, 0.48, 0.79))
    space = figure.add_axes((0.55, -0.02, 0.38, 1.0), projection="3d", proj_type="ortho", computed_zorder=False)
    _draw_photograph(photograph, pose, image)
    _draw_space(space, pose)
    for left, title in ((0.29, "the image, in pixels"), (0.765, "the result, in mm from the camera")):
        figure.text(left, 0.95, title, fontsize=11.5, color=INK, ha="center", va="center")
    return figure


def _draw_photograph(axis: Axes, pose: Pose3D, image: np.ndarray) -> None:
    height, width = image.shape[:2]
    grey = image.mean(axis=-1) * (1 - _FADE) + 255 * _FADE
    axis.imshow(grey, cmap="gray", vmin=0, vmax=255)
    x, y, w, h = pose.box
    axis.add_patch(Rectangle((x - 0.5, y - 0.5), w, h, fill=False, edgecolor=INK, linestyle=(0, (5, 3)), linewidth=1.2))
    numbers = ", ".join(f"{number:.0f}" for number in pose.box)
    _label(axis, f"box {numbers}", (x + w / 2, y - 5), ha="center", va="bottom")
    solid, none = np.full(len(pose.skeleton), 0.8), np.zeros(len(pose.skeleton), bool)
    draw_skeleton(axis, pose.skeleton, pose.joints_2d, solid, none, 2.0)
    root = pose.joints[pose.skeleton.root]
    start = pose.camera.project(root)
    for name, direction in zip(NAMES[:2], np.eye(3), strict=False):
        end = pose.camera.project(root + ARROW_MM * direction)
        style = {"arrowstyle": "-|>", "linewidth": 2.2, "color": INK, "shrinkA": 7, "shrinkB": 0}
        axis.annotate("", end, start, arrowprops=style, path_effects=_HALO, zorder=5)
        away = (7, 0) if name == "x" else (0, -11)
        _label(axis, name, end, away, weight="bold", size=13, va="center", ha="left" if name == "x" else "center")
    # An arrow that points away from whoever looks: its feathers.
    axis.plot(*start, "o", markersize=13, markerfacecolor="white", markeredgecolor=INK, markeredgewidth=2, zorder=6)
    axis.plot(*start, "x", markersize=7, color=INK, markeredgewidth=2, zorder=7)
    _label(axis, "z", start, (-10, 0), weight="bold", size=13, va="center", ha="right")
    axis.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    axis.set_xlabel("pixel x, 0 is the first one's centre", fontsize=9, labelpad=2)
    axis.set_ylabel("pixel y", fontsize=9, labelpad=2)
    axis.tick_params(labelsize=8, pad=2, length=3)


def _label(axis: Axes, text: str, place, offset=(0, 0), size=9.5, **style) -> None:
    axis.annotate(
        text, place, offset, textcoords="offset points", fontsize=size, color=INK, path_effects=_HALO, zorder=8, **style
    )


def _draw_space(axis: Axes3D, pose: Pose3D) -> None:
    points, root = _shown(pose.joints), pose.joints[pose.skeleton.root]
    _frame(axis, np.vstack([pose.joints, np.zeros(3)]))
    _draw_camera(axis, pose)
    axis.plot(*_shown(np.stack([np.zeros(3), root])).T, color="#888888", linestyle=(0, (4, 3)), linewidth=1.2)
    for bone, colour in zip(pose.skeleton.bones, bone_colours(pose.skeleton), strict=True):
        axis.plot(*points[list(bone)].T, color=colour, linewidth=2.6, solid_capstyle="round")
    axis.plot(*points.T, "o", color="white", markeredgecolor=INK, markersize=3.5, markeredgewidth=0.7)
    for origin, named in ((np.zeros(3), True), (root, False)):
        _draw_axes(axis, origin, named)
    where = ", ".join(f"{number:.0f}" for number in root)
    name = pose.joint_names[pose.skeleton.root]
    _write(axis, root + [0, 330, -380], f"{name}, the root\n{where}", ha="right", va="center")
    _write(axis, np.array([0, -430, 150.0]), "camera\n0, 0, 0", ha="center", va="bottom")


def _draw_camera(axis: Axes3D, pose: Pose3D) -> None:
    """The pyramid of what it sees, as far as the arrows reach."""
    camera = pose.camera
    right, low = camera.width - 0.5, camera.height - 0.5
    corners = ARROW_MM * camera.rays(np.array([[-0.5, -0.5], [right, -0.5], [right, low], [-0.5, low]]))
    for corner, following in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        axis.plot(*_shown(np.stack([np.zeros(3), corner, following])).T, color="#888888", linewidth=0.9)


def _draw_axes(axis: Axes3D, origin: np.ndarray, named: bool) -> None:
    for name, direction in zip(NAMES, np.eye(3), strict=True):
        arrow = ARROW_MM * direction
        axis.quiver(
            *_shown(origin), *_shown(arrow), color=INK, linewidth=2.2 if named else 1.4, arrow_length_ratio=0.22
        )
        if named:
            _write(axis, origin + 1.25 * arrow, name, size=13, weight="bold", ha="center", va="center")


def _write(axis: Axes3D, place: np.ndarray, text: str, size: float = 9.5, **style) -> None:
    axis.text(*_shown(place), text, fontsize=size, color=INK, path_effects=_HALO, zorder=8, **style)


def _shown(points: np.ndarray) -> np.ndarray:
    """Camera frame (x, y, z) -> the plot's axes, whose third points up: (x, z, y), y being turned by the limits."""
    return np.asarray(points)[..., [0, 2, 1]]


def _frame(axis: Axes3D, points: np.ndarray) -> None:
    """Limits in mm around points (N, 3) and the camera's arrows, y running down."""
    reach = 1.3 * ARROW_MM
    low, high = np.minimum(points.min(axis=0) - 150, -150), np.maximum(points.max(axis=0) + 150, reach)
    axis.set(xlim=(low[0], high[0]), ylim=(low[2], high[2]), zlim=(high[1], low[1]))
    axis.set_box_aspect((high - low)[[0, 2, 1]], zoom=1.13)
    for name, label, pad in (("x", "x [mm]", -6), ("y", "z [mm]", 0), ("z", "y [mm]", -2.5)):
        getattr(axis, f"set_{name}label")(label, fontsize=9.5, labelpad=pad)
        wall = getattr(axis, f"{name}axis")
        wall.set_pane_color((0.97, 0.97, 0.97, 1.0))
        wall.set_major_locator(MultipleLocator(500.0 if high[2] < 4500 else 1000.0))
    axis.tick_params(labelsize=8, pad=-1)
    axis.view_init(16, -35)
