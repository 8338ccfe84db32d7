"""Calibration on errors that are drawn from a known distribution."""

from dataclasses import replace

import numpy as np
import pytest
from painted_people import people_of, pose, read

from voxelpose.errors import InputError
from voxelpose.evaluation.calibration.covariance import calibration, fit_covariance_scale, standardised_errors
from voxelpose.evaluation.calibration.temperature import Temperature, best_temperature, try_temperatures
from voxelpose.evaluation.predictions.predict import NetworkPredictions
from voxelpose.evaluation.reports.diagnosis import true_fractions
from voxelpose.inference.runtime.loading import LoadedNetwork
from voxelpose.networks.presets import Architecture, Preset
from voxelpose.skeleton import H36M17


@pytest.fixture(scope="module")
def noisy():
    """Readings whose errors have the sd 0.01, 0.02, 0.03 along x, y, z, and say that it is 0.02 along each."""
    people = people_of([pose()] * 300)
    found = read(people.select(np.arange(1)))
    truth = true_fractions(NetworkPredictions(H36M17, list(found.by_person) * 300, list(found.places) * 300), people)
    rng = np.random.default_rng(0)
    readings = []
    for fractions in truth + rng.normal(size=truth.shape) * (0.01, 0.02, 0.03):
        spread = np.broadcast_to(0.02**2 * np.eye(3), (17, 3, 3)).copy()
        spread[0, 2, 2] = 0  # the root's depth is certain
        readings.append(replace(found.by_person[0], fractions=fractions, covariance=spread))
    return NetworkPredictions(H36M17, readings, list(found.places) * 300), people


def test_coverage_is_that_of_the_normal_distribution(noisy):
    x, y, z = calibration(*noisy)
    assert [axis.axis for axis in (x, y, z)] == ["x", "y", "z"]
    np.testing.assert_allclose(y.coverage, y.promised, atol=0.02)  # promised 50, 68, 90, 95%
    # x: twice as wide as it need be: |error| < 0.6745 * 2 sd covers 82.3%
    assert x.coverage[0] == pytest.approx(0.823, abs=0.02)
    assert (x.count, y.count, z.count) == (5100, 5100, 4800)
    assert [axis.scale for axis in (x, y, z)] == pytest.approx([0.25, 1.0, 2.25], rel=0.1)


def test_the_fitted_scale_takes_the_current_one_into_account(noisy):
    assert fit_covariance_scale(*noisy, (4.0, 1.0, 2.0)) == pytest.approx((1.0, 1.0, 4.5), rel=0.1)


def test_joints_outside_the_grid_or_unknown_do_not_count():
    people = people_of([pose(), pose(head=2000)])
    people.joints_mm[0, H36M17.index("jaw")] = np.nan
    ratio = standardised_errors(read(people), people)
    head, jaw = H36M17.index("head"), H36M17.index("jaw")
    assert np.isnan(ratio[1, head, 2]) and np.isfinite(ratio[0, head]).all()
    assert np.isnan(ratio[0, jaw, 2]) and np.isfinite(ratio[1, jaw]).all()
    assert np.isnan(ratio[:, 0, 2]).all()


class Peaks:
    """A network that answers Gaussian logits of one cell's width around the true joints of each crop in turn."""

    def __init__(self, centres, factor):
        self.centres, self.factor, self.done = centres, factor, 0

    def __call__(self, crops):
        grid = np.stack(np.meshgrid(*[(np.arange(16) + 0.5) / 16] * 3, indexing="ij"), axis=-1)  # y, x, z
        volumes = []
        for centres in self.centres[self.done : self.done + len(crops)]:
            distance = ((grid[:, :, None] - centres[:, None, [1, 0, 2]]) ** 2).sum(-1)
            volumes.append(-self.factor * distance)
        self.done += len(crops)
        return {"volume_1": np.stack(volumes).reshape(len(crops), 16, 16, -1).astype(np.float32)}


def test_the_temperature_makes_the_likelihood_as_wide_as_the_errors():
    people = people_of([pose()] * 20)
    facts = Preset("peaks", Architecture(arguments={"input_size": 64}))
    found = read(people)
    truth = true_fractions(found, people)
    sd = 0.08
    centres = truth + sd * np.random.default_rng(1).normal(size=truth.shape)
    # logits -factor * d^2 at temperature T are a Gaussian of variance 1 / (2 * factor * T): right at T = 3
    network = Peaks(centres, 1 / (2 * sd**2 * 3))
    factors = (1.0, 2.0, 3.0, 4.5, 9.0)
    tried = try_temperatures(LoadedNetwork(network, facts, ""), people, mirrored=False, factors=factors)
    assert [one.value for one in tried] == list(factors)
    assert best_temperature(tried).value == 3.0
    # the density of a normal distribution in three dimensions: 3/2 (1 + log(2 pi sd^2)) on average
    assert best_temperature(tried).nll == pytest.approx(1.5 * (1 + np.log(2 * np.pi * sd**2)), abs=0.25)
    assert tried[0].count == 20 * 16


def test_one_temperature_of_equal_likelihood_is_the_first():
    assert (
        best_temperature([Temperature(1, 0.5, 0, 1), Temperature(2, 0.25, 0, 1), Temperature(3, 0.25, 0, 1)]).value == 2
    )


def test_without_depth_there_is_nothing_to_fit():
    people = people_of([pose()])
    people.joints_mm[:] = np.nan
    with pytest.raises(InputError, match="known along x, y and z. Received: none along z"):
        fit_covariance_scale(read(people), people, (1, 1, 1))
    facts = Preset("peaks", Architecture(arguments={"input_size": 64}))
    network = LoadedNetwork(Peaks(np.full((1, 17, 3), 0.5), 1.0), facts, "")
    with pytest.raises(InputError, match="Received: nobody"):
        try_temperatures(network, people, mirrored=False, factors=(1.0,))
