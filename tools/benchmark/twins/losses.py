"""The losses as they are usually written in PyTorch, with dense targets and a softmax over all cells.

Volumes are (B, J * D, H, W), targets (B, J, 6) with all joints annotated; the values are those of `training.losses`.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def total_loss(outputs: Mapping[str, Tensor], targets: Tensor, presence: Tensor, loss: Mapping[str, Any]) -> Tensor:
    """The sum over the outputs, in float32 whatever the precision; loss: as `handover.describe_loss` has it."""
    total = torch.zeros(())
    for name, output in outputs.items():
        if name == "presence":
            entropy = functional.binary_cross_entropy_with_logits(output.float(), presence)
            total = total + loss["presence"] * entropy
        elif "gaussian" in loss:
            total = total + gaussian_loss(output.float(), targets, *loss["gaussian"][name])
        else:
            total = total + integral_loss(output.float(), targets, **loss["integral"])
    return total


def gaussian_loss(volume: Tensor, targets: Tensor, sigma: float, depth_sigma: float) -> Tensor:
    """Mean squared error against a Gaussian of peak 1; sigma, depth_sigma: in cells, in the plane and in depth."""
    batch, channels, height, width = volume.shape
    joints = targets.shape[1]
    depth = channels // joints
    z = torch.ones(batch, joints, 1)
    if depth > 1:
        z = bell(targets[..., 2], depth, depth_sigma)
    x, y = bell(targets[..., 0], width, sigma), bell(targets[..., 1], height, sigma)
    return functional.mse_loss(volume, target_volume(x, y, z).reshape(volume.shape))


def integral_loss(volume: Tensor, targets: Tensor, distance: float, likelihood: float, sigma: float) -> Tensor:
    """`distance` times that of the soft-argmax, plus `likelihood` times the cross-entropy against a Gaussian."""
    batch, channels, height, width = volume.shape
    joints = targets.shape[1]
    size = (width, height, channels // joints)
    logits = functional.log_softmax(volume.reshape(batch, joints, -1), -1).view(batch, joints, *size[::-1])
    likelihoods = logits.exp()
    marginals = [likelihoods.sum(axes) for axes in ((2, 3), (2, 4), (3, 4))]
    mean = [(marginal * ((torch.arange(n) + 0.5) / n)).sum(-1) for marginal, n in zip(marginals, size, strict=True)]
    away = (torch.stack(mean, -1) - targets[..., :3]).abs().mean()
    profiles = [bell(targets[..., axis], n, sigma) for axis, n in enumerate(size)]
    target = target_volume(*(p / p.sum(-1, keepdim=True) for p in profiles))
    return distance * away - likelihood * (target * logits).sum((2, 3, 4)).mean()


def bell(fractions: Tensor, cells: int, sigma: float) -> Tensor:
    """(..., cells) Gaussian of peak 1 around positions (...) in fractions; sigma in cells."""
    centres = torch.arange(cells) + 0.5
    return torch.exp((centres - fractions[..., None] * cells) ** 2 * (-0.5 / sigma**2))


def target_volume(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """(B, J, D, H, W) product of three profiles."""
    return z[..., :, None, None] * y[..., None, :, None] * x[..., None, None, :]
