"""Train in several processes and keep them alive; see `python tools/launch.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.launch import main

if __name__ == "__main__":
    raise SystemExit(run(main))
