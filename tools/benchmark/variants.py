"""The variants of one command: which can run, what the processes of each call, and what is said of them."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmark import comparison
from benchmark.process import call_apart
from voxelpose.errors import InputError

# Arguments that say nothing to a reader: what a preset stands for, and where a temporary folder is.
_UNSHOWN = ("architecture", "folder")
# Where the cases of the variants of PyTorch are, by the names that the others' have.
_TWINS = "twins.cases"


def compared(
    case: str, options: argparse.Namespace, arguments: Mapping[str, Any], twin: Mapping[str, Any] | None = None
) -> tuple[str, dict]:
    """Measure `options.variants` of a case; returns the text and the record.

    arguments: of the case; twin: of its counterpart in PyTorch.
    """
    what, repeats = case.partition(":")[2], named(options, "repeats")
    ours = comparison.Job(case, {**arguments, **repeats})
    theirs = comparison.Job(f"{_TWINS}:{what}", {**(twin or {}), **repeats})
    jobs = {variant: theirs if _is_torch(variant) else ours for variant in options.variants}
    measured = comparison.compare(jobs, options.rounds, announce)
    shown = {"preset": options.preset} if "preset" in options else {}
    shown |= {name: value for name, value in ours.arguments.items() if name not in _UNSHOWN}
    shown |= named(options, "rounds")
    record = comparison.comparison_record(what, shown, measured)
    heading = f"{record['what']}: {listed(shown)}\n{listed(record['machine'])}"
    text = f"{heading}\n\n{comparison.comparison_table(measured)}"
    if len(measured) > 1:
        record["times_as_fast"] = {row.variant: round(measured[-1].ms / row.ms, 2) for row in measured[:-1]}
        text += f"\n\ntimes as fast as {measured[-1].variant}: {listed(record['times_as_fast'])}"
    return text, record


@contextmanager
def handed_over(options: argparse.Namespace, case: str, **arguments) -> Iterator[str | None]:
    """The file of which variants of PyTorch are made, while it is needed; None where there are none."""
    if not with_torch(options):
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "twin.npz")
        call_apart(f"handover:{case}", path=path, **arguments)
        yield path


def with_torch(options: argparse.Namespace) -> bool:
    """Whether PyTorch takes part. Where it is missing its variants are left out; InputError if the user named them."""
    if not any(map(_is_torch, options.variants)):
        return False
    if find_spec("torch"):
        return True
    sentence = "Comparing with PyTorch needs it installed: pip install 'voxelpose[torch]'."
    if options.chosen:
        raise InputError(sentence)
    announce(sentence)
    options.variants = [variant for variant in options.variants if not _is_torch(variant)]
    return False


def _is_torch(variant: str) -> bool:
    return variant.startswith("torch")


def named(options: argparse.Namespace, *names: str) -> dict:
    """Those options by name."""
    return {name: getattr(options, name) for name in names}


def listed(values: dict) -> str:
    """Names and values in one line."""
    return ", ".join(f"{name} {value}" for name, value in values.items())


def announce(what: str) -> None:
    """Tell the user what is going on, beside the result."""
    print(what, file=sys.stderr, flush=True)
