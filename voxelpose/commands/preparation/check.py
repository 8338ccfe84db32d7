"""`voxelpose prepare check STORE`: its files, its pictures, its labels, and 16 people on a sheet."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from voxelpose.commands.preparation.progress import counted
from voxelpose.data.store.check import FAULT, GOOD, Finding, check_examples, check_files
from voxelpose.data.store.manifest import read_manifest
from voxelpose.data.store.stored_examples import load_store
from voxelpose.errors import InputError

_DRAWN = 16
_STYLES = {GOOD: "green", FAULT: "bold red"}


def check_store(argv: Sequence[str]) -> int:
    """Run the check; returns 0, or 1 if it finds a fault."""
    options = _parser().parse_args(argv)
    folder, console = Path(options.store), Console(highlight=False)
    manifest, fingerprint = read_manifest(folder)
    findings, store = [check_files(folder)], None
    try:
        store = load_store(folder)
        findings += check_examples(store, options.seed)
    except InputError as error:
        findings.append(Finding("labels", str(error), FAULT))
    say = partial(console.print, soft_wrap=True, markup=False)
    say(
        f"{folder}: {counted(manifest.examples)} of {manifest.origin.dataset} ({manifest.origin.part}), "
        f"skeleton {manifest.origin.skeleton.name}, manifest {fingerprint[:12]}"
    )
    console.print(_table(findings))
    left_out = sum(entry.count for entry in manifest.skipped.values())
    if left_out:
        say(f"Left out of the store: {left_out:,}; {folder / 'manifest.json'} says why.")
    if store is not None:
        path = Path(options.out) / f"{folder.resolve().name}.check.png"
        _draw(store, path, options.seed)
        say(f"Written: {path}")
    return 1 if any(finding.verdict == FAULT for finding in findings) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="voxelpose prepare check", description="Verify a store and judge its labels.")
    parser.add_argument("store", metavar="STORE", help="folder of the store")
    parser.add_argument("--out", metavar="DIR", default="out", help="folder for the sheet (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which people are drawn (default: %(default)s)")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _table(findings: Sequence[Finding]) -> Table:
    table = Table(box=SIMPLE)
    for name in ("what", "found", "verdict"):
        table.add_column(name, overflow="fold")
    for finding in findings:
        table.add_row(Text(finding.what), Text(finding.found), Text(finding.verdict, _STYLES.get(finding.verdict, "")))
    return table


def _draw(store, path: Path, seed: int) -> None:
    from voxelpose.visualization.figures.style import save_figure
    from voxelpose.visualization.sheets.people_sheet import people_sheet

    rows = np.sort(np.random.default_rng(seed).permutation(len(store))[:_DRAWN])
    save_figure(people_sheet(store, rows), path)
