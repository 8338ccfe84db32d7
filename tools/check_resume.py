"""Kill training runs and compare what they become; see `python tools/check_resume.py --help`."""

from voxelpose.cli import run
from voxelpose.commands.check_resume import main

if __name__ == "__main__":
    raise SystemExit(run(main))
