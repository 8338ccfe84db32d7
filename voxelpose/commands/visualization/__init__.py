"""The parts of `voxelpose visualize`."""
