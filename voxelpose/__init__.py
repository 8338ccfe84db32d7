"""voxelpose: 3D human pose from a single image, as likelihoods over a voxel grid.

Importing the package is cheap: TensorFlow and Keras load when the first network is built.
"""

from importlib import import_module

__version__ = "0.1.0"

_LAZY = {
    "PoseEstimator": "voxelpose.inference.estimator",
    "Pose3D": "voxelpose.results.pose",
    "Nobody": "voxelpose.results.nobody",
    "PoseSequence": "voxelpose.results.sequence",
    "Camera": "voxelpose.geometry",
    "Crop": "voxelpose.geometry",
    "VoxelGrid": "voxelpose.geometry",
    "Skeleton": "voxelpose.skeleton",
    "VolumetricHourglass": "voxelpose.networks.volumetric",
}

__all__ = ["__version__", *_LAZY]


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'voxelpose' has no attribute '{name}'")
    return getattr(import_module(_LAZY[name]), name)


def __dir__():
    return sorted(__all__)
