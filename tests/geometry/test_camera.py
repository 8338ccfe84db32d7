import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelpose.errors import InputError
from voxelpose.geometry import Camera

LENS = (-0.2, 0.25, -0.001, -0.0005, -0.002)


def test_a_point_projects_where_the_pinhole_formula_says():
    camera = Camera(1000.0, 1100.0, 500.0, 400.0, 1000, 800)
    assert np.allclose(camera.project(np.array([100.0, -200.0, 2000.0])), [550.0, 290.0])


def test_distortion_agrees_with_opencv():
    camera = Camera(1145.0, 1143.8, 512.5, 515.5, 1000, 1002, LENS)
    points = np.random.default_rng(0).normal([0, 0, 4000], [700, 700, 500], (50, 3))
    expected, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), camera.matrix, np.array(LENS))
    assert np.allclose(camera.project(points), expected[:, 0], atol=1e-9)


@given(st.floats(-900, 900), st.floats(-900, 900), st.floats(2500, 8000))
def test_back_projection_undoes_projection_through_the_lens(x, y, z):
    camera = Camera(1145.0, 1143.8, 512.5, 515.5, 1000, 1002, LENS)
    point = np.array([x, y, z])
    assert np.allclose(camera.back_project(camera.project(point), z), point, atol=1e-4)


def test_the_field_of_view_spans_the_longer_side_from_edge_to_edge():
    camera = Camera.from_field_of_view(800, 600, 90.0)
    assert np.allclose(camera.rays(np.array([[-0.5, 299.5], [799.5, 299.5]])), [[-1, 0, 1], [1, 0, 1]])


@pytest.mark.parametrize(
    "change", [{"fx": 0.0}, {"fy": -5.0}, {"cx": float("nan")}, {"width": 0}, {"distortion": (0.0,) * 4}]
)
def test_impossible_intrinsics_are_refused(change):
    valid = {"fx": 1.0, "fy": 1.0, "cx": 0.0, "cy": 0.0, "width": 10, "height": 10}
    with pytest.raises(InputError, match="Expected"):
        Camera(**valid | change)


def test_depth_may_be_measured_along_another_axis():
    camera = Camera(1000.0, 900.0, 320.0, 240.0, 640, 480)
    points = np.random.default_rng(1).normal([0, 0, 4000], [700, 700, 500], (50, 3))
    axis = np.array([0.48, -0.6, 0.64])
    assert np.allclose(camera.back_project(camera.project(points), points @ axis, axis), points, atol=1e-6)
