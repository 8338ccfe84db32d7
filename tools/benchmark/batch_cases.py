"""What a folder of pictures costs beside its network: read, estimated and written as `infer FOLDER --results` does."""

import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from benchmark.inputs import random_crops
from benchmark.process import measure
from voxelpose.inference.batch.batch import CHUNK, run_batch
from voxelpose.inference.batch.journal import Journal
from voxelpose.inference.estimator import PoseEstimator
from voxelpose.inference.inputs.requests import Request
from voxelpose.inference.runtime.runtimes import Runtime


class FreeNetwork:
    """Answers at once with what a real network said to one crop."""

    def __init__(self, network: Runtime, size: int):
        self._one = network(np.zeros((1, size, size, 3), np.float32))

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        return {name: np.repeat(value, len(crops), axis=0) for name, value in self._one.items()}


def pictures_to_table(
    variant: str, weights: str | None, runtime: str, pictures: int, side: Sequence[int], repeats: int
) -> dict:
    """JPEGs of width and height `side`, the box given, to a table: by the "whole path", or with a "free network".

    "network alone" is the forward pass, mirrored one included, on crops that are ready, in batches of the same size.
    """
    estimator = PoseEstimator.from_preset(weights=weights, runtime=runtime, min_presence=0.0)
    network, size = estimator.network, estimator.preset.architecture.input_size
    if variant == "network alone":
        crops = random_crops(np.random.default_rng(0), 2 * CHUNK, size)
        return measure(lambda: [network(crops) for _ in range(0, pictures, CHUNK)], repeats)
    if variant == "free network":
        estimator = PoseEstimator(FreeNetwork(network, size), estimator.preset, min_presence=0.0)
    with tempfile.TemporaryDirectory() as folder:
        paths, tables = _pictures(Path(folder), pictures, *side), count()

        def run() -> None:
            journal = Journal(Path(folder) / f"results-{next(tables)}.npz", {})
            run_batch(paths, _middle, estimator, journal, lambda results: None)
            journal.finish({})

        return measure(run, repeats)


def _middle(picture: Path, image: np.ndarray) -> list[Request]:
    height, width = image.shape[:2]
    return [Request(image, (width / 4, height / 4, width / 2, height / 2), name=str(picture))]


def _pictures(folder: Path, number: int, width: int, height: int) -> list[Path]:
    """Coarse noise: about as many bytes as a photograph of that size."""
    rng = np.random.default_rng(0)
    paths = []
    for n in range(number):
        small = rng.integers(0, 255, (height // 8, width // 8, 3), np.uint8)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        paths.append(folder / f"{n:06d}.jpg")
        cv2.imwrite(str(paths[-1]), image)
    return paths
