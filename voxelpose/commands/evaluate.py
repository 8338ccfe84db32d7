"""`voxelpose evaluate`: errors of a network, with everything that says how they were measured."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from voxelpose.commands.options import add_network_options
from voxelpose.files import write_text

if TYPE_CHECKING:
    from voxelpose.evaluation.report import Report

_PIPE_COLUMNS = 120


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0."""
    options = _parser().parse_args(argv)
    report = _evaluate(options)
    _show(report, options.per_joint)
    _write(report, Path(options.out))
    return 0


def _evaluate(options: argparse.Namespace) -> "Report":
    from voxelpose.evaluation.protocols import fitting_protocols, get_protocol

    # a mistyped name is answered before anything loads
    protocol = None if options.protocol is None else get_protocol(options.protocol)

    from voxelpose.commands.quiet import without_chatter
    from voxelpose.evaluation.participants import participants
    from voxelpose.evaluation.sources import load_people

    everybody = load_people(options.data, options.limit)
    protocol = protocol or fitting_protocols(everybody)[0]
    people = everybody.select(participants(everybody, protocol))

    from voxelpose.evaluation.evaluate import in_millimetres, make_report, predictor_facts, run_network
    from voxelpose.evaluation.network_floor import network_floor
    from voxelpose.inference.loading import load_network

    with without_chatter():
        loaded = load_network(weights=options.weights)
    mirrored = not options.no_mirror
    read = run_network(loaded, people, mirrored, _Progress(len(people)))
    return make_report(
        in_millimetres(read, people, protocol),
        predictor_facts(loaded, mirrored),
        people,
        protocol,
        left_out=len(everybody) - len(people),
        floor=network_floor(read, people, protocol),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voxelpose evaluate", description="Errors of a network, with everything that says how they were measured."
    )
    parser.add_argument("--data", required=True, metavar="PATH", help="a folder of drawn people, or a packed LSPET")
    parser.add_argument("--protocol", metavar="NAME", help="how to measure (default: the usual one for the data)")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N records")
    parser.add_argument("--per-joint", action="store_true", help="show the means per action and joint, too")
    parser.add_argument("--out", default="out", metavar="DIR", help="folder for the report (default: %(default)s)")
    add_network_options(parser)
    return parser


def _show(report: "Report", everything: bool) -> None:
    from voxelpose.evaluation.report import SCORE_COLUMNS, breakdowns, facts, score_rows

    print("\n".join(facts(report)))
    _print_table(SCORE_COLUMNS, score_rows(report))
    for header, rows in breakdowns(report) if everything else ():
        _print_table(header, rows)


def _print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=SIMPLE)
    for number, title in enumerate(header):
        table.add_column(Text(title), justify="right" if number else "left", no_wrap=not number)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(width=None if sys.stdout.isatty() else _PIPE_COLUMNS).print(table)


def _write(report: "Report", out: Path) -> None:
    from voxelpose.evaluation.report import markdown

    stem = out / f"{report.data['name']}.{report.protocol['name']}.{report.predictor['name']}"
    report.save(f"{stem}.json")
    write_text(f"{stem}.md", markdown(report))
    print(f"Written: {stem}" + "{.json,.md}")


class _Progress:
    """Says on stderr how many people are done, in place on a terminal, now and then in a pipe."""

    def __init__(self, total: int):
        self.total = total
        self.told = 0

    def __call__(self, done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{self.total} people", end="\n" if done == self.total else "", file=sys.stderr, flush=True)
        elif done == self.total or done - self.told >= max(self.total // 5, 1):
            self.told = done
            print(f"{done}/{self.total} people", file=sys.stderr, flush=True)
