"""Train a network; see `python tools/train.py --help`."""

from voxelpose.commands.shared.entry import run
from voxelpose.commands.train import main

if __name__ == "__main__":
    raise SystemExit(run(main))
