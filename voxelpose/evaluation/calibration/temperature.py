"""The temperature under which a network's volume is the best distribution over cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.predictions.predict import NetworkPredictions, cut_crops
from voxelpose.evaluation.reports.diagnosis import true_fractions
from voxelpose.inference.decoding.prediction import Prediction
from voxelpose.inference.decoding.volume_predictor import VolumePredictor
from voxelpose.inference.runtime.loading import LoadedNetwork
from voxelpose.networks import decode
from voxelpose.skeleton import get_skeleton

# factors on the temperature that the weights have, a fifth apart
FACTORS = tuple(float(factor) for factor in 1.2 ** np.arange(-12, 25))
_LEAST = np.finfo(np.float32).tiny


@dataclass(frozen=True)
class Temperature:
    """A temperature that was tried.

    nll: mean negative logarithm of the likelihood where the truth lies, as a density over the grid whose volume is 1
    (0 for one that knows nothing); error: mean distance of the likelihood's mean from the truth, in fractions of the
    grid. Both over the joints inside the grid but the root; count: how many.
    """

    value: float
    nll: float
    error: float
    count: int


def try_temperatures(
    loaded: LoadedNetwork,
    people: People,
    mirrored: bool = True,
    factors: Sequence[float] = FACTORS,
    progress: Callable[[int], None] | None = None,
) -> list[Temperature]:
    """Score the likelihood of the truth under each temperature; the network runs once per crop for all of them.

    InputError if no joint is known inside of the grid in all three axes.
    """
    preset = loaded.preset
    skeleton = get_skeleton(preset.input.skeleton)
    reader = VolumePredictor(loaded.network, preset, skeleton, mirrored)
    scores, done = [], 0
    for crops, places in cut_crops(people, preset.architecture.input_size, preset.input.crop_margin):
        readings = list(reader.predict_crops(crops, keep_volumes=True))
        rows = np.arange(done, done + len(crops))
        truth = true_fractions(NetworkPredictions(skeleton, readings, places), people.select(rows))
        truth[:, skeleton.root] = np.nan
        scores.extend(_score(reading, pose, factors) for reading, pose in zip(readings, truth, strict=True))
        done += len(crops)
        if progress is not None:
            progress(done)
    table = np.concatenate(scores, axis=1)
    if not table.shape[1]:
        raise InputError("Expected people whose joints are known along x, y and z. Received: nobody.")
    return [
        Temperature(preset.calibration.temperature * factor, float(nll.mean()), float(error.mean()), table.shape[1])
        for factor, (nll, error) in zip(factors, np.moveaxis(table, -1, 1), strict=True)
    ]


def best_temperature(tried: Sequence[Temperature]) -> Temperature:
    """The one under which the truth is likeliest."""
    return min(tried, key=lambda one: one.nll)


def _score(reading: Prediction, truth: np.ndarray, factors: Sequence[float]) -> np.ndarray:
    """(factors, known joints, 2): negative log density at the truth, and distance of the mean from it."""
    volume = reading.volumes[-1]
    height, width, _, depth = volume.shape
    known = ((truth >= 0) & (truth < 1)).all(axis=-1)
    # The likelihood to a power is the likelihood at so many times the temperature, up to its sum.
    logarithm = np.log(np.maximum(volume[:, :, known], _LEAST))[None]
    truth = truth[known]
    x, y, z = np.floor(truth * (width, height, depth)).astype(int).T
    scores = np.empty((len(factors), len(truth), 2))
    for number, factor in enumerate(factors if len(truth) else ()):
        density = decode.likelihood(logarithm, factor)[0, y, x, np.arange(len(truth)), z] * height * width * depth
        scores[number, :, 0] = -np.log(np.maximum(density, _LEAST))
        scores[number, :, 1] = np.linalg.norm(decode.soft_argmax(logarithm, factor)[0] - truth, axis=-1)
    return scores
