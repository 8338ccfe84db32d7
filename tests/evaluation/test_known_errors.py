"""The whole path on people whose errors are known by construction."""

from dataclasses import replace

import numpy as np
import pytest
from painted_people import SIZE, network, people_of, pose, project, read

from voxelpose.errors import InputError
from voxelpose.evaluation.evaluate import evaluate_joints, evaluate_network, network_facts
from voxelpose.evaluation.metrics.pairs import PredictedJoints
from voxelpose.evaluation.predictions.predict import MEAN_LIMBS, OWN_LIMBS
from voxelpose.evaluation.protocols.table import get_protocol
from voxelpose.skeleton import H36M17, MEAN_BONE_LENGTHS_MM

DRAWN = get_protocol("drawn")
FACTS = network_facts(network(), mirrored=False)


def scores(report):
    return {score.metric: score for score in report.scores}


def test_the_true_joints_come_back_from_the_labels():
    poses = [pose(), pose(right_wrist=200)]
    people = people_of(poses)
    np.testing.assert_allclose(people.joints_mm, poses, atol=0.05)  # labels are float32
    np.testing.assert_allclose(people.pixels[0], project(poses[0]), atol=1e-3)


def test_errors_in_depth_along_the_ray_are_found_to_the_millimetre():
    # the second person looks like the first, but one wrist is 340 mm farther and one ankle 170 mm nearer
    people = people_of([pose(), pose(right_wrist=340, left_ankle=-170)])
    report = evaluate_network(read(people), FACTS, people, DRAWN).report
    found = scores(report)
    assert found["mpjpe"].value == pytest.approx((340 + 170) / 34, abs=4)
    assert found["mpjpe"].columns["right_wrist"] == pytest.approx(340 / 2, abs=4)
    assert found["mpjpe"].columns["left_ankle"] == pytest.approx(170 / 2, abs=4)
    assert found["mpjpe"].columns["head"] == pytest.approx(0, abs=4)
    assert found["pck_3d"].value == pytest.approx(100 * 32 / 34)
    assert found["mpjpe"].count == 34 and report.data["people"] == 2
    parts = {part["name"]: part for part in report.diagnosis["parts"]}
    assert parts["depth from the root"]["alone"] == pytest.approx(15, abs=2)
    assert parts["depth from the root"]["gain"] == pytest.approx(15, abs=4)
    assert parts["place in the picture"]["alone"] < 4
    assert parts["depth of the root"] == {"name": "depth of the root", "alone": 0.0, "gain": 0.0}


def test_the_floor_is_that_of_cell_centres_counted_by_hand():
    true = pose()
    people = people_of([true])
    report = evaluate_network(read(people), FACTS, people, DRAWN).report
    pixels = project(true)
    low, high = pixels.min(0), pixels.max(0)
    side = 1.25 * 1.08 * (high - low).max()  # the preset's margin times the growth of the joints' box
    left_top, axis = (low + high) / 2 - side / 2, ray_of((low + high) / 2)
    cells = np.minimum(np.floor((pixels - left_top) / side * 32), 31)
    centres = left_top + (cells + 0.5) / 32 * side
    depth = (true - true[0]) @ axis
    depth = (np.floor((depth + 1000) / 125) + 0.5) * 125 - 1000
    depth[0] = 0
    rays = np.column_stack([(centres - 200.0) / 520.0, np.ones(17)])
    back = rays * ((true[0] @ axis + depth) / (rays @ axis))[:, None]
    expected = np.linalg.norm((back - back[0]) - (true - true[0]), axis=-1).mean()
    (floor,) = (score for score in report.cell_centres if score.metric == "mpjpe")
    assert floor.value == pytest.approx(expected, abs=0.1)


def ray_of(pixel):
    direction = np.array([*((pixel - 200.0) / 520.0), 1.0])
    return direction / np.linalg.norm(direction)


