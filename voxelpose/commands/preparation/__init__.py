"""The parts of `voxelpose prepare`."""
