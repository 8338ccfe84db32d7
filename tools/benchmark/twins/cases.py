"""What the processes of the PyTorch variants do: the counterparts of `cases` and `shipped_cases`, by the same names.

A case takes its variant ("torch" or "torch contiguous") and plain arguments and returns plain values.
"""

from collections.abc import Sequence

import numpy as np
import torch

from benchmark.inputs import random_crops, random_images, random_targets
from benchmark.process import measure
from benchmark.twins import losses, running
from benchmark.twins.weights import TwinFile

CONTIGUOUS = "torch contiguous"


def gaussian_loss(
    variant: str, sigmas: Sequence[float], batch: int, joints: int, side: int, depth: int, repeats: int
) -> dict:
    """Value and gradient of the dense loss on a volume; sigmas: in the plane and in depth, in cells."""
    rng = np.random.default_rng(0)
    targets = torch.from_numpy(random_targets(rng, batch, joints))
    volume = torch.from_numpy(rng.normal(size=(batch, side, side, joints * depth)).astype("float32"))
    volume = volume.permute(0, 3, 1, 2).requires_grad_()

    def value_and_gradient() -> float:
        volume.grad = None
        loss = losses.gaussian_loss(volume, targets, *sigmas)
        loss.backward()
        return loss.item()

    return measure(value_and_gradient, repeats)


def training_step(variant: str, twin: str, precision: str, batch: int, repeats: int) -> dict:
    """Forward, loss, backward and update by RMSprop; twin: a file of `handover.write_twin` with a loss."""
    file, contiguous = TwinFile.read(twin), variant == CONTIGUOUS
    rng = np.random.default_rng(0)
    images = random_images(rng, batch, file.input_size)
    targets, presence = random_targets(rng, batch, file.network["joints"]), np.ones((batch, 1), "float32")
    step = running.training_step(file.build(contiguous), file.loss, precision, contiguous)
    return measure(lambda: step(images, targets, presence), repeats)


def inference(variant: str, twin: str, precision: str, batch: int, repeats: int) -> dict:
    """Crops to volumes, as arrays of NumPy."""
    file, contiguous = TwinFile.read(twin), variant == CONTIGUOUS
    crops = random_crops(np.random.default_rng(0), batch, file.input_size)
    forward = running.inference(file.build(contiguous), precision, contiguous)
    return measure(lambda: forward(crops), repeats)


def outputs(variant: str, twin: str, precision: str, crops: str, out: str) -> dict:
    """The network's outputs for the crops in the .npy file `crops`, into the .npz file `out`."""
    contiguous = variant == CONTIGUOUS
    forward = running.inference(TwinFile.read(twin).build(contiguous), precision, contiguous)
    np.savez(out, **forward(np.load(crops, allow_pickle=False)))
    return {}
