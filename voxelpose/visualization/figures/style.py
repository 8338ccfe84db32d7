"""One look for every figure: colours that colour-blind readers can tell apart, and figures that need no display."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from voxelpose.files import atomic_path
from voxelpose.skeleton import Skeleton

# Okabe and Ito's palette. The person's right is warm, the left cold, the middle green to grey.
RIGHT = ("#D55E00", "#E69F00", "#CC79A7")
LEFT = ("#0072B2", "#56B4E9", "#5E4FA2")
MIDDLE = ("#009E73", "#999999", "#F0E442")
# Of several people: none of the colours of a side, dark enough for white numbers.
PEOPLE = ("#117733", "#882255", "#332288", "#8B5A00", "#006D77", "#AA3377")
INK = "#222222"
PANEL = "#15171c"
DOTS_PER_INCH = 120


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure of width x height inches, drawn without any display or global state."""
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, path: str | os.PathLike) -> None:
    """Write a figure in the format that the suffix names (.png, .svg, .pdf), whole or not at all."""
    ending = Path(path).suffix.removeprefix(".")
    # Packing a photograph harder costs a PNG more time than drawing its figure, and saves a tenth of its size.
    packing = {"pil_kwargs": {"compress_level": 3}} if ending == "png" else {}
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format=ending, **packing)


def side_colour(name: str, step: int = 0) -> str:
    """The colour of a joint or of the bone that ends in it; `step` picks further ones of the same side."""
    shades = RIGHT if name.startswith("right_") else LEFT if name.startswith("left_") else MIDDLE
    return shades[step % len(shades)]


def bone_colours(skeleton: Skeleton) -> list[str]:
    """One colour per bone: the first of its side, the middle ones in dark grey."""
    names = [skeleton.joints[child] for _, child in skeleton.bones]
    return [side_colour(name) if name.startswith(("right_", "left_")) else "#4d4d4d" for name in names]


def joint_colours(names: Sequence[str]) -> list[tuple[float, float, float]]:
    """Distinct RGB colours for joints shown together, warm on the right and cold on the left."""
    used: dict[str, int] = {}
    colours = []
    for name in names:
        side = name.partition("_")[0] if name.startswith(("right_", "left_")) else "middle"
        colours.append(to_rgb(side_colour(name, used.get(side, 0))))
        used[side] = used.get(side, 0) + 1
    return colours


def opacity(confidence: np.ndarray) -> np.ndarray:
    """How solid to draw joints of the given confidence in [0, 1]: the uncertain ones stay visible but pale."""
    return 0.25 + 0.75 * np.clip(confidence, 0, 1)
