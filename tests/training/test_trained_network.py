"""What a configuration means as a network: its own input, and no calibration of weights that are not there."""

import pytest

from voxelpose.networks.presets import Calibration
from voxelpose.training.config.training_config import Network
from voxelpose.training.setup.trained_network import build_trained_network, describe_network


@pytest.mark.parametrize("name", ["tiny", "small", "base", "decoupled"])
def test_fresh_weights_begin_without_calibration(name):
    preset = describe_network(Network(preset=name))
    assert preset.name == name and preset.calibration == Calibration(1.0, (1.0, 1.0, 1.0))


def test_peaks_are_read_as_peaks_from_the_beginning():
    assert describe_network(Network(preset="paper-64")).calibration == Calibration(40.0, (1.0, 1.0, 1.0))


def test_a_configuration_changes_what_it_names_and_nothing_else():
    preset = describe_network(Network(preset="base", near_mm=-700, crop_margin=1.5, temperature=3))
    assert (preset.input.near_mm, preset.input.far_mm, preset.input.crop_margin) == (-700.0, 1100.0, 1.5)
    assert preset.calibration == Calibration(3.0, (1.0, 1.0, 1.0))
    assert (preset.name, preset.card.weights) == ("base", "weights/base.weights.h5")
    deeper = describe_network(Network(preset="base", architecture={"depths": [1, 4]}))
    assert deeper.architecture.arguments["depths"] == (1, 4) and deeper.architecture.arguments["width"] == 128
    assert (deeper.name, deeper.card.weights) == ("custom", None)


def test_the_skeleton_decides_how_many_joints_and_parameters_there_are():
    small = {"family": "uniform", "width": 8, "levels": 1, "modules": 1, "depths": [2], "input_size": 32, "joints": 3}
    network = build_trained_network(Network(architecture=small), print)
    assert network.preset.architecture.joints == len(network.skeleton) == 17
    assert network.preset.card.parameters == sum(v.numpy().size for v in network.model.trainable_variables)
