"""Train a network as a configuration says: `train [CONFIG] [key=value ...] [--dry-run]`."""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

import voxelpose
from voxelpose.training.config.training_config import TrainingConfig, load_config

# Ships inside the package; configs/quickstart.yaml of a checkout is a link to it.
QUICKSTART = Path(voxelpose.__file__).parent / "configs" / "quickstart.yaml"


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the arguments, train, and say where the weights are; returns 0, or 130 after an interruption."""
    config, dry_run = _parse(argv)
    # TensorFlow loads only after the configuration was found sound: a typo is answered at once.
    from voxelpose.commands.shared.native_log import quiet_tensorflow

    quiet_tensorflow(look=config.devices.use in ("auto", "one") and "TF_CONFIG" not in os.environ)
    console = Console(highlight=False)
    if dry_run:
        from voxelpose.commands.training.rehearsal import preflight

        return preflight(config, console)
    from voxelpose.training.run.run import INTERRUPTED, train
    from voxelpose.visualization.runs.run_observers import run_observers

    outcome = train(config, console, [run_observers(config)])
    console.print(json.dumps(outcome.errors), soft_wrap=True, markup=False)
    console.print(f"{outcome.why}: {outcome.weights}", soft_wrap=True, markup=False)
    return 130 if outcome.why == INTERRUPTED else 0


def _parse(argv: Sequence[str] | None) -> tuple[TrainingConfig, bool]:
    parser = argparse.ArgumentParser(prog="voxelpose train", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="rehearse it: read the data, take three steps, tell all")
    parser.add_argument("config", nargs="?", help="a YAML file; without one, the quickstart")
    parser.add_argument("changes", nargs="*", metavar="key=value", help="changes, such as schedule.minutes=5")
    arguments = parser.parse_intermixed_args(argv)
    config, changes = arguments.config, arguments.changes
    if config is not None and "=" in config:
        config, changes = None, [config, *changes]
    return load_config(QUICKSTART if config is None else Path(config), changes), arguments.dry_run
