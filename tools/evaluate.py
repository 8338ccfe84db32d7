"""Score a network or predictions by a named protocol; see `python tools/evaluate.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.evaluate import main

if __name__ == "__main__":
    raise SystemExit(run(main))
