"""Draw people with exact 3D joints; see `python tools/synthesize.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.synthesize import main

if __name__ == "__main__":
    raise SystemExit(run(main))
