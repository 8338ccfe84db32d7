"""The voxel likelihoods: three max-projections beside the crop, and one joint's volume from coarse to fine."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, MultipleLocator

from voxelpose.geometry import VoxelGrid
from voxelpose.visualization.figures.style import INK, PANEL, joint_colours, new_figure

_HORIZONTAL = "crop x [px]"
_VERTICAL = "crop y [px]"
_DEPTH = "depth from root [mm]"


def volume_projections(
    likelihood: np.ndarray,
    crop_image: np.ndarray,
    grid: VoxelGrid,
    joints: Sequence[int],
    joint_names: Sequence[str],
    axes: Sequence[Axes] | None = None,
) -> Figure:
    """Draw the crop, and the likelihoods of some joints seen from the front, from the side and from above.

    likelihood: (H, W, J, D) at least 0; crop_image: (S, S, 3) uint8 RGB; joints: indices into J; joint_names: all J.
    Each projection shows the largest value along the line of sight, in parts of the joint's peak.
    axes: four axes (crop, front, side, above); a new figure if None. Returns the figure.
    """
    names = [joint_names[joint] for joint in joints]
    chosen = np.moveaxis(likelihood[:, :, list(joints), :], 2, 0)
    colours = joint_colours(names)
    if axes is None:
        figure = new_figure(10.5, 7.6)
        axes = [figure.add_subplot(2, 3, place) for place in (1, 2, 3, 5)]
        handles = [
            Line2D([], [], color=c, linewidth=6, label=n.replace("_", " ")) for c, n in zip(colours, names, strict=True)
        ]
        figure.add_subplot(2, 3, 4).set_axis_off()
        figure.axes[-1].legend(handles=handles, loc="upper left", fontsize=9, frameon=False, title=_title(likelihood))
    crop, front, side, above = axes
    size = crop_image.shape[0]
    _show_crop(crop, crop_image, "crop")
    _show_crop(front, crop_image // 3, "from the front, x and y")
    pixels = (-0.5, size - 0.5)
    depth = (grid.near_mm, grid.far_mm)
    _paint(front, chosen.max(axis=3), colours, (*pixels, *pixels[::-1]))
    _panel(side, "from the side, depth and y", _DEPTH, _VERTICAL)
    _paint(side, chosen.max(axis=2), colours, (*depth, *pixels[::-1]))
    _panel(above, "from above, x and depth", _HORIZONTAL, _DEPTH)
    _paint(above, np.swapaxes(chosen.max(axis=1), 1, 2), colours, (*pixels, *depth))
    return front.figure


def stage_strip(
    likelihoods: Sequence[np.ndarray],
    crop_image: np.ndarray,
    grid: VoxelGrid,
    joint: int,
    name: str,
    axes: np.ndarray | None = None,
) -> Figure:
    """Draw one joint's volume at every stage, coarse to fine: front view, side view, likelihood over depth.

    likelihoods: one (H, W, J, D_s) per stage; crop_image: (S, S, 3) uint8 RGB; grid: gives the depth range;
    joint: index into J; axes: (3, stages) axes; a new figure if None. Returns the figure.
    """
    if axes is None:
        figure = new_figure(max(2.9 * len(likelihoods), 5.8), 8.2)
        axes = figure.subplots(3, len(likelihoods), squeeze=False, height_ratios=(1, 1, 0.6))
        figure.suptitle(f"{name.replace('_', ' ')}: likelihood at every stage, coarse to fine", fontsize=11, color=INK)
    colours = joint_colours([name])
    pixels = (-0.5, crop_image.shape[0] - 0.5)
    depth = (grid.near_mm, grid.far_mm)
    for stage, likelihood in enumerate(likelihoods):
        front, side, profile = axes[:, stage]
        volume = likelihood[None, :, :, joint, :]
        height, width, cells = volume.shape[1:]
        _show_crop(front, crop_image // 3, f"stage {stage + 1}: {width} x {height} x {cells} cells")
        _paint(front, volume.max(axis=3), colours, (*pixels, *pixels[::-1]))
        _panel(side, "from the side", _DEPTH, _VERTICAL)
        _paint(side, volume.max(axis=2), colours, (*depth, *pixels[::-1]))
        _depth_profile(profile, likelihood[:, :, joint, :], grid, colours[0])
    return axes[0, 0].figure


def _title(likelihood: np.ndarray) -> str:
    height, width, _, depth = likelihood.shape
    return (
        f"likelihood in {width} x {height} x {depth} cells,\n"
        "strongest along the line of sight,\nin parts of each joint's peak"
    )


def _show_crop(axis: Axes, crop_image: np.ndarray, title: str) -> None:
    _panel(axis, title, _HORIZONTAL, _VERTICAL)
    axis.imshow(crop_image, interpolation="bilinear")


def _panel(axis: Axes, title: str, xlabel: str, ylabel: str) -> None:
    axis.set_facecolor(PANEL)
    axis.set_title(title, fontsize=9, color=INK)
    _label(axis, xlabel, ylabel)


def _label(axis: Axes, xlabel: str, ylabel: str) -> None:
    """Labels and few ticks, every 500 mm in depth."""
    for line, text in ((axis.xaxis, xlabel), (axis.yaxis, ylabel)):
        line.set_label_text(text, fontsize=8)
        line.set_major_locator(MultipleLocator(500) if text == _DEPTH else MaxNLocator(4))
    axis.tick_params(labelsize=7)


def _paint(axis: Axes, planes: np.ndarray, colours: Sequence[tuple], extent: tuple) -> None:
    """Lay planes (joints, rows, columns) over the axis, each in its colour and as opaque as it is near its peak."""
    peaks = np.maximum(planes.max(axis=(1, 2), keepdims=True), np.finfo(np.float32).tiny)
    strength = (planes / peaks)[..., None]
    colour = np.asarray(colours)[:, None, None, :]
    lit = colour + 0.85 * (1 - colour) * strength**4  # the peak itself is nearly white
    blend = (strength * lit).sum(axis=0) / np.maximum(strength.sum(axis=0), 1e-12)
    axis.imshow(
        np.concatenate([blend, strength.max(axis=0) ** 0.7], axis=-1),
        extent=extent,
        origin="lower" if extent[2] < extent[3] else "upper",
        interpolation="nearest",
        aspect="auto",
    )
    axis.set(xlim=extent[:2], ylim=extent[2:])
    axis.set_box_aspect(1)


def _depth_profile(axis: Axes, volume: np.ndarray, grid: VoxelGrid, colour: tuple) -> None:
    """The likelihood summed over the plane, per depth cell; the sum over depth is 1."""
    marginal = volume.sum(axis=(0, 1))
    edges = np.linspace(grid.near_mm, grid.far_mm, len(marginal) + 1)
    axis.stairs(marginal / max(float(marginal.sum()), 1e-30), edges, fill=True, color=colour)
    axis.axvline(0, color=INK, linewidth=0.7, linestyle=":")
    axis.set(xlim=(grid.near_mm, grid.far_mm), ylim=(0, None))
    _label(axis, _DEPTH, "probability per cell")
