"""Time, memory and the grid's own error; see `python tools/benchmark.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.benchmark import main

if __name__ == "__main__":
    raise SystemExit(run(main))
