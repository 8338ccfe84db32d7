"""Train and compare the variants of a suite, and report on them; see `python tools/ablation.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.ablation import main

if __name__ == "__main__":
    raise SystemExit(run(main))
