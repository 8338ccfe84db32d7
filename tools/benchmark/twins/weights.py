"""The file that a twin is made of: what the network is built of, its loss, and the weights of the Keras network."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmark.twins.networks import TorchHourglass

Weights = Mapping[str, Sequence[np.ndarray]]

_NORMALIZATION = ("weight", "bias", "running_mean", "running_var")


@dataclass(frozen=True, eq=False)
class TwinFile:
    """What `handover.write_twin` wrote.

    input_size: side of the images; network: arguments of TorchHourglass; loss: see `losses.total_loss`, None where
    nothing is trained; weights: by Keras layer, its arrays in Keras' order and layout, {} for a fresh network.
    """

    input_size: int
    network: Mapping[str, Any]
    loss: Mapping[str, Any] | None
    weights: Weights

    @classmethod
    def read(cls, path: str | Path) -> "TwinFile":
        """The file's content; it is ours, so it is believed."""
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        facts = json.loads(str(arrays.pop("facts")))
        weights: dict[str, list[np.ndarray]] = {}
        for name in sorted(arrays, key=lambda name: int(name.rpartition("/")[2])):
            weights.setdefault(name.rpartition("/")[0], []).append(arrays[name])
        return cls(facts["input_size"], facts["network"], facts["loss"], weights)

    def build(self, contiguous: bool = False) -> TorchHourglass:
        """The network; contiguous: NCHW in memory instead of channels-last."""
        twin = TorchHourglass(**self.network)
        if self.weights:
            copy_weights(self.weights, twin, self.network["levels"])
        return twin.to(memory_format=torch.contiguous_format if contiguous else torch.channels_last)


@torch.no_grad()
def copy_weights(weights: Weights, twin: TorchHourglass, levels: int) -> None:
    """Set every parameter and statistic of the twin to that of the Keras layer of its name."""
    for path, module in twin.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
            for name, value in zip(_names(module), weights[keras_name(path, levels)], strict=True):
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
