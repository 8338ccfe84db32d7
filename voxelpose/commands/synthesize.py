"""Draw people with exact 3D joints into a folder: `synthesize FOLDER`; the same command goes on where it stopped."""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from voxelpose.errors import InputError
from voxelpose.synthetic.people import draw_person
from voxelpose.synthetic.pools.benchmarks import BENCHMARKS, Split, load_split, verify_labels, verify_pool
from voxelpose.synthetic.pools.pool import draw_pool
from voxelpose.synthetic.pools.statistics import describe, gather
from voxelpose.synthetic.scene_sampling import SKELETON
from voxelpose.synthetic.settings import SyntheticSettings

_COUNT, _SEED, _STATISTICS_COUNT, _PREVIEWED = 1000, 0, 2000, 24
_PREVIEW = "preview.png"
_LINE_SECONDS = 10.0
_SHARES = ("person_free", "occluded", "truncated", "accompanied")
_SETTINGS = ("picture", *_SHARES, "backgrounds", "garments", "recordings")


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the arguments, then draw, verify or describe; returns 0."""
    options = _parser().parse_args(argv)
    console = Console(highlight=False)
    split = _split(options)
    if options.verify:
        _verify(options, split, console)
    elif options.statistics:
        _describe(options, split, console)
    else:
        _draw(options, split, console)
    return 0


def _draw(options: argparse.Namespace, split: Split | None, console: Console) -> None:
    if options.folder is None:
        raise InputError("Expected a folder to draw into. Received: none.")
    settings, seed, count = _chosen_people(options, split)
    folder = Path(options.folder)
    if not options.preview_only:
        started = time.monotonic()
        with _Progress(console) as progress:
            drawn = draw_pool(folder, settings, count, seed, options.processes, progress)
        seconds = time.monotonic() - started
        rate = f", {drawn / seconds:.1f} images/s with {options.processes} processes" if drawn else ""
        console.print(
            f"{count} examples in {folder}, {drawn} drawn now in {seconds:.0f} s{rate}", soft_wrap=True, markup=False
        )
    # Matplotlib loads only here: worker processes import this module, too.
    from voxelpose.visualization.figures.style import save_figure
    from voxelpose.visualization.sheets.people_sheet import preview_sheet

    examples = [draw_person(seed, number, settings) for number in range(min(count, _PREVIEWED))]
    save_figure(preview_sheet(examples, SKELETON), folder / _PREVIEW)
    console.print(f"Preview: {folder / _PREVIEW}", soft_wrap=True, markup=False)


def _verify(options: argparse.Namespace, split: Split | None, console: Console) -> None:
    if split is None:
        raise InputError("Expected --benchmark and --split with --verify. Received: --verify alone.")
    if options.folder is not None:
        compared, place = verify_pool(Path(options.folder), split), f"in {options.folder}"
    else:
        wanted = split.count if options.count is None else options.count
        with _Progress(console) as progress:
            compared = verify_labels(split, wanted, options.processes, lambda done: progress(f"{done} labels computed"))
        place = "computed here"
    console.print(
        f"{compared} of {split.count} labels of {split.benchmark}/{split.name} {place}: as published",
        soft_wrap=True,
        markup=False,
    )


def _describe(options: argparse.Namespace, split: Split | None, console: Console) -> None:
    settings, seed, count = _chosen_people(options, split)
    count = min(count, _STATISTICS_COUNT) if options.count is None else count
    name = f"{split.benchmark}/{split.name}" if split else "these settings"
    console.print(f"The first {count} pictures of {name}, seed {seed}\n")
    console.print(describe(gather(seed, count, settings, options.processes)), soft_wrap=True, markup=False)


def _chosen_people(options: argparse.Namespace, split: Split | None) -> tuple[SyntheticSettings, int, int]:
    """Settings, seed and count that the options ask for."""
    if split is not None:
        return split.settings, split.seed, split.count if options.count is None else min(options.count, split.count)
    given = {name: getattr(options, name) for name in _SETTINGS if getattr(options, name) is not None}
    if "recordings" in given:
        given["recordings"] = tuple(given["recordings"])
    seed = _SEED if options.seed is None else options.seed
    return SyntheticSettings(**given), seed, _COUNT if options.count is None else options.count


def _split(options: argparse.Namespace) -> Split | None:
    if options.benchmark is None and options.split is None:
        return None
    if options.benchmark is None or options.split is None:
        raise InputError("Expected --benchmark and --split together. Received: one of them.")
    fixed = [name for name in ("seed", *_SETTINGS) if getattr(options, name) is not None]
    if fixed:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in fixed)
        raise InputError(f"Expected no other settings with --benchmark, which fixes them. Received: {names}.")
    return load_split(options.benchmark, options.split)


class _Progress:
    """Shows how far it is: one live line on a terminal, a plain line every ten seconds in a pipe."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic):
        self._console, self._clock = console, clock
        self._printed = clock()
        self._status = console.status("starting") if console.is_terminal else None

    def __enter__(self) -> "_Progress":
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, line: str) -> None:
        if self._status is not None:
            self._status.update(Text(line))
        elif self._clock() - self._printed >= _LINE_SECONDS:
            self._printed = self._clock()
            self._console.print(line, soft_wrap=True, markup=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="synthesize", description=__doc__)
    parser.add_argument("folder", nargs="?", help="where the pool is, or will be")
    parser.add_argument(
        "--count", type=_positive, metavar="N", help=f"pictures (default: {_COUNT}, or the whole split)"
    )
    parser.add_argument("--seed", type=_natural, metavar="N", help=f"which pictures (default: {_SEED})")
    parser.add_argument(
        "--processes",
        type=_positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="how many draw (default: all cores)",
    )
    parser.add_argument("--preview-only", action="store_true", help=f"draw nothing but {_PREVIEW}")
    parser.add_argument("--statistics", action="store_true", help="describe the people instead of drawing them")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    looks = parser.add_argument_group("what is drawn")
    looks.add_argument("--picture", type=_positive, metavar="PIXELS", help="side of the pictures (default: 160)")
    for name in _SHARES:
        looks.add_argument(
            f"--{name.replace('_', '-')}", type=float, metavar="SHARE", help=f"share of {_SHARE_OF[name]}"
        )
    looks.add_argument(
        "--backgrounds", metavar="FOLDER", help="photographs without people; four of five come from there"
    )
    looks.add_argument("--garments", metavar="FOLDER", help="clothes in MakeHuman's format (.mhclo, .obj, texture)")
    looks.add_argument("--recordings", nargs="+", metavar="FILE", help="motion capture (.npz) for half of the poses")
    fixed = parser.add_argument_group("benchmarks")
    fixed.add_argument("--benchmark", help=f"one of: {', '.join(BENCHMARKS)}")
    fixed.add_argument("--split", help="train, validation or test")
    fixed.add_argument(
        "--verify", action="store_true", help="compare the labels in FOLDER, or those computed here, with the checksums"
    )
    return parser


_SHARE_OF = {
    "person_free": "pictures without anybody (default: 0.08)",
    "occluded": "people with something in front (default: 0.25)",
    "truncated": "people cut by the frame (default: 0.12)",
    "accompanied": "people with somebody behind them (default: 0.1)",
}


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _natural(text: str) -> int:
    if int(text) < 0:
        raise ValueError(text)
    return int(text)
