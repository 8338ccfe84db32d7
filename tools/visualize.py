"""One joint's volume at every stage, coarse to fine; see `python tools/visualize.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.visualize import main

if __name__ == "__main__":
    raise SystemExit(run(main))
