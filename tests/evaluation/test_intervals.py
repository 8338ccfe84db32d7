import numpy as np
import pytest

from voxelpose.evaluation.metrics.intervals import bootstrap_interval


def test_independent_sequences_give_the_normal_interval():
    values = np.random.default_rng(3).normal(100, 20, (400, 1))
    low, high = bootstrap_interval(values, np.ones((400, 1), bool), np.arange(400))
    half = 1.96 * values.std() / np.sqrt(400)
    assert low == pytest.approx(values.mean() - half, abs=0.3)
    assert high == pytest.approx(values.mean() + half, abs=0.3)


def test_frames_of_one_sequence_add_no_certainty():
    per_sequence = np.random.default_rng(4).normal(0, 1, 30)
    alone = bootstrap_interval(per_sequence[:, None], np.ones((30, 1), bool), np.arange(30))
    values, sequence = np.repeat(per_sequence, 50)[:, None], np.repeat(np.arange(30), 50)
    assert bootstrap_interval(values, np.ones((1500, 1), bool), sequence) == pytest.approx(alone)


def test_two_sequences_of_different_length_by_hand():
    # drawn twice from {10 once, 40 three times}: 10, 40, or the pooled mean (10 + 3 * 40) / 4 = 32.5 half of the time
    values = np.array([[10.0], [40], [40], [40]])
    low, high = bootstrap_interval(values, np.ones((4, 1), bool), np.array(["a", "b", "b", "b"]))
    assert (low, high) == (10.0, 40.0)


def test_what_is_not_known_takes_no_part():
    values, known = np.array([[1.0, np.nan], [3.0, 100.0], [np.nan, np.nan]]), np.array([[1, 0], [1, 0], [0, 0]], bool)
    low, high = bootstrap_interval(values, known, np.array(["a", "b", "c"]))
    assert 1.0 <= low <= high <= 3.0
    assert bootstrap_interval(values[:1], known[:1], np.array(["a"])) is None
    assert bootstrap_interval(values[[0, 2]], known[[0, 2]], np.array(["a", "c"])) is None


def test_the_same_numbers_give_the_same_interval():
    values = np.random.default_rng(1).normal(size=(20, 3))
    one, two = (bootstrap_interval(values, np.ones((20, 3), bool), np.arange(20)) for _ in range(2))
    assert one == two
