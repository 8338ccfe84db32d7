"""Turn a data set into a store; see `python tools/prepare.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.prepare import main

if __name__ == "__main__":
    raise SystemExit(run(main))
