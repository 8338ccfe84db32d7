"""Time, memory and the grid's own error; see `python tools/benchmark.py --help`."""

from benchmark.command import main
from voxelpose.cli import run

if __name__ == "__main__":
    raise SystemExit(run(main))
