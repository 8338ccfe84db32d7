"""Made-up inputs of the right shapes: what a case costs doesn't depend on what they show."""

import cv2
import numpy as np

from voxelpose.data.labels import Labels, PictureCameras
from voxelpose.data.source import ExampleSet
from voxelpose.skeleton import H36M17, Skeleton


def random_targets(rng: np.random.Generator, batch: int, joints: int) -> np.ndarray:
    """(B, J, 6) float32 packed targets: joints anywhere in the grid, all annotated."""
    targets = np.ones((batch, joints, 6), "float32")
    targets[..., :3] = rng.uniform(size=(batch, joints, 3))
    return targets


def random_images(rng: np.random.Generator, batch: int, size: int) -> np.ndarray:
    """(B, S, S, 3) uint8 noise."""
    return rng.integers(0, 256, (batch, size, size, 3), dtype=np.uint8)


def random_examples(rng: np.random.Generator, count: int, size: int) -> ExampleSet:
    """Smooth pictures (noise would cost a JPEG more than a photograph does) with joints anywhere in their middle."""
    coarse = rng.integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
    images = np.stack([cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC) for image in coarse])
    joints = rng.uniform(0.2 * size, 0.8 * size, (count, len(H36M17), 3)).astype("float32")
    joints[..., 2] = rng.uniform(-500, 500, joints.shape[:2])
    unknown = PictureCameras.of([None] * count)
    labels = Labels(H36M17, size, joints, np.ones_like(joints), np.ones(count, bool), unknown)
    return ExampleSet("random", images, labels)


def chain(joints: int) -> Skeleton:
    """A skeleton of any number of joints, one after the other."""
    return Skeleton("chain", tuple(f"joint{i}" for i in range(joints)), (0, *range(joints - 1)))
