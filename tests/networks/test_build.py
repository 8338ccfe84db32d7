"""Networks by kind."""

from importlib import import_module
from inspect import signature

import pytest

from voxelpose.errors import InputError
from voxelpose.networks.build import CLASSES, build_network
from voxelpose.networks.kinds import KINDS
from voxelpose.networks.presets import Architecture

SMALL = {"joints": 3, "input_size": 32, "family": "uniform", "width": 8, "levels": 1, "modules": 1}
ARCHITECTURES = {
    "volumetric": {**SMALL, "depths": (2,)},
    "movenet_volumetric": {
        "size": "lightning",
        "input_size": 64,
        "depths": (1, 2, 4),
        "width": 8,
        "inner": 8,
        "deep": 8,
    },
    "coordinate": {**SMALL, "stages": 1},
    "lifter": {"joints": 3, "side": 8, "depths": (2,), "width": 8, "levels": 1},
    "joint_lifter": {"joints": 3, "side": 8, "width": 8, "blocks": 1},
    "decoupled": {"image_network": {**SMALL, "depths": (1,)}, "lifter": {"depths": (2,), "width": 8, "levels": 1}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_built_and_sees_what_its_preset_says(kind):
    network = build_network(kind, ARCHITECTURES[kind], "mine")
    assert network.name == "mine"
    assert Architecture(kind, ARCHITECTURES[kind]).input_size == network.input_shape[1]


@pytest.mark.parametrize("kind", KINDS)
def test_the_known_arguments_are_those_of_the_class(kind):
    module, _, name = CLASSES[kind].partition(":")
    taken = signature(getattr(import_module(module), name)).parameters.keys() - {"name", "kwargs"}
    assert set(KINDS[kind].arguments) == taken and len(set(KINDS[kind].arguments)) == len(KINDS[kind].arguments)


def test_what_cannot_be_built_is_said():
    with pytest.raises(
        InputError, match="volumetric, movenet_volumetric, coordinate, .* decoupled. Received: 'volume'"
    ):
        build_network("volume", {})
    with pytest.raises(InputError, match="A lifter network cannot be built .* multiple of 4"):
        build_network("lifter", {"side": 6})
    with pytest.raises(InputError, match="no option 'dephts'. Did you mean 'depths'"):
        build_network("lifter", {"dephts": (6,)})
    with pytest.raises(InputError, match="volumetric network has no option 'widht'. Did you mean 'width'"):
        build_network("decoupled", {"image_network": {**SMALL, "widht": 8}, "lifter": {}})
    with pytest.raises(InputError, match="Expected the options of a lifter network. Received: 5"):
        build_network("decoupled", {"image_network": SMALL, "lifter": 5})
