"""The PyTorch network of a Keras one, and the weights of one in the other."""

import re

import keras
import numpy as np
import torch
from torch import nn

from voxelpose.benchmark.torch_networks import TorchHourglass
from voxelpose.networks.trunk import FAMILIES

_OPTIONS = ("joints", "depths", "family", "width", "levels", "modules", "groups", "presence")
_NORMALIZATION = ("weight", "bias", "running_mean", "running_var")


def torch_twin(model: keras.Model) -> TorchHourglass:
    """The same network in PyTorch with the same weights, channels-last in memory.

    Raises ValueError for a network of another kind: an upsampled last stage is not written in PyTorch.
    """
    options = model.get_config()
    if options.get("upsample") or options.get("family") not in FAMILIES:
        raise ValueError(f"Expected a VolumetricHourglass without upsample. Received: {model.name}")
    twin = TorchHourglass(**{name: options[name] for name in _OPTIONS})
    copy_weights(model, twin, options["levels"])
    return twin.to(memory_format=torch.channels_last)


@torch.no_grad()
def copy_weights(model: keras.Model, twin: TorchHourglass, levels: int) -> None:
    """Set every parameter and statistic of the twin to that of the Keras layer of its name."""
    for path, module in twin.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
            layer = model.get_layer(keras_name(path, levels))
            for name, value in zip(_names(module), layer.get_weights(), strict=True):
                getattr(module, name).copy_(torch.from_numpy(_reordered(module, value)))


def keras_name(path: str, levels: int) -> str:
    """Name of the Keras layer of a module: "stages.0.hourglass.inner.up.0.bn2" -> "stage1_hourglass3_up1_2_bn"."""
    path = re.sub(r"^(stage|merge|head)s\.(\d+)", lambda m: f"{m[1]}{int(m[2]) + 1}", path)
    path = re.sub(r"^head(\d+)$", r"volume_\1", path)
    depth = path.count(".inner")
    path = path.replace(".inner" * depth, "".join(str(levels - 1 - i) for i in range(depth)))
    path = re.sub(r"^stem\.(lite0|blaze|fuse)", r"\1", path)
    path = re.sub(r"^stem\.blocks\.", "lite0_block", path)
    path = re.sub(r"^fuse\.", "fuse", path)
    path = re.sub(r"\.(\d+)(?=\.)", lambda m: str(int(m[1]) + 1), path) if "lite0_block" not in path else path
    path = re.sub(r"\.bn(\d)$", r"_\1_bn", path)
    path = re.sub(r"\.conv(\d)$", r"_\1", path)
    path = re.sub(r"(?<!stem)\.conv$", "", path)
    return path.replace(".", "_")


def _names(module: nn.Module) -> tuple[str, ...]:
    if isinstance(module, nn.BatchNorm2d):
        return _NORMALIZATION
    return ("weight",) if module.bias is None else ("weight", "bias")


def _reordered(module: nn.Module, value: np.ndarray) -> np.ndarray:
    """Kernels (h, w, in, out) -> (out, in, h, w), depthwise (h, w, in, 1) -> (in, 1, h, w), dense transposed."""
    if value.ndim == 4:
        depthwise = isinstance(module, nn.Conv2d) and module.groups > 1
        return np.ascontiguousarray(value.transpose(2, 3, 0, 1) if depthwise else value.transpose(3, 2, 0, 1))
    return np.ascontiguousarray(value.T)
