"""The coordinate-regression baseline."""

import numpy as np
import pytest
from network_case import check_everything, images

from voxelpose.networks.coordinate import CoordinateHourglass


def small(family="uniform", **options):
    sizes = {"width": 16, "levels": 1, "modules": 1, "input_size": 64}
    return CoordinateHourglass(**{"joints": 3, "family": family, "groups": 3, **sizes, **options})


@pytest.mark.parametrize("family", ["paper", "uniform", "compact"])
def test_shapes_and_a_start_in_the_middle(family):
    coordinates = small(family)(images((64, 64, 3)))["coordinates"]
    assert coordinates.shape == (2, 9)
    np.testing.assert_allclose(coordinates, 0.5, atol=0.2)


def test_the_shared_case(tmp_path):
    # Residual 18 variables, with a bare skip 20, a 1x1 unit 6, a convolution or dense layer 2.
    stem, stage, merge = 6 + 20 + 18 + 20, 4 * 18 + 18 + 6, 2
    head = 18 + 6 + 2  # one pooling from 16 x 16 to 8 x 8
    check_everything(
        lambda: small(stages=2), (64, 64, 3), {"coordinates": (9,)}, stem + 2 * stage + merge + head, tmp_path
    )


def test_places_are_told_apart():
    # A head that averaged over all positions would give nearly the same answer wherever the bright patch is.
    model = small(stages=1)
    x = np.zeros((2, 64, 64, 3), np.float32)
    x[0, :16, :16] = x[1, 48:, 48:] = 1.0
    answers = model(x)["coordinates"].numpy()
    assert np.abs(answers[0] - answers[1]).max() > 1e-4


def test_impossible_options_are_refused():
    with pytest.raises(ValueError, match="at least one joint and stage. Received: joints=3, stages=0"):
        small(stages=0)
    with pytest.raises(ValueError, match="multiple of 8"):
        small(input_size=20)
