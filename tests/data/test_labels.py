"""Training without 3D ground truth: depth that is hidden, and depth that is refused."""

import numpy as np
import pytest

from voxelpose.data.depth_hiding import Depthless, DepthRefused
from voxelpose.data.example import Example, ExampleSet
from voxelpose.errors import InputError
from voxelpose.skeleton import H36M17


def example(channels: int = 3) -> Example:
    rng = np.random.default_rng(0)
    joints = rng.uniform(1, 30, (17, 3)).astype(np.float32)
    view = np.arange(1, 6, dtype=np.float32)
    return Example(np.zeros((32, 32, channels), np.uint8), joints, np.ones((17, 3), np.float32), True, "x", view)


def people(channels: int = 3) -> ExampleSet:
    return ExampleSet.of("people", H36M17, [example(channels)] * 3)


def test_hidden_depth_leaves_the_plane_alone():
    shown, hidden = people()[1], Depthless(people())[1]
    assert (hidden.joints[:, :2] == shown.joints[:, :2]).all() and (hidden.weights[:, :2] == 1).all()
    assert (hidden.joints[:, 2] == 0).all() and (hidden.weights[:, 2] == 0).all()
    assert np.isnan(hidden.view).all()
    assert (people()[1].weights == 1).all()  # the examples themselves stay as they were


def test_all_of_them_at_once():
    loaded = Depthless(people()).load()
    assert len(loaded) == 3 and (loaded.weights[..., 2] == 0).all() and np.isnan(loaded.views).all()


def test_a_picture_with_depth_is_refused_and_named():
    with pytest.raises(InputError, match="example 2 of people with a picture and the depth of 17 joints"):
        DepthRefused(people())[2]


def test_a_picture_without_depth_and_a_pose_without_picture_pass():
    assert DepthRefused(Depthless(people()))[0].weights[:, 2].sum() == 0
    assert DepthRefused(people(channels=0))[0].weights[:, 2].sum() == 17
