"""Fit heatmap errors, and join the halves of a decoupled network; see `python tools/decoupled.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.decoupled import main

if __name__ == "__main__":
    raise SystemExit(run(main))
