"""Several crops in one volume: where their cells come to lie, and what the average says."""

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.geometry import Crop
from voxelpose.inference.decoding.test_time_augmentation import VARIATIONS, Variation, chosen_variations
from voxelpose.networks import decode
from voxelpose.networks.resampling import average_volumes

PLAIN = Crop.around(np.array([320.0, 200.0]), 300.0, 64, rotation_degrees=7.0)


def blob(fractions, sigma=0.06, side=24, depth=6):
    """Log-likelihood (1, side, side, 1, depth) of a Gaussian around (x, y) in fractions."""
    c = (np.arange(side) + 0.5) / side
    plane = -((c[:, None] - fractions[1]) ** 2 + (c[None] - fractions[0]) ** 2) / (2 * sigma**2)
    z = -(((np.arange(depth) + 0.5) / depth - 0.6) ** 2) / 0.02
    return (plane[..., None, None] + z)[None].astype(np.float32)


def test_the_plain_crop_is_the_first_and_stays_itself():
    np.testing.assert_allclose(VARIATIONS[0].of(PLAIN).matrix, PLAIN.matrix)
    volume = blob((0.3, 0.7))
    assert average_volumes([volume], [np.eye(2)], 1.0) is volume


@pytest.mark.parametrize("variation", VARIATIONS[1:])
def test_the_centre_stays_and_the_content_turns_and_grows(variation):
    varied = variation.of(PLAIN)
    middle = np.full(2, 31.5)
    np.testing.assert_allclose(varied.to_image(middle), PLAIN.to_image(middle))
    assert varied.scale == pytest.approx(PLAIN.scale * variation.zoom)
    right = PLAIN.to_image(middle + [10, 0])
    angle = np.degrees(np.arctan2(*(varied.to_crop(right) - middle)[::-1]))
    assert angle == pytest.approx(variation.degrees)  # clockwise on the screen, whose y points down


@pytest.mark.parametrize("variation", [*VARIATIONS[1:], Variation(0.7, 40.0)])
def test_a_point_seen_in_two_crops_is_found_where_it_is(variation):
    point = PLAIN.from_fractions(np.array([0.38, 0.61]))
    seen = [blob(crop.to_fractions(point)) for crop in (PLAIN, variation.of(PLAIN))]
    # An offset per joint is no information.
    together = average_volumes([seen[0], seen[1] + 50.0], [np.eye(2), variation.linear], 1.0)
    np.testing.assert_allclose(decode.soft_argmax(together)[0, 0, :2], [0.38, 0.61], atol=0.004)
    np.testing.assert_allclose(decode.soft_argmax(together)[0, 0, 2], decode.soft_argmax(seen[0])[0, 0, 2], atol=1e-3)


def test_the_average_of_two_opinions_lies_between():
    first, second = blob((0.4, 0.5)), blob((0.6, 0.5))
    together = average_volumes([first, second], [np.eye(2)] * 2, 1.0)
    np.testing.assert_allclose(decode.soft_argmax(together)[0, 0, :2], [0.5, 0.5], atol=2e-3)


def test_what_a_variation_does_not_see_is_the_others_opinion():
    """Zoomed in, the corner is out of sight: the plain crop's blob there stays as it is."""
    volume = blob((0.1, 0.1), sigma=0.04)
    nothing = np.zeros_like(volume)
    together = average_volumes([volume, nothing], [np.eye(2), 2 * np.eye(2)], 1.0)
    np.testing.assert_allclose(decode.soft_argmax(together)[0, 0, :2], [0.1, 0.1], atol=0.02)


@pytest.mark.parametrize("temperature", [1.0, 40.0])
def test_the_temperature_is_that_of_the_volumes(temperature):
    volume = blob((0.4, 0.5)) / temperature
    again = average_volumes([volume, volume], [np.eye(2)] * 2, temperature)
    np.testing.assert_allclose(decode.likelihood(again, temperature), decode.likelihood(volume, temperature), atol=1e-5)


@pytest.mark.parametrize("count", [0, 6])
def test_numbers_of_crops(count):
    with pytest.raises(InputError, match="1 to 5 crops"):
        chosen_variations(count)
