"""Looking a pose up: an exact known pose comes back, wherever and however large it is in the picture."""

import numpy as np
import pytest

from voxelpose.experiments.nearest import PoseBank, normalised
from voxelpose.geometry import root_relative
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.pools.benchmarks import load_split
from voxelpose.synthetic.poses_only import PosesOnly
from voxelpose.synthetic.settings import SyntheticSettings


@pytest.fixture(scope="module")
def poses():
    cast = load_split("people-v1", "train").settings.cast
    return PosesOnly(SyntheticSettings(person_free=0.0, cast=cast), 12, 3, H36M17)


def test_a_known_pose_comes_back_exactly(poses):
    bank = PoseBank.of(poses)
    assert bank.poses.shape == (24, 17, 3)  # with their mirror images
    moved = 0.3 * poses.labels().joints[..., :2].astype(np.float64) + [50, -7]
    expected = root_relative(poses.labels().in_camera().mm, H36M17.root)
    np.testing.assert_allclose(bank.look_up(moved, H36M17.root), expected, atol=1e-9)


def test_a_mirrored_person_gets_the_mirrored_pose(poses):
    bank = PoseBank.of(poses)
    mirror = list(H36M17.mirror)
    seen = poses.labels().joints[:, mirror, :2] * [-1, 1]
    found = bank.look_up(seen, H36M17.root)
    expected = root_relative(poses.labels().in_camera().mm, H36M17.root)[:, mirror] * [-1, 1, 1]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_neither_place_nor_size_counts():
    places = np.array([[[1.0, 1.0], [4.0, 5.0]]])
    np.testing.assert_allclose(normalised(places, 0), [[0, 0, 0.6, 0.8]])
    np.testing.assert_allclose(normalised(7 * places + 3, 0), [[0, 0, 0.6, 0.8]])
    assert np.isfinite(normalised(np.zeros((1, 2, 2)), 0)).all()
