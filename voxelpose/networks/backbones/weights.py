"""Weights of a backbone: a small file, and putting it into a network.

Those that ship, of Lite0 on ImageNet, have kernels of 8-bit integers with one scale per output channel: they are where
training starts, not where it ends, and the file is a quarter of float32's. MoveNet's are float16, as it was published.
Everything else is float32.
"""

import os
import zipfile
from collections.abc import Mapping

import numpy as np

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.files import atomic_path
from voxelpose.networks.backbones.blazepose import PREFIX as BLAZEPOSE_PREFIX
from voxelpose.networks.backbones.lite0 import PREFIX as LITE0_PREFIX
from voxelpose.networks.backbones.movenet import PREFIX as MOVENET_PREFIX

SHIPPED = {
    "imagenet": "backbones/lite0-imagenet.npz",
    "movenet-thunder": "backbones/movenet-thunder.npz",
    "movenet-lightning": "backbones/movenet-lightning.npz",
}
PREFIXES = (LITE0_PREFIX, BLAZEPOSE_PREFIX, MOVENET_PREFIX)
NORMALIZATION = ("gamma", "beta", "moving_mean", "moving_variance")


def save_backbone(
    path: str | os.PathLike, weights: Mapping[str, np.ndarray], quantize: bool = True, half: bool = False
) -> None:
    """Write arrays named "layer/weight" to an .npz file.

    quantize: those named ".../kernel" as 8-bit integers; half: what is not quantized as float16 instead of float32.
    """
    stored, real = {}, np.float16 if half else np.float32
    for name, value in weights.items():
        if quantize and name.endswith("/kernel"):
            stored[name], stored[f"{name}_scale"] = _quantized(np.asarray(value, np.float32))
        else:
            stored[name] = np.asarray(value, real)
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **stored)


def read_backbone(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Arrays of a file that `save_backbone` wrote, float32. Raises InputError for any other or a damaged file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            stored = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise InputError(f"Expected a file of backbone weights. Received: {path}, which does not exist.") from None
    except (OSError, ValueError, zipfile.BadZipFile, EOFError):
        raise InputError(
            f"Expected backbone weights written by one of tools/assets/import_*.py. Received: {path}, which is damaged "
            "or something else."
        ) from None
    weights = {name: value for name, value in stored.items() if not name.endswith("_scale")}
    for name, value in weights.items():
        if value.dtype == np.int8:
            weights[name] = value * stored[f"{name}_scale"]
        elif value.dtype == np.float16:
            weights[name] = value.astype(np.float32)
    return weights


def load_backbone(model, path: str | os.PathLike = "imagenet") -> None:
    """Set a network's backbone, Lite0, BlazePose or MoveNet, to the weights of a file or to those of `SHIPPED`.

    Raises InputError for a network without such layers, and for a file that lacks one of them or has another shape.
    """
    path = verified_asset(SHIPPED[path]) if path in SHIPPED else path
    weights = read_backbone(path)
    layers = [layer for layer in model.layers if layer.name.startswith(PREFIXES) and layer.weights]
    if not layers:
        raise InputError(
            f"Expected a network with a backbone of its own weights. Received: {model.name}, which has none."
        )
    for layer in layers:
        for variable in layer.weights:
            name = f"{layer.name}/{variable.name}"
            shape = weights[name].shape if name in weights else "nothing"
            if shape != tuple(variable.shape):
                raise InputError(f"Expected {name} of shape {tuple(variable.shape)} in {path}. Received: {shape}.")
    for layer in layers:
        for variable in layer.weights:
            variable.assign(weights[f"{layer.name}/{variable.name}"])


def _quantized(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Integers in [-127, 127] and the scale (broadcastable) of each output channel, or depthwise channel."""
    axis = kernel.ndim - 2 if kernel.shape[-1] == 1 else kernel.ndim - 1
    others = tuple(i for i in range(kernel.ndim) if i != axis)
    scale = np.maximum(np.abs(kernel).max(axis=others, keepdims=True), 1e-12) / 127.0
    return np.round(kernel / scale).astype(np.int8), scale.astype(np.float32)