def test_own_limbs_find_the_root_and_mean_limbs_make_everybody_average():
    people = people_of([pose()])
    own = evaluate_network(read(people), FACTS, people, replace(DRAWN, root_depth=OWN_LIMBS))
    assert scores(own.report)["mpjpe"].value < 6
    average = evaluate_network(read(people), FACTS, people, replace(DRAWN, root_depth=MEAN_LIMBS))
    lengths = H36M17.bone_lengths(average.predicted.joints_mm[0])
    means = np.array([MEAN_BONE_LENGTHS_MM[H36M17.joints[child]] for _, child in H36M17.bones])
    assert lengths.sum() == pytest.approx(means.sum(), rel=0.05)
    parts = {part["name"]: part for part in average.report.diagnosis["parts"]}
    assert parts["depth of the root"]["alone"] > 10 > abs(parts["place in the picture"]["alone"])
    assert parts["scale"]["gain"] > 5


def test_without_millimetres_the_picture_is_scored():
    people = people_of([pose(), pose()], dataset="something")
    report = evaluate_network(read(people), FACTS, people, get_protocol("own-2d")).report
    assert scores(report)["pck_0.2"].value == 100 and scores(report)["pcp"].value == 100
    assert "parts" not in report.diagnosis and len(report.joints) == 12


def test_the_report_says_how_it_was_made():
    people = people_of([pose()])
    report = evaluate_network(read(people), FACTS, people, DRAWN, not_in_protocol=3).report
    assert report.protocol["name"] == "drawn" and report.protocol["root_depth"] == "ground truth"
    assert report.predictor["weights_sha256"] == "a" * 64 and report.predictor["mirrored_pass"] == "no"
    assert len(report.data["sha256"]) == 64 and report.data["not_in_protocol"] == 3
    assert report.data["sha256"] != people_of([pose(head=1)]).sha256
    assert report.scores[0].metric == "mpjpe" and report.scores[0].low is None  # one sequence has no interval


def joints_of(poses, **pixels):
    return PredictedJoints(H36M17, np.array(poses, float), **({"pixels": None} | pixels))


def test_joints_from_elsewhere_are_scored_as_they_are():
    truth = [pose(), pose()]
    people = people_of(truth)
    moved = np.array(truth) + 1000  # the root is taken away
    moved[1, H36M17.index("head")] += (0, 0, 34)
    found = scores(evaluate_joints(joints_of(moved), {"name": "x"}, people, DRAWN).report)
    assert found["mpjpe"].value == pytest.approx(1, abs=0.05)
    assert found["error_z"].columns["head"] == pytest.approx(17, abs=0.05)


@pytest.mark.parametrize(
    "change, told",
    [
        (lambda joints: joints / 1000, "Expected people of 250 to 3500 mm in x. Received: .*are these metres"),
        (lambda joints: joints / 30, "Expected people of 250 to 3500 mm in x. Received: people of 6"),
        (lambda joints: np.concatenate([project(joints), joints[..., 2:]], -1), "x and y that are pixels"),
        (lambda joints: joints[:1], "one prediction for each of 2 people. Received: 1"),
    ],
)
def test_joints_in_a_wrong_unit_or_number_are_named(change, told):
    people = people_of([pose(), pose()])
    joints = change(np.array([pose(), pose()]))
    with pytest.raises(InputError, match=told):
        evaluate_joints(joints_of(joints), {"name": "x"}, people, DRAWN)


def test_a_joint_that_nobody_predicts_is_left_out_and_told():
    people = people_of([pose(), pose()])
    joints = np.array([pose(), pose()])
    joints[:, H36M17.index("head")] = np.nan
    report = evaluate_joints(joints_of(joints), {"name": "x"}, people, DRAWN).report
    assert report.left_out == ("head",) and len(report.joints) == 16


def test_a_joint_that_is_nan_for_somebody_is_named():
    people = people_of([pose(), pose()])
    joints = np.array([pose(), pose()])
    joints[1, 13] = np.nan
    with pytest.raises(InputError, match="1 joints that are NaN or infinite, the first being left_wrist of person 1"):
        evaluate_joints(joints_of(joints), {"name": "x"}, people, DRAWN)


def test_people_without_a_camera_cannot_be_scored_in_mm():
    people = people_of([pose()])
    people.labels.cameras.fx[0] = 0
    with pytest.raises(InputError, match="needs everybody's camera.*1 have none, the first being number 0"):
        evaluate_network(read(people), FACTS, people, DRAWN)


def test_pictures_have_the_size_that_the_camera_says():
    assert people_of([pose()]).camera(0).width == SIZE
