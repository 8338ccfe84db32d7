"""Cameras, the crop, the voxel grid and alignment. NumPy alone, but for the crop, which needs OpenCV."""

from importlib import import_module

_LAZY = {
    "Camera": "voxelpose.geometry.camera",
    "Crop": "voxelpose.geometry.crop",
    "VoxelGrid": "voxelpose.geometry.grid",
    "procrustes": "voxelpose.geometry.align",
    "root_relative": "voxelpose.geometry.align",
    "similarity": "voxelpose.geometry.align",
}

__all__ = list(_LAZY)


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'voxelpose.geometry' has no attribute '{name}'")
    return getattr(import_module(_LAZY[name]), name)
