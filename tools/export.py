"""A network as files for other runtimes; see `python tools/export.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.export import main

if __name__ == "__main__":
    raise SystemExit(run(main))
