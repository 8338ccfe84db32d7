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
    model = network(architecture, contiguous).eval()

    @torch.inference_mode()
    def forward(images: np.ndarray) -> dict:
        with _precision(precision):
            outputs = model(_input(images, contiguous))
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
    """(B, S, S, 3) uint8 -> (B, 3, S, S) in [0, 1]; without a copy it is channels-last already."""
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0
    return pixels.contiguous() if contiguous else pixels


def _precision(precision: str):
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")


def _format(contiguous: bool) -> torch.memory_format:
    return torch.contiguous_format if contiguous else torch.channels_last
