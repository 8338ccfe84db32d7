"""Shared by the tests of drawing: the shipped bank, small quick settings, and a garment that is made here."""

import pytest
from tiny_garment import write_suit

from voxelpose.synthetic.bodies.bank import BodyBank
from voxelpose.synthetic.bodies.poses import PoseDistribution
from voxelpose.synthetic.settings import SyntheticSettings


@pytest.fixture(scope="session")
def bank() -> BodyBank:
    return BodyBank.load()


@pytest.fixture(scope="session")
def poses() -> PoseDistribution:
    return PoseDistribution.load()


@pytest.fixture(scope="session")
def small() -> SyntheticSettings:
    """Quick to draw: 64 pixels, somebody in every picture."""
    return SyntheticSettings(picture=64, person_free=0.0)


@pytest.fixture
def garments(tmp_path, bank):
    """A folder with one suit: a square of red cloth, 40 mm in front of the chest, that hides the skin of the breast."""
    return write_suit(tmp_path / "garments", bank)
