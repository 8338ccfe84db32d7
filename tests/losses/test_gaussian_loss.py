"""The separable Gaussian loss against the dense definition, cell by cell, in float64."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from voxelpose.losses.profiles import paper_profiles, released_depth_slices, released_profiles
from voxelpose.losses.volume import VoxelLoss


def dense_paper(fractions, size):
    """(H, W, D) target with standard deviation 2 cells, in z 2 d / 64 but at least half a cell, peak 1."""
    width, height, depth = size
    target = np.empty((height, width, depth))
    x, y, z = (f * n for f, n in zip(fractions.astype(np.float64), size, strict=True))
    for row in range(height):
        for column in range(width):
            for slab in range(depth):
                exponent = ((column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2) / 8
                if depth > 1:
                    exponent += (slab + 0.5 - z) ** 2 / (2 * max(depth / 32, 0.5) ** 2)
                target[row, column, slab] = math.exp(-exponent)
    return target


def dense_released(fractions, size):
    """(H, W, D) target: the released patch pasted onto zeros around the cell that holds the joint."""
    slices = 2 * math.floor((12 * size[2] / 64 + 1) / 2) + 1
    target = np.zeros((size[1], size[0], size[2]))
    cell = [min(int(f * n), n - 1) for f, n in zip(fractions, size, strict=True)]
    for dy in range(-6, 7):
        for dx in range(-6, 7):
            for dz in range(-(slices // 2), slices // 2 + 1):
                where = (cell[1] + dy, cell[0] + dx, cell[2] + dz)
                if all(0 <= i < n for i, n in zip(where, target.shape, strict=True)):
                    exponent = (dx**2 + dy**2) / (2 * 3.25**2) + dz**2 / (2 * (slices / 4) ** 2)
                    target[where] = math.exp(-exponent)
    return target


DENSE = {"paper": dense_paper, "released": dense_released}


def loss_and_gradient(loss, y_true, volume):
    tensor = tf.constant(volume.reshape(*volume.shape[:3], -1))
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        value = loss(y_true, tensor)
    return float(value), tape.gradient(value, tensor).numpy().reshape(volume.shape)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    sigma=st.sampled_from(["paper", "released"]),
    size=st.tuples(st.integers(2, 9), st.integers(2, 9), st.sampled_from([1, 2, 3, 4, 8, 16])),
    face=st.sampled_from([None, 0.0, 0.999, 1.0]),
    weights=st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=4, max_size=4),
    noise=st.sampled_from([0.0, 0.1, 1.0]),
)
def test_separable_equals_dense(seed, sigma, size, face, weights, noise):
    rng = np.random.default_rng(seed)
    width, height, depth = size
    y_true = np.ones((2, 2, 6), "float32")
    y_true[..., :3] = rng.uniform(0, 1, (2, 2, 3))
    if face is not None:
        y_true[0, 0, :3] = face
    y_true[..., 3:] = np.reshape(weights, (2, 2, 1))
    target = np.stack([[DENSE[sigma](y_true[b, j, :3], size) for j in range(2)] for b in range(2)])
    target = target.transpose(0, 2, 3, 1, 4)  # (B, J, H, W, D) -> (B, H, W, J, D)
    volume = (target + noise * rng.normal(size=target.shape)).astype("float32")

    value, gradient = loss_and_gradient(VoxelLoss(depth, 2, {"gaussian": {"sigma": sigma}}), y_true, volume)

    weight = np.reshape(weights, (2, 1, 1, 2, 1))
    elements = width * height * depth * sum(weights)
    difference = weight * (volume - target)
    expected = (difference * (volume - target)).sum() / elements if elements else 0
    scale = (weight * target**2).sum() / elements if elements else 1
    assert abs(value - expected) <= 1e-5 * max(scale, expected)
    np.testing.assert_allclose(gradient, 2 * difference / max(elements, 1e-9), rtol=0, atol=1e-6 / max(elements, 1))


def test_published_size_equals_dense():
    rng = np.random.default_rng(0)
    y_true = np.ones((1, 1, 6), "float32")
    y_true[..., :3] = 0.31, 0.97, 0.62
    for sigma, dense in DENSE.items():
        target = dense(y_true[0, 0, :3], (64, 64, 64))[None, :, :, None]
        volume = (target + 0.01 * rng.normal(size=target.shape)).astype("float32")
        value, gradient = loss_and_gradient(VoxelLoss(64, 1, {"gaussian": {"sigma": sigma}}), y_true, volume)
        assert abs(value * 64**3 - ((volume - target) ** 2).sum()) < 1e-5 * (target**2).sum()
        np.testing.assert_allclose(gradient * 64**3, 2 * (volume - target), atol=1e-6)


def test_released_slices_are_those_of_the_published_files():
    assert {d: released_depth_slices(d) for d in (1, 2, 4, 8, 16, 32, 64)} == {
        1: 1, 2: 1, 4: 1, 8: 3, 16: 5, 32: 7, 64: 13,
    }  # fmt: skip


def test_released_profile_literals():
    profiles = released_profiles(ops.convert_to_tensor([[[0.5, 0.0, 0.3]]]), (16, 16, 8))
    x, y, z = (np.asarray(p)[0, 0] for p in profiles)
    # the joint's cells are 8, 0 and 2; exp(-36 / 21.125) = .181947 at six cells, then nothing
    np.testing.assert_allclose(x[[1, 2, 8, 14, 15]], [0, 0.181928, 1, 0.181928, 0], atol=1e-6)
    np.testing.assert_allclose(y[[0, 6, 7]], [1, 0.181928, 0], atol=1e-6)
    np.testing.assert_allclose(z, [0, 0.411112, 1, 0.411112, 0, 0, 0, 0], atol=1e-6)  # exp(-1 / 1.125)


def test_paper_profile_literals():
    for depth, expected in {
        1: [1],
        2: [0.606531, 0.606531],  # half a cell to either side of the border, sigma .5: exp(-.5)
        64: [0.969233, 0.969233],  # the two middle cells, half a cell away, sigma 2: exp(-.25 / 8)
    }.items():
        z = np.asarray(paper_profiles(ops.convert_to_tensor([[[0.5, 0.5, 0.5]]]), (4, 4, depth)).z)[0, 0]
        np.testing.assert_allclose(z[max(depth // 2 - 1, 0) : depth // 2 + 1], expected, atol=1e-6)


def two_examples(depth):
    """One example with depth, one 2D-only whose z is unknown."""
    rng = np.random.default_rng(3)
    y_true = np.ones((2, 1, 6), "float32")
    y_true[..., :3] = rng.uniform(0.2, 0.8, (2, 1, 3))
    y_true[1, 0, 2], y_true[1, 0, 5] = np.nan, 0
    return y_true, rng.normal(size=(2, 6, 5, 1, depth)).astype("float32")


def test_2d_only_takes_part_in_the_coarse_stage():
    y_true, volume = two_examples(1)
    targets = np.stack([dense_paper(np.append(y_true[b, 0, :2], 0.5), (5, 6, 1))[:, :, None] for b in range(2)])
    value, gradient = loss_and_gradient(VoxelLoss(1, 1, {"gaussian": 1.0}), y_true, volume)
    assert value == pytest.approx(((volume - targets) ** 2).mean(), rel=1e-5)
    np.testing.assert_allclose(gradient, 2 * (volume - targets) / volume.size, atol=1e-7)


def test_2d_only_is_left_out_of_a_deep_stage_by_default():
    y_true, volume = two_examples(4)
    value, gradient = loss_and_gradient(VoxelLoss(4, 1, {"gaussian": 1.0}), y_true, volume)
    target = dense_paper(y_true[0, 0, :3], (5, 6, 4))[:, :, None]
    assert value == pytest.approx(((volume[0] - target) ** 2).mean(), rel=1e-5)
    assert np.all(gradient[1] == 0)


def test_2d_only_through_the_maximum_over_depth():
    y_true, volume = two_examples(4)
    loss = VoxelLoss(4, 1, {"gaussian": {"without_depth": "max"}})
    value, gradient = loss_and_gradient(loss, y_true, volume)
    target = dense_paper(y_true[0, 0, :3], (5, 6, 4))[:, :, None]
    heatmap = dense_paper(np.append(y_true[1, 0, :2], 0.5), (5, 6, 1))[:, :, 0]
    errors = ((volume[0] - target) ** 2).sum() + ((volume[1, :, :, 0].max(-1) - heatmap) ** 2).sum()
    assert value == pytest.approx(errors / (2 * 5 * 6 * 4), rel=1e-5)
    assert np.count_nonzero(gradient[1]) == 30  # one depth cell per image cell
    np.testing.assert_allclose(
        gradient[1].sum(-1)[:, :, 0], 2 * (volume[1, :, :, 0].max(-1) - heatmap) / 240, atol=1e-7
    )


def test_xla_gives_the_same():
    y_true, volume = two_examples(4)
    loss = VoxelLoss(
        4, 1, {"gaussian": {"sigma": "released", "without_depth": "max"}, "likelihood": 0.1, "integral": 1}
    )
    plain = loss_and_gradient(loss, y_true, volume)
    compiled = tf.function(jit_compile=True)(lambda p: loss(y_true, p))
    tensor = tf.constant(volume.reshape(2, 6, 5, 4))
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        value = compiled(tensor)
    assert float(value) == pytest.approx(plain[0], rel=1e-5)
    np.testing.assert_allclose(tape.gradient(value, tensor).numpy().reshape(volume.shape), plain[1], atol=1e-6)
