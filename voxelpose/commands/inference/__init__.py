"""The parts of `voxelpose infer`."""
