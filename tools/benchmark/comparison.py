"""Variants of one case, measured in turns, and what comes out of it as a table and as JSON."""

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from benchmark.process import call_apart


@dataclass(frozen=True)
class Job:
    """What the process of a variant calls: "module:function", and the arguments beside the variant."""

    case: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Measured:
    """One variant: medians over all processes and repeats.

    ms: time of a call; processor_ms: time that the cores worked on it, which tells more where other programs run beside
    it; extra_mib: peak memory of calls above what was held before the first; peak_mib: the most that the
    process ever held; first_s: the first call, with its compilation; start_s: from the start of the process to the end
    of that call; every_ms: each time that went into the median.
    """

    variant: str
    ms: float
    processor_ms: float
    extra_mib: float
    peak_mib: float
    first_s: float
    start_s: float
    every_ms: tuple[float, ...]


def compare(jobs: Mapping[str, Job], rounds: int, announce: Callable[[str], None]) -> list[Measured]:
    """Measures the variants in turns (a, b, a, b, ...), each in a fresh process: a slow minute hits all of them."""
    results: dict[str, list[dict]] = {variant: [] for variant in jobs}
    for turn in range(rounds):
        for variant, job in jobs.items():
            announce(f"{job.case} {variant}, round {turn + 1} of {rounds}")
            results[variant].append(call_apart(job.case, variant=variant, **job.arguments))
    return [_summary(variant, runs) for variant, runs in results.items()]


def _summary(variant: str, runs: Sequence[dict]) -> Measured:
    times = tuple(round(1000 * seconds, 2) for run in runs for seconds in run["seconds"])
    return Measured(
        variant=variant,
        ms=median(times),
        processor_ms=1000 * median(run["processor_s"] for run in runs),
        extra_mib=median(run["extra_mib"] for run in runs),
        peak_mib=median(run["peak_mib"] for run in runs),
        first_s=median(run["first_s"] for run in runs),
        start_s=median(run["start_s"] for run in runs),
        every_ms=times,
    )


def comparison_table(measured: Sequence[Measured]) -> str:
    """Markdown; ratios are to the last variant. A ratio of 0.5 in time is twice its throughput."""
    reference = measured[-1]
    ratio = f"to {reference.variant}"
    header = ("variant", "ms", ratio, "processor ms", ratio, "extra MiB", ratio, "peak MiB", "first call s", "start s")
    lines = [markdown_row(header), "|" + "---|" * len(header)]
    for row in measured:
        lines.append(
            markdown_row(
                (
                    row.variant,
                    *_beside(row.ms, reference.ms),
                    *_beside(row.processor_ms, reference.processor_ms),
                    *_beside(row.extra_mib, reference.extra_mib),
                    f"{row.peak_mib:.0f}",
                    f"{row.first_s:.1f}",
                    f"{row.start_s:.1f}",
                )
            )
        )
    return "\n".join(lines)


def markdown_row(cells: Sequence[str]) -> str:
    """One row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def _beside(value: float, reference: float) -> tuple[str, str]:
    return in_digits(value), f"{value / reference:.2f}" if reference > 0 else "-"


def in_digits(value: float) -> str:
    """Three digits or more: 0.123, 1.23, 12.3, 123, 1234."""
    decimals = next(d for d, least in enumerate((100, 10, 1, 0)) if value >= least)
    return f"{value:.{decimals}f}"


def comparison_record(what: str, arguments: dict, measured: Sequence[Measured]) -> dict:
    """All that the table says and what it was measured on, as plain values."""
    return {"what": what, "arguments": arguments, "machine": machine(), "variants": [asdict(row) for row in measured]}


def machine() -> dict:
    """Processor, cores, system, and the versions that decide the speed."""
    libraries = ("tensorflow", "keras", "numpy", "torch")
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{library: version(library) for library in libraries if find_spec(library)},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
