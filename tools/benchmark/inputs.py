"""Made-up inputs of the right shapes: what a case costs doesn't depend on what they show."""

import numpy as np


def random_targets(rng: np.random.Generator, batch: int, joints: int) -> np.ndarray:
    """(B, J, 6) float32 packed targets: joints anywhere in the grid, all annotated."""
    targets = np.ones((batch, joints, 6), "float32")
    targets[..., :3] = rng.uniform(size=(batch, joints, 3))
    return targets


def random_batch(rng: np.random.Generator, batch: int, size: int, joints: int) -> dict[str, np.ndarray]:
    """A batch as `data.batches` describes it: noise with somebody in it, whose joints are all known."""
    images, targets = random_images(rng, batch, size), random_targets(rng, batch, joints)
    present = np.ones(batch, "float32")
    labels = {"joints": targets[..., :3], "joint_weights": targets[..., 3:]}
    return {"image": images, **labels, "present": present, "present_weight": present}


def random_images(rng: np.random.Generator, batch: int, size: int) -> np.ndarray:
    """(B, S, S, 3) uint8 noise."""
    return rng.integers(0, 256, (batch, size, size, 3), dtype=np.uint8)


def random_crops(rng: np.random.Generator, batch: int, size: int) -> np.ndarray:
    """(B, S, S, 3) float32 noise in [0, 1], as a network takes it."""
    return random_images(rng, batch, size).astype(np.float32) / 255
