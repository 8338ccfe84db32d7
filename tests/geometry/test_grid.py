import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxelpose.errors import InputError
from voxelpose.geometry import Camera, Crop, VoxelGrid


def test_the_papers_depth_edges():
    grid = VoxelGrid.paper()
    assert grid.range_mm / 64 == pytest.approx(31.0320, abs=5e-5)
    # The root lies in bin 33 of 64, counted from 1.
    assert int(np.floor(grid.depth_to_fraction(0.0) * 64)) + 1 == 33


def test_cell_centres_and_quantisation():
    grid = VoxelGrid(4, 2, 1)
    assert grid.cell_centres(0).tolist() == [0.125, 0.375, 0.625, 0.875]
    assert grid.quantise(np.array([0.3, 0.99, 0.1])).tolist() == [0.375, 0.75, 0.5]
    assert grid.quantise(np.array([-2.0, 7.0, 1.0])).tolist() == [0.125, 0.75, 0.5]


@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_joints_come_back_through_camera_crop_and_grid(seed, facing, mirrored):
    rng = np.random.default_rng(seed)
    camera = Camera(1145.0, 1143.8, 512.5, 515.5, 1000, 1002, (-0.2, 0.25, -0.001, -0.0005, -0.002))
    joints = rng.normal([200, -100, 4500], 350, (17, 3))
    crop = Crop.around(camera.project(joints).mean(0), 600, 256, 25.0, mirrored)
    crop = crop.facing(camera) if facing else crop
    grid = VoxelGrid(64, 64, 64)
    fractions = grid.fractions(joints, 0, camera, crop)
    assert fractions[0, 2] == pytest.approx(0.5)
    root_depth = joints[0] @ crop.depth_axis
    assert np.allclose(grid.reconstruct(fractions, root_depth, camera, crop), joints, atol=1e-3)


def test_depth_along_the_optical_axis_is_plain_z():
    camera = Camera(1000.0, 1000.0, 500.0, 500.0, 1000, 1000)
    joints = np.array([[0.0, 0.0, 4000.0], [300.0, 0.0, 4250.0]])
    fractions = VoxelGrid(64, 64, 64).fractions(joints, 0, camera, Crop.from_box((0, 0, 1000, 1000), 256, 1.0))
    assert np.allclose(fractions[:, 2], [0.5, 0.625])
    assert np.allclose(fractions[0, :2], 0.5005)


@pytest.mark.parametrize("arguments", [(0, 64, 64), (64, 64, 64, 10.0, 10.0), (64, 64, 64, 500.0, -500.0)])
def test_impossible_grids_are_refused(arguments):
    with pytest.raises(InputError, match="at least one cell"):
        VoxelGrid(*arguments)
