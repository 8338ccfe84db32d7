"""`python -m voxelpose COMMAND`: the same as `voxelpose COMMAND`."""

import sys

from voxelpose.cli import main

if __name__ == "__main__":
    sys.exit(main())
