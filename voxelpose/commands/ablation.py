"""`voxelpose ablation`: train and compare the variants of a suite, and report on what was stored of them."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from voxelpose.commands.shared.entry import command_line
from voxelpose.errors import InputError

if TYPE_CHECKING:
    from voxelpose.experiments.experiment_paths import ExperimentPaths
    from voxelpose.experiments.suite import Run


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, 1 if a run failed, 130 after an interruption."""
    options = _parser().parse_args(argv)
    return options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="voxelpose ablation", description=__doc__.partition(": ")[2])
    steps = parser.add_subparsers(required=True, metavar="STEP")
    run = steps.add_parser("run", help="do every run of a suite that is missing, or go on with it")
    _add_places(run)
    run.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="these variants or runs; * stands for anything"
    )
    run.add_argument("--minutes", type=_minutes, metavar="N", help="stop after so long; the same command goes on")
    run.add_argument("--list", action="store_true", help="show what is there and start nothing")
    run.set_defaults(run=_run)
    one = steps.add_parser("one", help="do a single run right here, as `run` has it done in a process of its own")
    _add_places(one)
    one.add_argument("name", metavar="RUN", help="for example coordinate-s1")
    one.add_argument("--minutes", type=_minutes, metavar="N", help="stop training after so long")
    one.set_defaults(run=_one)
    measure = steps.add_parser("measure", help="measure finished runs on further people, whose paths are given now")
    _add_places(measure)
    measure.set_defaults(run=_measure)
    report = steps.add_parser("report", help="tables, plots and verdicts of what is stored, as Markdown")
    report.add_argument("results", metavar="RESULTS", help="folder of results")
    report.add_argument("out", metavar="OUT.md", help="the plots are written beside it")
    report.set_defaults(run=_report)
    return parser


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("suite", metavar="SUITE.yaml")
    parser.add_argument("results", metavar="RESULTS", help="folder of what is kept, a small file per run")
    parser.add_argument(
        "--trainings", default="runs/ablation", metavar="DIR", help="folder of the trainings (default: %(default)s)"
    )
    parser.add_argument(
        "--given",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="data that a variant needs, such as lspet=stores/lspet",
    )


def _run(options: argparse.Namespace) -> int:
    from voxelpose.experiments.run_suite import chosen_runs, obstacle, process_start, run_suite, state_of

    paths = _places(options)
    if options.list:
        for run in chosen_runs(paths, options.only):
            reason = obstacle(paths, run)
            print(f"{run.name:24} {state_of(paths, run)}" + (f", {reason}" if reason else ""))
        return 0

    def command_of(run: "Run", minutes: float | None) -> list[str]:
        arguments = ["one", options.suite, options.results, run.name, "--trainings", options.trainings]
        arguments += [part for pair in options.given for part in ("--given", pair)]
        arguments += [] if minutes is None else ["--minutes", f"{minutes:.2f}"]
        return command_line("ablation", *arguments)

    return run_suite(paths, process_start(command_of, _log), _log, options.only, options.minutes)


def _one(options: argparse.Namespace) -> int:
    from rich.console import Console

    from voxelpose.commands.shared.native_log import quiet_tensorflow
    from voxelpose.experiments.suite import runs_of

    paths = _places(options)
    run = next((run for run in runs_of(paths.suite) if run.name == options.name), None)
    if run is None:
        names = ", ".join(known.name for known in runs_of(paths.suite))
        raise InputError(f"Expected a run among {names}. Received: {options.name}.")
    quiet_tensorflow()
    from voxelpose.experiments.run_variant import run_variant
    from voxelpose.training.run.run import INTERRUPTED

    why = run_variant(paths, run, Console(highlight=False), options.minutes)
    return 130 if why == INTERRUPTED else 0


def _measure(options: argparse.Namespace) -> int:
    from voxelpose.commands.shared.native_log import quiet_tensorflow
    from voxelpose.experiments.results import save_suite
    from voxelpose.experiments.run_suite import FINISHED, obstacle, state_of
    from voxelpose.experiments.suite import runs_of

    paths = _places(options)
    if not paths.further():
        further = ", ".join(f"{name} ({choice.data})" for name, choice in paths.suite.further.items()) or "none"
        raise InputError(f"Expected --given for further people of the suite: {further}. Received: none of them.")
    quiet_tensorflow()
    import tensorflow as tf

    from voxelpose.experiments.run_variant import measure_further

    # A network per run is a function per run, which it takes for one that is traced again and again.
    tf.get_logger().setLevel("ERROR")
    save_suite(paths.results, paths.suite)
    failed = False
    for run in runs_of(paths.suite):
        state = state_of(paths, run)
        reason = obstacle(paths, run) or (None if state == FINISHED else state)
        if reason is not None:
            _log(f"{run.name}: left out, {reason}")
            continue
        try:
            names = measure_further(paths, run, _log)
        except InputError as error:  # its weights are gone: those of others need not be
            _log(f"{run.name}: {error}")
            failed = True
            continue
        _log(f"{run.name}: " + (f"measured on {', '.join(names)}" if names else "nothing new"))
    return int(failed)


def _report(options: argparse.Namespace) -> int:
    from voxelpose.experiments.reports.report import write_report

    for path in write_report(Path(options.results), Path(options.out)):
        print(f"Written: {path}")
    return 0


def _places(options: argparse.Namespace) -> "ExperimentPaths":
    from voxelpose.experiments.configs import config_of, parse_given
    from voxelpose.experiments.experiment_paths import ExperimentPaths
    from voxelpose.experiments.suite import load_suite, runs_of

    suite, path = load_suite(options.suite), Path(options.suite)
    for run in runs_of(suite):
        config_of(suite, path, run)  # a variant that is no configuration is named before the first is trained
    trainings = Path(options.trainings) / suite.name
    return ExperimentPaths(suite, path, Path(options.results), trainings, parse_given(options.given))


def _minutes(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"should be above 0, received {text}")
    return value


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
