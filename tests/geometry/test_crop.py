import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop


def test_the_whole_image_as_box_maps_its_edges_to_the_crops_edges():
    crop = Crop.from_box((0, 0, 100, 100), 50, margin=1.0)
    assert np.allclose(
        crop.to_fractions(np.array([[-0.5, -0.5], [99.5, 99.5], [49.5, 49.5]])), [[0, 0], [1, 1], [0.5, 0.5]]
    )
    assert np.allclose(crop.to_crop(np.array([49.5, 49.5])), [24.5, 24.5])


def test_the_margin_is_taken_around_the_longer_side():
    crop = Crop.from_box((10, 20, 40, 80), 128, margin=1.25)
    assert crop.scale == pytest.approx(128 / 100)
    assert np.allclose(crop.from_fractions(np.array([0.5, 0.5])), [29.5, 59.5])


@given(
    st.floats(-50, 150), st.floats(-50, 150), st.floats(5, 400), st.floats(-180, 180), st.booleans(),
    st.integers(8, 256),
)  # fmt: skip
def test_points_come_back_through_any_crop(x, y, side, rotation, mirrored, size):
    crop = Crop.around(np.array([x, y]), side, size, rotation, mirrored)
    points = np.array([[0.0, 0.0], [12.5, 80.0], [99.0, -3.0]])
    assert np.allclose(crop.to_image(crop.to_crop(points)), points, atol=1e-6)
    assert np.allclose(crop.from_fractions(crop.to_fractions(points)), points, atol=1e-6)
    assert np.allclose(crop.to_fractions(np.array([x, y])), 0.5)


def test_rotation_turns_clockwise_on_the_screen_and_mirroring_swaps_sides():
    right_of_centre = np.array([60.0, 50.0])
    turned = Crop.around(np.array([50.0, 50.0]), 100, 100, rotation_degrees=90)
    assert np.allclose(turned.to_fractions(right_of_centre), [0.5, 0.6])
    flipped = Crop.around(np.array([50.0, 50.0]), 100, 100, mirrored=True)
    assert np.allclose(flipped.to_fractions(right_of_centre), [0.4, 0.5])


@pytest.mark.parametrize("side", [60.0, 120.0, 400.0])
def test_a_warped_blob_lies_where_its_centre_maps_to(side):
    ys, xs = np.mgrid[:400, :400]
    centre = np.array([190.3, 205.8])
    blob = 255 * np.exp(-((xs - centre[0]) ** 2 + (ys - centre[1]) ** 2) / (2 * (side / 12) ** 2))
    crop = Crop.around(np.array([200.0, 200.0]), side, 96, rotation_degrees=20)
    warped = crop.warp(np.repeat(blob[..., None], 3, -1).astype(np.uint8))[..., 0].astype(float)
    ys, xs = np.mgrid[:96, :96]
    measured = np.array([(warped * xs).sum(), (warped * ys).sum()]) / warped.sum()
    assert np.allclose(measured, crop.to_crop(centre), atol=0.15)


def test_the_depth_axis_is_the_ray_through_the_crops_centre():
    camera = Camera(500.0, 500.0, 499.5, 499.5, 1000, 1000)
    crop = Crop.around(np.array([999.5, 499.5]), 200, 64).facing(camera)
    assert np.allclose(crop.depth_axis, [np.sqrt(0.5), 0, np.sqrt(0.5)])
    assert Crop.around(np.array([999.5, 499.5]), 200, 64).depth_axis.tolist() == [0, 0, 1]


@pytest.mark.parametrize("box", [(0, 0, 0, 10), (0, 0, 10, -1), (float("nan"), 0, 5, 5), (0, float("inf"), 5, 5)])
def test_empty_and_non_finite_boxes_are_refused(box):
    with pytest.raises(InputError, match="Expected a box x,y,width,height"):
        Crop.from_box(box, 64)
