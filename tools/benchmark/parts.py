"""What lies beside the network: decoding, root depth, the input pipeline."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from benchmark.cases import training_step
from benchmark.nelder_mead import root_depth as by_nelder_mead
from benchmark.process import measure
from voxelpose.data.augmentation.crops import CropMaker, GeometricAugmentation
from voxelpose.data.augmentation.photometric import PhotometricAugmentation
from voxelpose.data.batches import BatchStream, WeightedSource
from voxelpose.data.labels import Labels, PictureCameras
from voxelpose.data.source import ExampleSet
from voxelpose.geometry import VoxelGrid
from voxelpose.inference.decoding.root_depth import solve_root_depth
from voxelpose.networks import decode
from voxelpose.skeleton import H36M17, Skeleton

EXAMPLES = 64
# Everything that photographs vary in, at the strengths that the shipped configurations have.
FULL = {
    "color_gain": 0.2,
    "brightness": 0.15,
    "contrast": 0.25,
    "saturation": 0.3,
    "gray": 0.05,
    "blur": 0.1,
    "low_resolution": 0.15,
    "jpeg": 0.1,
    "noise": 0.15,
    "occlusion": 0.2,
}


def decoding(variant: str, batch: int, joints: int, side: int, depth: int, repeats: int) -> dict:
    """Volumes to points in NumPy; "exponential" is one numpy.exp over the volume, which no softmax does without."""
    volume = np.random.default_rng(0).normal(size=(batch, side, side, joints, depth)).astype("float32")
    functions = {
        "argmax": decode.argmax,
        "soft-argmax": decode.soft_argmax,
        "moments": decode.moments,
        "exponential": np.exp,
    }
    return measure(lambda: functions[variant](volume), repeats)


def root_depth(variant: str, batch: int, joints: int, repeats: int) -> dict:
    """Root depths of `batch` poses from limb lengths: "together", in a loop "one by one", or by "nelder-mead"."""
    poses = _poses(batch, joints)
    if variant != "one by one":
        return measure(lambda: _root_depths(variant, *poses), repeats)
    each = [[part[n : n + 1] for part in poses] for n in range(batch)]
    return measure(lambda: [_root_depths("together", *one) for one in each], repeats)


def root_depth_difference(batch: int, joints: int) -> float:
    """The largest difference in mm between the depths that Nelder-Mead finds and those found together."""
    poses = _poses(batch, joints)
    return float(abs(_root_depths("nelder-mead", *poses) - _root_depths("together", *poses)).max())


def _poses(batch: int, joints: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Viewing rays (B, J, 3), relative depths (B, J) and limb lengths (B, bones) that no depth fits exactly."""
    rng = np.random.default_rng(0)
    relative = rng.uniform(-500, 500, (batch, joints))
    points = np.stack([*rng.uniform(-800, 800, (2, batch, joints)), 4000 + relative], axis=-1)
    lengths = chain(joints).bone_lengths(points) * rng.uniform(0.9, 1.1, (batch, joints - 1))
    return points / points[..., 2:], relative, lengths


def _root_depths(how: str, directions: np.ndarray, relative: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(B,) mm"""
    skeleton = chain(directions.shape[1])
    if how == "together":
        return solve_root_depth(directions, relative, skeleton, lengths).depth
    each = zip(directions, relative, lengths, strict=True)
    return np.array([by_nelder_mead(rays, depth, skeleton, known) for rays, depth, known in each])


def chain(joints: int) -> Skeleton:
    """A skeleton of any number of joints, one after the other."""
    return Skeleton("chain", tuple(f"joint{i}" for i in range(joints)), (0, *range(joints - 1)))


def pipeline(variant: str, architecture: Mapping[str, Any], batch: int, repeats: int) -> dict:
    """One batch of augmented crops by one thread: with the paper's augmentation ("paper"), or with all of it ("full").

    "training step" is one step of the network on such a batch, by all cores.
    """
    if variant == "training step":
        return training_step("ours", architecture, "gaussian", "float32", batch, repeats)
    image = architecture["input_size"]
    photometric = PhotometricAugmentation(**FULL) if variant == "full" else PhotometricAugmentation()
    maker = CropMaker(image, VoxelGrid.paper(), H36M17, 1.25, GeometricAugmentation(), photometric)
    examples = random_examples(np.random.default_rng(0), EXAMPLES, round(1.25 * image))
    stream = BatchStream([WeightedSource(examples, 1.0, maker)], batch, seed=0)
    batches = iter(range(repeats + 1))
    return measure(lambda: stream.batch(next(batches)), repeats)


def random_examples(rng: np.random.Generator, count: int, size: int) -> ExampleSet:
    """Smooth pictures (noise would cost a JPEG more than a photograph does) with joints anywhere in their middle."""
    coarse = rng.integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
    images = np.stack([cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC) for image in coarse])
    joints = rng.uniform(0.2 * size, 0.8 * size, (count, len(H36M17), 3)).astype("float32")
    joints[..., 2] = rng.uniform(-500, 500, joints.shape[:2])
    unknown = PictureCameras.of([None] * count)
    labels = Labels(H36M17, size, joints, np.ones_like(joints), np.ones(count, bool), unknown)
    return ExampleSet("random", images, labels)
