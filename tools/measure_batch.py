"""What a folder of pictures costs beside its network: pictures per second with a free network and with a real one.

A folder of synthetic JPEGs is read by the same code as `voxelpose infer FOLDER --results FILE`, once with a network
that answers at once, once with the one that --weights names; the latter is also timed by itself, on crops that are
ready. The three are measured in turns, so that other work on the machine meets all of them.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from voxelpose.commands.shared.entry import run
from voxelpose.commands.shared.options import add_network_options, load_estimator
from voxelpose.inference.batch.batch import CHUNK, run_batch
from voxelpose.inference.batch.journal import Journal
from voxelpose.inference.estimator import PoseEstimator
from voxelpose.inference.inputs.requests import Request


class FreeNetwork:
    """Answers at once with what a real network said to one crop."""

    def __init__(self, network, size: int):
        self._one = network(np.zeros((1, size, size, 3), np.float32))

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        return {name: np.repeat(value, len(crops), axis=0) for name, value in self._one.items()}


def main(argv=None) -> int:
    """Run the measurement; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=200, help="in the folder (default: %(default)s)")
    parser.add_argument("--side", type=int, nargs=2, default=(640, 480), help="their width and height")
    parser.add_argument("--rounds", type=int, default=3, help="of all three, in turns (default: %(default)s)")
    add_network_options(parser)
    options = parser.parse_args(argv)
    estimator = load_estimator(options, min_presence=0.0)
    network, size = estimator.network, estimator.preset.architecture.input_size
    free = PoseEstimator(FreeNetwork(network, size), estimator.preset, mirrored=not options.no_mirror, min_presence=0.0)
    with tempfile.TemporaryDirectory() as folder:
        pictures = _pictures(Path(folder), options.pictures, *options.side)
        rates: dict[str, list[float]] = {"free network": [], "whole path": [], "network alone": []}
        for _ in range(options.rounds):
            rates["free network"].append(_whole_path(pictures, free, Path(folder)))
            rates["whole path"].append(_whole_path(pictures, estimator, Path(folder)))
            rates["network alone"].append(_alone(network, size, len(pictures), not options.no_mirror))
    median = {name: statistics.median(values) for name, values in rates.items()}
    width, height = options.side
    print(f"{options.pictures} JPEGs of {width} x {height}, box given, {options.rounds} rounds, medians")
    for name, rate in median.items():
        print(f"  {name:14} {rate:8.1f} pictures/s")
    share = median["whole path"] / median["network alone"]
    print(f"  the whole path runs at {100 * share:.0f} % of the network's own rate")
    return 0


def _pictures(folder: Path, count: int, width: int, height: int) -> list[Path]:
    """Noise over a gradient: about as many bytes as a photograph of that size."""
    rng = np.random.default_rng(0)
    paths = []
    for n in range(count):
        small = rng.integers(0, 255, (height // 8, width // 8, 3), np.uint8)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        paths.append(folder / f"{n:06d}.jpg")
        cv2.imwrite(str(paths[-1]), image)
    return paths


def _whole_path(pictures: list[Path], estimator: PoseEstimator, folder: Path) -> float:
    """Pictures per second from JPEG files to the results file."""

    def prepare(picture: Path, image: np.ndarray) -> list[Request]:
        height, width = image.shape[:2]
        return [Request(image, (width / 4, height / 4, width / 2, height / 2), name=str(picture))]

    began = time.perf_counter()
    journal = Journal(folder / "results.npz", {})
    run_batch(pictures, prepare, estimator, journal, lambda results: None)
    journal.finish({})
    return len(pictures) / (time.perf_counter() - began)


def _alone(network, size: int, count: int, mirrored: bool) -> float:
    """Pictures per second of the forward pass on ready crops, in batches of the same size."""
    crops = np.random.default_rng(0).random((CHUNK * (2 if mirrored else 1), size, size, 3), np.float32)
    network(crops)
    began = time.perf_counter()
    for _ in range(0, count, CHUNK):
        network(crops)
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    raise SystemExit(run(main))
