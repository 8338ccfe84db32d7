"""Saved sequences and poses in other formats; see `python tools/convert.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.convert import main

if __name__ == "__main__":
    raise SystemExit(run(main))
