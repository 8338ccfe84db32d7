"""Look into the volume: interactive page, figures, viewer; see `python tools/visualize.py --help`."""

from voxelpose.commands.shared.entry import run
from voxelpose.commands.visualize import main

if __name__ == "__main__":
    raise SystemExit(run(main))
