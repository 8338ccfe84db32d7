"""`voxelpose prepare`: a data set in its own files becomes a store; `voxelpose prepare check` looks at one."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from voxelpose.commands.preparation.check import check_store
from voxelpose.commands.preparation.progress import PrepareProgress, counted
from voxelpose.data.readers import DATASETS, describe, open_dataset
from voxelpose.data.store.manifest import Manifest
from voxelpose.data.store.preparation import Settings, origin_of, prepare
from voxelpose.errors import InputError

# Drawn people are a data set too, from the floor beside.
_DATASETS = {**DATASETS, "synthetic": ("voxelpose.synthetic.dataset", "read", "people drawn on demand")}
_PART = {"h36m-small": "all", "kth-football": "all", "own": "all", "synthetic": "all"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, or 1 if a check finds fault with a store."""
    arguments = list(argv or [])
    if arguments[:1] == ["check"]:
        return check_store(arguments[1:])
    if arguments[:1] == ["show"]:
        print(describe(*arguments[1:2] or [""], datasets=_DATASETS))
        return 0
    return _prepare(_parser().parse_args(arguments))


def _prepare(options: argparse.Namespace) -> int:
    source, target = Path(options.source), Path(options.target)
    if not source.is_dir():
        raise InputError(f"Expected the folder of the data set at {source}. There is none.")
    settings = Settings(options.size, options.margin, options.shard, options.processes, options.retry)
    part = options.part or _PART.get(options.dataset, "train")
    reading, values = open_dataset(options.dataset, source, part, _pairs(options.option), _DATASETS)
    console = Console(highlight=False)
    with PrepareProgress(console) as progress:
        origin = origin_of(options.dataset, source, part, values, reading, settings)
        manifest = prepare(target, origin, reading, settings, progress.step)
    _summarise(console, manifest, target)
    return 0


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, _DATASETS))
    known = "\n".join(f"  {name:{width}}  {description}" for name, (_, _, description) in _DATASETS.items())
    parser = argparse.ArgumentParser(
        prog="voxelpose prepare",
        description="Cut the people of a data set out into a store: pictures, labels and a manifest.\n"
        "`voxelpose prepare show DATASET` tells which files it reads, its parts and its options;\n"
        "`voxelpose prepare check STORE` verifies a store, draws 16 people and judges its statistics.",
        epilog=f"data sets:\n{known}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", metavar="DATASET", help="a name from the list below")
    parser.add_argument("source", metavar="SOURCE", help="folder of the data set")
    parser.add_argument("target", metavar="TARGET", help="folder of the store; run again to go on after a stop")
    parser.add_argument("--part", help="train, test and so on, as the data set divides itself (default: train or all)")
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="an option of the reader, such as step=5"
    )
    parser.add_argument("--size", type=int, default=384, help="side of the pictures in pixels (default: %(default)s)")
    parser.add_argument("--margin", type=float, default=1.6, help="side over the person's box (default: %(default)s)")
    parser.add_argument("--shard", type=int, default=256, help="people in one file (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="how many work at a time (default: %(default)s)")
    parser.add_argument("--retry", action="store_true", help="redo the shards whose pictures were missing or broken")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _pairs(words: Sequence[str]) -> dict[str, str]:
    wrong = [word for word in words if "=" not in word]
    if wrong:
        raise InputError(f"Expected options as NAME=VALUE. Received: {', '.join(wrong)}.")
    return dict(word.split("=", 1) for word in words)


def _summarise(console: Console, manifest: Manifest, target: Path) -> None:
    console.print(
        f"{counted(manifest.examples)}, shards: {len(manifest.shards)}, store: {target}", soft_wrap=True, markup=False
    )
    if not manifest.skipped:
        return
    table = Table(title="left out", title_justify="left", box=None)
    for name in ("reason", "people", "first"):
        table.add_column(name, justify="right" if name == "people" else "left", overflow="fold")
    for reason, entry in manifest.skipped.items():
        table.add_row(Text(reason), f"{entry.count:,}", Text(entry.first))
    console.print(table)
