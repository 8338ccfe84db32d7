"""Cameras, the crop, the voxel grid and alignment. NumPy and OpenCV only."""

from voxelpose.geometry.align import procrustes, root_relative, similarity
from voxelpose.geometry.camera import Camera
from voxelpose.geometry.crop import Crop
from voxelpose.geometry.grid import VoxelGrid

__all__ = ["Camera", "Crop", "VoxelGrid", "procrustes", "root_relative", "similarity"]
