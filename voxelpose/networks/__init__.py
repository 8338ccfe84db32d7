"""The volumetric networks, their presets, and how a volume becomes joints.

Names load on first use: `voxelpose.networks.decode` needs NumPy alone and must not wake Keras.
"""

from importlib import import_module

_LAZY = {
    "FusedBatchNormalization": "voxelpose.networks.blocks.normalization",
    "VolumetricHourglass": "voxelpose.networks.volumetric",
    "CoordinateHourglass": "voxelpose.networks.coordinate",
    "load_backbone": "voxelpose.networks.backbones.weights",
    "freeze_backbone": "voxelpose.networks.backbones.lite0",
}

__all__ = [*_LAZY]


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'voxelpose.networks' has no attribute '{name}'")
    return getattr(import_module(_LAZY[name]), name)


def __dir__():
    return sorted(__all__)
