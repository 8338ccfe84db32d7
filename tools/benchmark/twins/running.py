"""Training step and inference as ordinary PyTorch code has them: eager, channels-last, autocast for bfloat16."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmark.twins.losses import total_loss
from benchmark.twins.networks import TorchHourglass


def training_step(
    model: TorchHourglass, loss: dict[str, Any], precision: str, contiguous: bool = False
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], float]:
    """The function (images, targets, presence) -> loss that trains the network by one step of RMSprop.

    images: (B, S, S, 3) uint8; loss: see `total_loss`; precision: "float32" or "bfloat16".
    """
    model.train()
    optimizer = torch.optim.RMSprop(model.parameters(), 2.5e-4, alpha=0.99, eps=1e-8)

    def step(images: np.ndarray, targets: np.ndarray, presence: np.ndarray) -> float:
        with _precision(precision):
            outputs = model(_arranged(torch.from_numpy(images).float() / 255.0, contiguous))
        total = total_loss(outputs, torch.from_numpy(targets), torch.from_numpy(presence), loss)
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        optimizer.step()
        return total.item()

    return step


def inference(model: TorchHourglass, precision: str, contiguous: bool = False) -> Callable[[np.ndarray], dict]:
    """The function crops (B, S, S, 3) float32 in [0, 1] -> outputs as arrays in Keras' order of axes."""
    model.eval()

    @torch.inference_mode()
    def forward(crops: np.ndarray) -> dict[str, np.ndarray]:
        with _precision(precision):
            outputs = model(_arranged(torch.from_numpy(crops), contiguous))
        return {name: _channels_last(value.float().numpy()) for name, value in outputs.items()}

    return forward


def _arranged(pixels: Tensor, contiguous: bool) -> Tensor:
    """(B, S, S, 3) -> (B, 3, S, S); without a copy it is channels-last already."""
    pixels = pixels.permute(0, 3, 1, 2)
    return pixels.contiguous() if contiguous else pixels


def _channels_last(value: np.ndarray) -> np.ndarray:
    """(B, channels, H, W) -> (B, H, W, channels), a view; a logit as it is."""
    return np.moveaxis(value, 1, -1) if value.ndim == 4 else value


def _precision(precision: str):
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")
