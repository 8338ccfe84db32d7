import numpy as np
import pytest
from painted_people import people_of, pose, read
from test_scores import NAMES, pairs_of

from voxelpose.evaluation.metrics.pairs import PredictedJoints
from voxelpose.evaluation.predictions.predict import true_root_depths
from voxelpose.evaluation.reports.diagnosis import PARTS, split_error, swap_rates, worst_people
from voxelpose.evaluation.reports.worst_cases import worst_cases
from voxelpose.skeleton import H36M17


def parts_of(people, depth_factor=1.0, **shown):
    reading = read(people, **shown)
    depth = true_root_depths(reading.places, people, reading.skeleton)
    return {part.name: part for part in split_error(reading, people, depth * depth_factor)}


def test_a_root_that_is_too_far_makes_everything_too_large():
    people = people_of([pose()])
    parts = parts_of(people, 1.1)
    offsets = pose() - pose()[0]
    # x and y grow by 10%, depths stay; rays are close to the depth axis
    expected = 0.1 * np.linalg.norm(offsets[:, :2], axis=-1).mean()
    assert parts["depth of the root"].alone == pytest.approx(expected, rel=0.1)
    assert parts["depth of the root"].gain == pytest.approx(expected, rel=0.2)
    assert parts["depth from the root"].alone < 3 and abs(parts["place in the picture"].gain) < 10
    assert tuple(parts) == PARTS


def test_a_network_that_sees_depth_alone_wrong():
    people = people_of([pose()])
    parts = parts_of(people, true=pose(head=400))
    assert parts["depth from the root"].alone == pytest.approx(400 / 17, rel=0.1)
    assert parts["place in the picture"].alone < 4 and parts["depth of the root"].gain == 0


def test_joints_that_are_not_known_take_no_part():
    people = people_of([pose(), pose(head=500)])
    people.joints_mm[1, H36M17.index("head")] = np.nan
    assert parts_of(people)["depth from the root"].alone < 2


def test_swapped_sides_by_hand():
    true = np.random.default_rng(1).normal(size=(4, 7, 3)) * 300
    swapped = true[:, [0, 4, 5, 6, 1, 2, 3]]
    predicted = true.copy()
    predicted[0] = swapped[0]  # everything
    predicted[1, [3, 6]] = swapped[1, [3, 6]]  # the ankles
    known = np.ones((4, 7), bool)
    known[3, 3] = False
    rates = swap_rates(pairs_of(predicted, true, known))
    assert rates == {"hip": 0.25, "knee": 0.25, "ankle": pytest.approx(2 / 3), "all": pytest.approx(rates["all"])}
    assert rates["all"] in (0.25, 0.5)
    assert swap_rates(pairs_of(true, true)) == {"hip": 0, "knee": 0, "ankle": 0, "all": 0}
    assert NAMES[1] == "right_hip" and NAMES[4] == "left_hip"


def test_the_worst_come_first_and_unknown_joints_do_not_count():
    true = np.zeros((4, 7, 3))
    predicted = true + np.array([1.0, 9, 5, 100])[:, None, None] * (1, 0, 0)
    known = np.ones((4, 7), bool)
    known[3] = False
    predicted[2, 0] = 1e6
    known[2, 0] = False
    assert worst_people(pairs_of(predicted, true, known), 2) == [(1, 9.0), (2, 5.0)]
    assert [index for index, _ in worst_people(pairs_of(predicted, true, known), 9)] == [1, 2, 0]


def test_cases_hold_what_is_drawn():
    people = people_of([pose(), pose(), pose()])
    joints = np.stack([pose(), pose(head=510), pose(head=170)])
    from voxelpose.evaluation.metrics.pairs import make_pairs
    from voxelpose.evaluation.protocols.table import get_protocol

    predicted = PredictedJoints(H36M17, joints, None)
    pairs = make_pairs(predicted, people, get_protocol("drawn"))
    first, second = worst_cases(pairs, predicted, people, "mm", 2)
    assert first.title == "#1  30 mm" and second.title == "#2  10 mm"
    np.testing.assert_array_equal(first.image, people.examples.images[1])
    np.testing.assert_allclose(first.predicted_pixels, first.true_pixels, atol=0.01)  # the head moved along its ray
    moved = np.linalg.norm(first.predicted_joints - first.true_joints, axis=-1)
    assert moved[H36M17.index("head")] == pytest.approx(510, abs=0.1) and moved[0] == 0
