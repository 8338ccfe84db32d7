"""Training step and inference as ordinary PyTorch code has them: eager, channels-last, autocast for bfloat16."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from voxelpose.benchmark import cases, torch_losses
from voxelpose.benchmark.torch_networks import TorchHourglass
from voxelpose.networks.trunk import FAMILIES


def network(architecture: Mapping[str, Any], contiguous: bool = False) -> TorchHourglass:
    """A new network of VolumetricHourglass' arguments; contiguous: NCHW in memory instead of channels-last."""
    own = FAMILIES[architecture["family"]]
    options = {"width": own.width, "levels": own.levels, "modules": own.modules, **architecture}
    options.pop("input_size")
    return TorchHourglass(**options).to(memory_format=_format(contiguous))


def training_step(
    architecture: Mapping[str, Any], loss: str, precision: str, contiguous: bool
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], float]:
    """The function (images, targets, presence) -> loss that trains the network by one step."""
    model = network(architecture, contiguous).train()
    optimizer = torch.optim.RMSprop(model.parameters(), 2.5e-4, alpha=0.99, eps=1e-8)

    def step(images: np.ndarray, targets: np.ndarray, presence: np.ndarray) -> float:
        with _precision(precision):
            outputs = model(_input(images, contiguous))
        total = total_loss(outputs, torch.from_numpy(targets), torch.from_numpy(presence), loss)
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        optimizer.step()
        return total.item()

    return step


def inference(architecture: Mapping[str, Any], precision: str, contiguous: bool) -> Callable[[np.ndarray], dict]:
    """The function images -> volumes as arrays."""
    forward = forward_of(network(architecture, contiguous).eval(), precision, contiguous)
    return lambda images: forward(images.astype(np.float32) / 255)


def forward_of(model: TorchHourglass, precision: str, contiguous: bool) -> Callable[[np.ndarray], dict]:
    """The function crops (B, S, S, 3) float32 in [0, 1] -> outputs (B, channels, H, W) as arrays."""

    @torch.inference_mode()
    def forward(crops: np.ndarray) -> dict:
        with _precision(precision):
            outputs = model(_arranged(torch.from_numpy(crops), contiguous))
        return {name: value.float().numpy() for name, value in outputs.items()}

    return forward


def gaussian_loss(targets: np.ndarray, volume: np.ndarray, joints: int) -> Callable[[], float]:
    """Value and gradient of the dense loss on a volume (B, H, W, J * D)."""
    known, predicted = torch.from_numpy(targets), torch.from_numpy(volume).permute(0, 3, 1, 2).requires_grad_()

    def value_and_gradient() -> float:
        predicted.grad = None
        loss = torch_losses.gaussian_loss(predicted, known)
        loss.backward()
        return loss.item()

    return value_and_gradient


def total_loss(outputs: Mapping[str, Tensor], targets: Tensor, presence: Tensor, loss: str) -> Tensor:
    """The sum over the outputs that `cases.LOSSES` describes; in float32 whatever the precision."""
    config = cases.LOSSES[loss]
    total = torch.zeros(())
    for name, output in outputs.items():
        if name == "presence":
            entropy = functional.binary_cross_entropy_with_logits(output.float(), presence)
            total = total + config["presence"] * entropy
        elif loss == "gaussian":
            total = total + torch_losses.gaussian_loss(output.float(), targets)
        else:
            total = total + torch_losses.integral_loss(output.float(), targets, config["likelihood"]["weight"])
    return total


def _input(images: np.ndarray, contiguous: bool) -> Tensor:
    """(B, S, S, 3) uint8 -> (B, 3, S, S) in [0, 1]."""
    return _arranged(torch.from_numpy(images).float() / 255.0, contiguous)


def _arranged(pixels: Tensor, contiguous: bool) -> Tensor:
    """(B, S, S, 3) -> (B, 3, S, S); without a copy it is channels-last already."""
    pixels = pixels.permute(0, 3, 1, 2)
    return pixels.contiguous() if contiguous else pixels


def _precision(precision: str):
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")


def _format(contiguous: bool) -> torch.memory_format:
    return torch.contiguous_format if contiguous else torch.channels_last
