"""`voxelpose benchmark`: what the loss and a training step cost, and what the grid alone gets wrong."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from voxelpose.commands.options import positive_int
from voxelpose.files import atomic_path


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns 0."""
    options = _parser().parse_args(argv)
    table, record = options.run(options)
    print(table)
    if options.json is not None:
        with atomic_path(Path(options.json)) as path:
            path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        print(f"Written: {options.json}")
    return 0


def _loss(options: argparse.Namespace) -> tuple[str, dict]:
    names = ("sigma", "batch", "joints", "side", "depth", "repeats")
    return _compared("gaussian_loss", options, names)


def _step(options: argparse.Namespace) -> tuple[str, dict]:
    from voxelpose.networks.presets import get_preset

    get_preset(options.preset)
    return _compared("training_step", options, ("sigma", "preset", "batch", "repeats"))


def _compared(case: str, options: argparse.Namespace, names: Sequence[str]) -> tuple[str, dict]:
    from voxelpose.benchmark.cases import VARIANTS
    from voxelpose.benchmark.comparison import compare, comparison_record, comparison_table

    arguments = {name: getattr(options, name) for name in names}
    measured = compare(f"cases:{case}", VARIANTS, options.rounds, _announce, **arguments)
    record = comparison_record(case, arguments | {"rounds": options.rounds}, measured)
    described = ", ".join(f"{name} {value}" for name, value in record["arguments"].items())
    on = ", ".join(f"{name} {value}" for name, value in record["machine"].items())
    return f"{case}: {described}\n{on}\n\n{comparison_table(measured)}", record


def _floor(options: argparse.Namespace) -> tuple[str, dict]:
    from voxelpose.evaluation.floor import floor_table, grid_floors
    from voxelpose.evaluation.floor_poses import drawn_poses, recorded_poses
    from voxelpose.skeleton import H36M17

    if options.poses is None:
        poses, source = drawn_poses(options.count, options.seed), "drawn poses"
    else:
        poses, source = recorded_poses(Path(options.poses), options.count, options.seed), options.poses
    floors = {
        what: grid_floors(poses, H36M17, options.depths, options.side, decode_root)
        for what, decode_root in {"root depth 0 by definition": False, "root depth from its cell": True}.items()
    }
    tables = [f"{what}:\n\n{floor_table(rows)}" for what, rows in floors.items()]
    heading = f"Cell centres alone, {options.count} poses ({source}) seen from 5 m, true root depth"
    record = {"what": "floor", "source": source, "count": options.count, "seed": options.seed}
    record["floors"] = {what: [asdict(row) for row in rows] for what, rows in floors.items()}
    return "\n\n".join([heading, *tables]), record


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="voxelpose benchmark", description=__doc__.partition(": ")[2])
    commands = parser.add_subparsers(required=True, metavar="WHAT")

    loss = _command(commands, "loss", _loss, "the separable Gaussian loss beside one that builds its target")
    _count(loss, "--batch", 4, "examples")
    _count(loss, "--joints", 17, "joints")
    _count(loss, "--side", 64, "cells in x and in y")
    _count(loss, "--depth", 64, "cells in z")
    _timing(loss, repeats=10)

    step = _command(commands, "step", _step, "one training step of a preset with either loss")
    step.add_argument("--preset", default="paper-1-64", help="which network (default: %(default)s)")
    _count(step, "--batch", 2, "examples")
    _timing(step, repeats=3)

    floor = _command(commands, "floor", _floor, "the error of cell centres on poses seen from 5 m")
    floor.add_argument("--poses", metavar="FILE", help=".npz of motion capture (default: drawn poses)")
    floor.add_argument(
        "--depths", type=positive_int, nargs="+", default=[8, 16, 32, 64], metavar="D", help="cells in z"
    )
    floor.add_argument("--seed", type=int, default=0, help="of the choice of poses (default: %(default)s)")
    _count(floor, "--count", 500, "poses")
    _count(floor, "--side", 64, "cells in x and in y")
    return parser


def _command(commands, name: str, run, what: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=what, description=what)
    command.add_argument("--json", metavar="FILE", help="write the numbers there, too")
    command.set_defaults(run=run)
    return command


def _timing(command: argparse.ArgumentParser, repeats: int) -> None:
    command.add_argument("--sigma", choices=("paper", "released"), default="paper", help="which Gaussian")
    _count(command, "--rounds", 3, "processes per variant")
    _count(command, "--repeats", repeats, "timed calls per process")


def _count(command: argparse.ArgumentParser, name: str, default: int, what: str) -> None:
    command.add_argument(name, type=positive_int, default=default, metavar="N", help=f"{what} (default: %(default)s)")


def _announce(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
