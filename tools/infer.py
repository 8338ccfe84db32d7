"""3D joints, overlay and volume from photographs; see `python tools/infer.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.infer import main

if __name__ == "__main__":
    raise SystemExit(run(main))
