"""Tables of values against the plain metrics, and their means over groups by hand."""

import numpy as np
import pytest

from voxelpose.evaluation.metrics import functions as metrics
from voxelpose.evaluation.metrics.measures import MEASURES
from voxelpose.evaluation.metrics.pairs import Pairs
from voxelpose.evaluation.metrics.scores import bootstrap_interval, score
from voxelpose.evaluation.people.people import Tags

NAMES = ("pelvis", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle")
LIMBS = ((1, 2), (2, 3), (4, 5), (5, 6))


def pairs_of(predicted, true, known=None, **tags):
    count = len(true)
    columns = {"torso": np.full(count, 100.0), "head": np.full(count, 60.0), "frame_step": 1}
    columns |= {name: tags.pop(name) for name in tuple(columns) if name in tags}
    unknown = vars(Tags.unknown(count))
    return Pairs(
        joints=NAMES,
        left_out=(),
        predicted=predicted,
        true=true,
        known=np.ones(true.shape[:2], bool) if known is None else known,
        limbs=LIMBS,
        tags=Tags(**{name: np.array(tags.get(name, value)) for name, value in unknown.items()}),
        **columns,
    )


@pytest.fixture
def random_pairs():
    rng = np.random.default_rng(5)
    known = rng.random((9, 7)) < 0.8
    known[0] = True
    return pairs_of(150 * rng.normal(size=(9, 7, 3)), 150 * rng.normal(size=(9, 7, 3)), known)


@pytest.mark.parametrize(
    "name, plain",
    [
        ("mpjpe", metrics.mpjpe),
        ("pa_mpjpe", metrics.pa_mpjpe),
        ("n_mpjpe", metrics.n_mpjpe),
        ("error_y", lambda *args: metrics.per_axis_error(*args)[1]),
        ("pck_3d", lambda *args: 100 * metrics.pck_3d(*args)),
        ("auc", lambda *args: 100 * metrics.auc(*args)),
        ("pcp_3d", lambda a, b, known: 100 * metrics.pcp(a, b, LIMBS, mask=known)),
    ],
)
def test_the_mean_of_the_table_is_the_metric(random_pairs, name, plain):
    p = random_pairs
    (found,) = score(p, (name,))
    assert found.value == pytest.approx(plain(p.predicted, p.true, p.known))
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    "name, plain",
    [
        ("pck_0.2", lambda a, b, p: metrics.pck(a, b, p.torso, 0.2)),
        ("pck_0.5", lambda a, b, p: metrics.pck(a, b, p.torso, 0.5)),
        ("pckh_0.5", lambda a, b, p: metrics.pckh(a, b, p.head)),
        ("pcp", lambda a, b, p: metrics.pcp(a, b, LIMBS)),
    ],
)
def test_metrics_in_the_picture(name, plain):
    rng = np.random.default_rng(6)
    true = 60 * rng.normal(size=(8, 7, 2))
    pairs = pairs_of(true + 25 * rng.normal(size=true.shape), true)
    (found,) = score(pairs, (name,))
    assert found.value == pytest.approx(100 * plain(pairs.predicted, pairs.true, pairs)) and 0 < found.value < 100


def test_people_without_a_head_size_take_no_part():
    true = np.zeros((2, 7, 2))
    pairs = pairs_of(true + (20, 0), true, head=np.array([39.0, np.nan]))
    (found,) = score(pairs, ("pckh_0.5",))
    assert found.value == 0.0 and found.count == 7
    assert score(pairs_of(true, true, head=np.full(2, np.nan)), ("pckh_0.5",)) == []


def test_means_per_subject_action_and_joint_by_hand():
    true = np.zeros((4, 7, 3))
    predicted = true.copy()
    predicted[:, 3, 0] = 70, 140, 210, 280
    pairs = pairs_of(
        predicted, true, action=["Walk", "Walk", "Sit", "Walk"], subject=["S1", "S2", "S1", "S2"], sequence=list("abcd")
    )
    (found,) = score(pairs, ("mpjpe",))
    assert found.value == (10 + 20 + 30 + 40) / 4 and found.count == 28
    assert found.groups["action"] == {"Sit": 30, "Walk": pytest.approx(70 / 3)}
    assert found.mean_of_actions == pytest.approx((30 + 70 / 3) / 2)
    assert found.groups["subject"] == {"S1": 20, "S2": 30}
    assert found.groups["subject and action"] == {"S1 Sit": 30, "S1 Walk": 10, "S2 Walk": 30}
    assert found.columns["right_ankle"] == 175 and found.columns["pelvis"] == 0


def test_limbs_are_named():
    true = np.random.default_rng(0).normal(size=(2, 7, 3))
    (found,) = score(pairs_of(true, true), ("pcp_3d",))
    assert list(found.columns)[0] == "right_hip to right_knee" and MEASURES["pcp_3d"].limbs


def test_velocity_needs_neighbouring_frames_of_one_sequence_and_camera():
    # rows out of order; b skips a frame; the second camera of a stands alone
    tags = dict(
        sequence=["a", "b", "a", "b", "a"], camera=["1", "1", "1", "1", "2"], frame=[11, 1, 10, 3, 12], frame_step=1
    )
    true = np.zeros((5, 7, 3))
    predicted = true.copy()
    predicted[0] = (3, 4, 0)
    predicted[3] = predicted[4] = (0, 0, 1000)
    (found,) = score(pairs_of(predicted, true, **tags), ("velocity",))
    assert found.value == 5.0 and found.count == 7
    known = np.ones((5, 7), bool)
    known[2, :6] = False
    (found,) = score(pairs_of(predicted, true, known, **tags), ("velocity",))
    assert found.count == 1
    (wide,) = score(pairs_of(predicted, true, **(tags | {"frame_step": 2})), ("velocity",))
    assert wide.value == 1000.0


def test_velocity_is_the_error_of_differences_on_one_sequence():
    rng = np.random.default_rng(2)
    predicted, true = rng.normal(size=(2, 6, 7, 3))
    pairs = pairs_of(predicted, true, sequence=["a"] * 6, frame=np.arange(6))
    (found,) = score(pairs, ("velocity",))
    moved, should = np.diff(predicted, axis=0), np.diff(true, axis=0)
    expected = np.sqrt(((moved - should) ** 2).sum(-1)).mean()
    assert found.value == pytest.approx(expected) and found.low is None


def test_without_frame_numbers_there_is_no_velocity():
    true = np.zeros((3, 7, 3))
    assert score(pairs_of(true, true, sequence=["a"] * 3), ("velocity",)) == []


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
