"""How `voxelpose evaluate` shows and writes what it found."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from voxelpose.files import write_text

if TYPE_CHECKING:
    from voxelpose.evaluation.evaluate import Evaluation
    from voxelpose.evaluation.reports.report import Report

_PIPE_COLUMNS = 120


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], title: str = "", words: bool = False) -> None:
    """A table on the terminal: words to the left, numbers to the right, the first column being words."""
    table = Table(box=SIMPLE, title=title or None, title_justify="left", title_style="bold")
    for number, name in enumerate(header):
        table.add_column(Text(name), justify="right" if number and not words else "left", no_wrap=not number)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(width=None if sys.stdout.isatty() else _PIPE_COLUMNS).print(table)


def show(report: "Report", everything: bool) -> None:
    """The report on the terminal; everything: the breakdowns, too."""
    from voxelpose.evaluation.reports.report import SCORE_COLUMNS, breakdowns, diagnoses, facts, score_rows

    print("\n".join(facts(report)))
    print_table(SCORE_COLUMNS, score_rows(report))
    for title, header, rows in diagnoses(report):
        print_table(header, rows, title)
    for header, rows in breakdowns(report) if everything else ():
        print_table(header, rows)


def write(evaluation: "Evaluation", out: Path, worst: int) -> None:
    """The report as JSON and Markdown, and a sheet of the `worst` people, beside each other in `out`."""
    from voxelpose.evaluation.reports.report import markdown

    report = evaluation.report
    # reports of two weights of one network lie beside each other
    weights = report.predictor.get("weights_sha256", "")[:8]
    name = f"{report.predictor['name']}{'-' if weights else ''}{weights}"
    stem = out / f"{report.data['name']}.{report.protocol['name']}.{name}"
    report.save(f"{stem}.json")
    write_text(f"{stem}.md", markdown(report))
    endings = [".json", ".md"]
    if worst:
        _draw(evaluation, Path(f"{stem}.worst.png"), worst)
        endings.append(".worst.png")
    print(f"Written: {stem}" + "{" + ",".join(endings) + "}")


def _draw(evaluation: "Evaluation", path: Path, worst: int) -> None:
    from voxelpose.evaluation.reports.worst_cases import worst_cases
    from voxelpose.visualization import save_figure
    from voxelpose.visualization.sheets.worst_sheet import worst_sheet

    report = evaluation.report
    unit = "px" if report.protocol["alignment"] == "picture" else "mm"
    cases = worst_cases(evaluation.pairs, evaluation.predicted, evaluation.people, unit, worst)
    title = f"The worst {len(cases)} of {len(evaluation.people)}: {report.predictor['name']} on {report.data['name']}"
    save_figure(worst_sheet(cases, title), path)


class PeopleProgress:
    """Says on stderr how many people are done, in place on a terminal, now and then in a pipe."""

    def __init__(self, total: int):
        self.total = total
        self.printed = 0

    def __call__(self, done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{self.total} people", end="\n" if done == self.total else "", file=sys.stderr, flush=True)
        elif done == self.total or done - self.printed >= max(self.total // 5, 1):
            self.printed = done
            print(f"{done}/{self.total} people", file=sys.stderr, flush=True)
