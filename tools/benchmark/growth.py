"""How the cost of each part grows with the picture, the depth cells, the joints and the batch."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmark import cases, parts
from benchmark.comparison import in_digits, markdown_row
from benchmark.process import call_apart
from voxelpose.networks.blocks.trunk import FAMILIES

# Each axis at these values, the others at their first.
AXES = {"image": (128, 192, 256), "depth": (16, 32, 64), "joints": (17, 34, 68), "batch": (4, 8, 16)}
PARTS: Mapping[str, tuple[str, ...]] = {
    "training step": tuple(AXES),
    "inference": tuple(AXES),
    "gaussian loss": tuple(AXES),
    "decoding": tuple(AXES),
    "root depth": ("joints", "batch"),
    "pipeline": ("image", "batch"),
}


@dataclass(frozen=True)
class Growth:
    """Median ms and extra MiB of a part at the values of one axis; power: p of the fit time ~ value^p."""

    part: str
    axis: str
    values: tuple[int, ...]
    ms: tuple[float, ...]
    extra_mib: tuple[float, ...]
    power: float


def growths(architecture: Mapping[str, Any], repeats: int, announce: Callable[[str], None]) -> list[Growth]:
    """Every part along every axis that it depends on, each pair in a process of its own."""
    found = []
    for part, axes in PARTS.items():
        for axis in axes:
            announce(f"growth of {part} with {axis}")
            run = call_apart("growth:points", part=part, axis=axis, architecture=architecture, repeats=repeats)
            found.append(_growth(part, axis, run["points"]))
    return found


def points(part: str, axis: str, architecture: Mapping[str, Any], repeats: int) -> dict:
    """{"points": what `process.measure` returns at every value of the axis}."""
    size = {name: values[0] for name, values in AXES.items()}
    return {"points": [_measured(part, size | {axis: value}, architecture, repeats) for value in AXES[axis]]}


def _measured(part: str, size: Mapping[str, int], base: Mapping[str, Any], repeats: int) -> dict:
    depths = (*base["depths"][:-1], size["depth"])
    architecture = {**base, "input_size": size["image"], "joints": size["joints"], "depths": depths}
    side = size["image"] // FAMILIES[base["family"]].stride
    volume = {"batch": size["batch"], "joints": size["joints"], "side": side, "depth": size["depth"]}
    batch = {"batch": size["batch"], "repeats": repeats}
    if part == "training step":
        return cases.training_step("ours", architecture, "gaussian", "float32", **batch)
    if part == "inference":
        return cases.inference("ours", architecture, "float32", **batch)
    if part == "gaussian loss":
        return cases.gaussian_loss("separable", "paper", repeats=repeats, **volume)
    if part == "decoding":
        return parts.decoding("moments", repeats=repeats, **volume)
    if part == "root depth":
        return parts.root_depth("together", joints=size["joints"], **batch)
    return parts.pipeline("full", architecture, **batch)


def _growth(part: str, axis: str, runs: Sequence[Mapping[str, Any]]) -> Growth:
    values = AXES[axis]
    ms = tuple(1000 * sorted(run["seconds"])[len(run["seconds"]) // 2] for run in runs)
    power = math.log(ms[-1] / ms[0]) / math.log(values[-1] / values[0])
    # All points share a process, and libraries keep memory: each peak counts from before the first, smallest one.
    extra = tuple(run["before_mib"] + run["extra_mib"] - runs[0]["before_mib"] for run in runs)
    return Growth(part, axis, values, ms, extra, power)


def growth_table(found: Sequence[Growth]) -> str:
    """Markdown: a row per part and axis."""
    header = ("part", "with", "values", "ms", "extra MiB", "ms grow as n^")
    rows = [
        (
            row.part,
            row.axis,
            *(", ".join(map(in_digits, column)) for column in (row.values, row.ms, row.extra_mib)),
            f"{row.power:.2f}",
        )
        for row in found
    ]
    return "\n".join([markdown_row(header), "|" + "---|" * len(header), *map(markdown_row, rows)])


def growth_record(found: Sequence[Growth]) -> list[dict]:
    """The same as plain values."""
    return [asdict(row) for row in found]
