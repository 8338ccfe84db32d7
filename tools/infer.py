"""3D joints, overlay and volume from photographs; see `python tools/infer.py --help`."""

from voxelpose.commands.infer import main
from voxelpose.commands.shared.entry import run

if __name__ == "__main__":
    raise SystemExit(run(main))
