"""The parts of `voxelpose train`."""
