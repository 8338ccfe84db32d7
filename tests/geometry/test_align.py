import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voxelpose.geometry import procrustes, root_relative, similarity


def _rotation(rng):
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


@given(st.integers(0, 2**32 - 1), st.floats(0.2, 5))
def test_a_known_similarity_is_found_again(seed, scale):
    rng = np.random.default_rng(seed)
    source, rotation, shift = rng.normal(size=(17, 3)), _rotation(rng), rng.normal(size=3)
    target = scale * source @ rotation.T + shift
    found_scale, found_rotation, found_shift = similarity(source, target)
    assert np.allclose(found_scale, scale) and np.allclose(found_rotation, rotation) and np.allclose(found_shift, shift)


def test_a_mirror_image_is_not_reached_by_reflection():
    source = np.random.default_rng(1).normal(size=(17, 3))
    target = source * [-1, 1, 1]
    _, rotation, _ = similarity(source, target)
    assert np.isclose(np.linalg.det(rotation), 1)
    assert np.abs(procrustes(source, target) - target).max() > 0.1


def test_alignment_works_on_batches_row_by_row():
    rng = np.random.default_rng(2)
    predicted, target = rng.normal(size=(2, 4, 17, 3)), rng.normal(size=(2, 4, 17, 3))
    whole = procrustes(predicted, target)
    assert np.allclose(whole[1, 2], procrustes(predicted[1, 2], target[1, 2]))


def test_the_root_becomes_the_origin():
    joints = np.array([[1.0, 2.0, 3.0], [4.0, 4.0, 4.0]])
    assert root_relative(joints, 0).tolist() == [[0, 0, 0], [3, 2, 1]]


def test_a_collapsed_prediction_aligns_to_the_targets_mean():
    target = np.random.default_rng(3).normal(size=(5, 3))
    assert np.allclose(procrustes(np.ones((5, 3)), target), target.mean(0))
