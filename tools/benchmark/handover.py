"""What the process of a PyTorch twin is given as a file, because it must not import Keras to find it out.

These run in processes of their own, too, so that the command itself stays small.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from inspect import signature
from pathlib import Path
from typing import Any

import keras
import numpy as np

from benchmark.cases import LOSSES, keras_network
from voxelpose.assets import verified_asset
from voxelpose.losses.profiles import PAPER_SIGMA, paper_depth_sigma
from voxelpose.networks.backbones.blazepose import SIZES, convolutions
from voxelpose.networks.backbones.lite0 import GROUPS, STEM_FILTERS
from voxelpose.networks.blocks.trunk import Trunk
from voxelpose.networks.presets import get_preset
from voxelpose.networks.volumetric import VolumetricHourglass
from voxelpose.networks.weights_io import load_weights


def fresh_twin(path: str, architecture: Mapping[str, Any], loss: str | None) -> dict:
    """A twin of VolumetricHourglass(**architecture) that begins with PyTorch's own weights; loss: a name of LOSSES."""
    write_twin(Path(path), architecture, {}, loss)
    return {}


def shipped_twin(path: str, preset: str) -> dict:
    """A twin of a preset with the weights that ship."""
    found = get_preset(preset)
    model = keras_network(found.architecture.arguments, "float32", found.architecture.kind)
    load_weights(model, verified_asset(found.card.weights))
    write_twin(Path(path), found.architecture.arguments, weights_of(model), None)
    return {}


def paper_sigmas(depth: int) -> dict:
    """{"sigmas": those of the paper's Gaussian in the plane and in depth}, in cells."""
    return {"sigmas": [PAPER_SIGMA, paper_depth_sigma(depth)]}


def write_twin(
    path: Path, architecture: Mapping[str, Any], weights: Mapping[str, np.ndarray], loss: str | None
) -> None:
    """Write what `twins.weights.TwinFile` reads."""
    facts = describe(architecture)
    facts["loss"] = None if loss is None else describe_loss(loss, facts["network"]["depths"])
    np.savez(path, facts=json.dumps(facts), **weights)


def weights_of(model: keras.Model) -> dict[str, np.ndarray]:
    """ "LAYER/0", "LAYER/1", ... -> the arrays of each layer."""
    layers = [layer for layer in model.layers if layer.weights]
    return {f"{layer.name}/{n}": value for layer in layers for n, value in enumerate(layer.get_weights())}


def describe(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """ "input_size" and "network", the arguments of TorchHourglass, of VolumetricHourglass(**architecture).

    Raises ValueError for an upsampled last stage, which is not written in PyTorch.
    """
    bound = signature(VolumetricHourglass).bind(**architecture)
    bound.apply_defaults()
    options = bound.arguments
    if options["upsample"]:
        raise ValueError("Expected a VolumetricHourglass without upsample. Received: upsample=True")
    trunk = Trunk.of(*(options[name] for name in ("input_size", "family", "width", "levels", "modules", "groups")))
    network = {
        "joints": options["joints"],
        "depths": list(options["depths"]),
        "stem": _stem(trunk),
        "paper": trunk.family == "paper",
        **{name: getattr(trunk, name) for name in ("width", "levels", "modules")},
        "presence": options["presence"],
    }
    return {"input_size": trunk.input_size, "network": network}


def describe_loss(name: str, depths: list[int]) -> dict[str, Any]:
    """A loss of LOSSES as `twins.losses.total_loss` takes it: weights, and sigmas in cells."""
    config = LOSSES[name]
    loss = {"presence": config["presence"]}
    if "gaussian" in config:
        sigmas = {f"volume_{stage}": paper_sigmas(depth)["sigmas"] for stage, depth in enumerate(depths, start=1)}
        return loss | {"gaussian": sigmas}
    likelihood = config["likelihood"]
    weights = {"distance": config["integral"], "likelihood": likelihood["weight"], "sigma": likelihood["sigma"]}
    return loss | {"integral": weights}


def _stem(trunk: Trunk) -> dict[str, Any]:
    """kind: which of the twins' stems; the rest are its arguments but for the width."""
    if trunk.backbone is None:
        return {"kind": "hourglass", "modules": 2 if trunk.family == "paper" else 1}
    if trunk.backbone == "lite0":
        groups = [asdict(group) for group in GROUPS[: trunk.groups]]
        return {"kind": "lite0", "filters": STEM_FILTERS, "groups": groups}
    items = [asdict(item) for item in convolutions(trunk.backbone)]
    return {"kind": "blazepose", "pyramid": SIZES[trunk.backbone].pyramid, "convolutions": items}
