"""The commands behind `voxelpose NAME` and `python tools/NAME.py`: one module each with `main(argv=None) -> int`."""
