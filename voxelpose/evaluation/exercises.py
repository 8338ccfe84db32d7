"""The held-out photographs of people exercising, measured against what two networks agree on."""

from pathlib import Path

import numpy as np

from voxelpose.data.exercises import load_exercises
from voxelpose.evaluation.people import People, Tags
from voxelpose.files import sha256
from voxelpose.skeleton import COCO17

EXERCISES = "exercises"
# The trust at which the two lie 4 % of the crop apart.
_AGREED = 0.5


def exercises_people(path: Path, limit: int | None = None) -> People:
    """The held-out part of packed exercises; a joint is known where the two networks agree within 4 % of the crop."""
    examples = load_exercises(path, "heldout", COCO17, limit)
    known = examples.weights[..., 0] >= _AGREED
    return People(
        dataset=EXERCISES,
        examples=examples,
        size=examples.images.shape[1],
        joints_mm=np.full((*known.shape, 3), np.nan),
        known=known,
        head_px=np.full(len(examples), np.nan),
        tags=Tags.unknown(len(examples)),
        sha256=sha256(path),
        part="heldout",
    )
