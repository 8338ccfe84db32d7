"""The commands behind `voxelpose NAME`: one module each with `main(argv=None) -> int`."""
