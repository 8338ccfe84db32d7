"""The parts of `voxelpose evaluate`."""
