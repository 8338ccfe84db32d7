"""What happens when numbers stop being finite: the batch is kept for whoever looks into it, and the run ends."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from voxelpose.errors import InputError
from voxelpose.files import atomic_path


class Diverged(InputError):
    """The loss or its gradient is no longer finite."""


def check_finite(
    step: int, values: Mapping[str, float], scale: float, batch: Mapping[str, Sequence], path: Path
) -> None:
    """Raise Diverged if the values of a step are not finite, after saving its batch.

    step: number of the batch; scale: of a float16 loss, whose gradients may overflow until the scale has fallen to 1;
    batch: arrays by name, each as what the devices of this process got of it; path: the .npz to write.
    """
    wrong = [name for name, value in values.items() if not math.isfinite(value)]
    if scale > 1.0:
        wrong = [name for name in wrong if name != "gradient_norm"]
    if not wrong:
        return
    with atomic_path(path) as temporary:
        np.savez_compressed(
            temporary,
            **{name: np.concatenate([np.asarray(part) for part in parts]) for name, parts in batch.items()},
        )
    found = ", ".join(f"{name} = {values[name]}" for name in wrong)
    raise Diverged(
        f"Training stopped at step {step}, because {found} on the batch that is now in {path}: look at its images and "
        "joints, or lower optimizer.learning_rate or set optimizer.clip_norm, and go on from the last checkpoint with "
        "resume=true."
    )
