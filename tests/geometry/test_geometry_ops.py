"""The differentiable functions against their NumPy twins, and their gradients against finite differences."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from voxelpose.geometry import Camera, Crop, ops, rotations
from voxelpose.skeleton import JointMap

RNG = np.random.default_rng(0)
# Angles from nothing to nearly a half turn, in many directions.
ANGLES = np.array([0.0, 1e-12, 1e-6, 1e-3, 0.05, 0.0999, 0.1001, 0.5, 1.5, 3.0, 3.14])
VECTORS = RNG.normal(size=(len(ANGLES), 7, 3))
VECTORS *= ANGLES[:, None, None] / np.linalg.norm(VECTORS, axis=-1, keepdims=True)
MATRICES = rotations.axis_angle_to_matrix(VECTORS)
CASES = {
    "axis_angle_to_matrix": VECTORS,
    "matrix_to_axis_angle": MATRICES,
    "quaternion_to_matrix": RNG.normal(size=(20, 4)),
    "matrix_to_quaternion": MATRICES,
    "six_to_matrix": RNG.normal(size=(20, 6)),
    "matrix_to_six": MATRICES,
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-6)])
def test_rotations_are_those_of_numpy(name, dtype, tolerance):
    result = getattr(ops, name)(tf.constant(CASES[name], dtype))
    assert result.dtype == dtype
    np.testing.assert_allclose(result, getattr(rotations, name)(CASES[name]), atol=tolerance)


def gradients(function, x):
    """Gradient of a weighted sum of the function's results, and the same by central differences (float64)."""
    weights = tf.constant(np.random.default_rng(1).normal(size=function(tf.constant(x)).shape))
    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(weights * function(variable))
    found, numerical, step = tape.gradient(total, variable).numpy(), np.zeros_like(x), 1e-6
    for place in np.ndindex(x.shape):
        change = np.zeros_like(x)
        change[place] = step
        ends = [tf.reduce_sum(weights * function(tf.constant(x + sign * change))) for sign in (1, -1)]
        numerical[place] = (ends[0] - ends[1]) / (2 * step)
    return found, numerical


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_finite_differences(name):
    x = CASES[name]
    # At the smallest and largest angles differences step over 0, or over a change of sign.
    x = x[:, 0] if x.ndim > 2 else x[:6]
    found, numerical = gradients(getattr(ops, name), x)
    np.testing.assert_allclose(found, numerical, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_at_no_rotation_the_gradient_is_that_of_the_cross_product(dtype):
    zero = tf.Variable(np.zeros((1, 3), dtype))
    with tf.GradientTape() as tape:
        turned = ops.axis_angle_to_matrix(zero)
    derivative = tape.jacobian(turned, zero).numpy()[0, ..., 0, :]
    np.testing.assert_allclose(turned[0], np.eye(3))
    levi_civita = np.zeros((3, 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        levi_civita[i, j, k], levi_civita[j, i, k] = -1, 1
    np.testing.assert_allclose(derivative, levi_civita)
    identity = tf.Variable(np.eye(3, dtype=dtype)[None])
    with tf.GradientTape() as tape:
        vector = ops.matrix_to_axis_angle(identity)
    np.testing.assert_allclose(tape.jacobian(vector, identity).numpy()[0, :, 0], np.moveaxis(levi_civita, -1, 0) / 2)


def test_second_derivatives_are_finite_at_no_rotation():
    zero = tf.Variable(np.zeros(3, np.float32))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            total = tf.reduce_sum(ops.axis_angle_to_matrix(zero) * np.arange(9, dtype=np.float32).reshape(3, 3))
        gradient = inner.gradient(total, zero)
    # sum of W_ij (v_i v_j - |v|^2 [i = j]) / 2 at v = 0
    weights = np.arange(9.0).reshape(3, 3)
    expected = (weights + weights.T) / 2 - np.trace(weights) * np.eye(3)
    np.testing.assert_allclose(outer.jacobian(gradient, zero), expected, atol=1e-5)


def test_projection_and_crop_are_those_of_the_camera_and_the_crop():
    camera = Camera(1100.0, 1050.0, 320.5, 250.25, 640, 480)
    crop = Crop.around(np.array([300.0, 200.0]), 211.0, 128, rotation_degrees=20.0, mirrored=True)
    points = RNG.normal(size=(2, 17, 3)) * 400 + (0, 0, 3000)
    focal, centre = (tf.constant([pair]) for pair in ((camera.fx, camera.fy), (camera.cx, camera.cy)))
    focal, centre = tf.cast(focal, tf.float64), tf.cast(centre, tf.float64)

    def fractions(points):
        return ops.to_fractions(ops.project(points, focal, centre), tf.constant(np.stack([crop.matrix] * 2)), crop.size)

    np.testing.assert_allclose(ops.project(tf.constant(points), focal, centre), camera.project(points), atol=1e-9)
    np.testing.assert_allclose(fractions(tf.constant(points)), crop.to_fractions(camera.project(points)), atol=1e-12)
    found, numerical = gradients(fractions, points)
    np.testing.assert_allclose(found, numerical, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("sources", [6, 70_000])
def test_a_joint_map_is_applied_as_in_numpy_but_for_what_is_unknown(sources):
    rows, columns = [0, 0, 2, 3, 3, 3], [5, 1, 4, 0, 1, 2]
    joint_map = JointMap.from_entries(rows, columns, [0.25, 0.75, 1.0, -1.0, 3.0, -1.0], (4, sources))
    points = RNG.normal(size=(2, 3, sources, 3)).astype(np.float32)
    expected = joint_map.apply(points)
    assert np.isnan(expected[..., 1, :]).all()
    found = ops.apply_joint_map(joint_map, tf.constant(points))
    np.testing.assert_allclose(found, np.nan_to_num(expected), atol=1e-6)
    variable = tf.Variable(points)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(ops.apply_joint_map(joint_map, variable))
    gradient = tf.convert_to_tensor(tape.gradient(total, variable)).numpy()
    np.testing.assert_allclose(gradient, np.broadcast_to(joint_map.dense.sum(0)[:, None], points.shape), atol=1e-6)


def test_geometry_does_not_wake_keras():
    code = "import sys, voxelpose.geometry, voxelpose.skeleton; assert not {'keras', 'tensorflow'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
