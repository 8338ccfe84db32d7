"""Errors while training: in mm over the joints that are known in mm, whatever others are not, else a share."""

from dataclasses import replace

import numpy as np
import pytest
from painted_people import people_of, pose

from voxelpose.data.labels import Labels, PictureCameras
from voxelpose.data.source import ExampleSet
from voxelpose.evaluation.people.validation import ValidationPeople, mean_pose_errors
from voxelpose.geometry import VoxelGrid
from voxelpose.skeleton import H36M17
from voxelpose.training.setup.baselines import mean_pose_baselines

GRID = VoxelGrid(16, 16, 16)
WRIST = H36M17.index("left_wrist")


def validation(labels: Labels | None = None) -> ValidationPeople:
    painted = people_of([pose(), pose(left_wrist=100.0)])
    return ValidationPeople.of(ExampleSet("set", painted.examples.images, labels or painted.labels), 64, 1.25, GRID)


def unknown(labels: Labels, row: int, joint: int) -> Labels:
    known = labels.known.copy()
    known[row, joint, 2] = False
    return replace(labels, known=known)


def truth_in_the_grid(people: ValidationPeople) -> np.ndarray:
    """What a perfect network would answer."""
    labels = people.labels
    plane = [crop.to_fractions(joints) for crop, joints in zip(people.crops, labels.joints[..., :2], strict=True)]
    return np.concatenate([plane, GRID.depth_to_fraction(labels.joints[..., 2:])], axis=-1)


def test_a_perfect_answer_has_no_error_and_a_joint_off_in_depth_that_much():
    people = validation()
    fractions = truth_in_the_grid(people)
    assert people.errors(lambda images: fractions)["mpjpe"] == pytest.approx(0, abs=0.01)
    np.testing.assert_allclose(people.truth.mm[0], pose() - pose()[0], atol=0.01)
    assert people.measure == "mm over 34 joints of 2 of 2 people"
    fractions[0, WRIST, 2] += 34 / GRID.range_mm
    # The wrist's ray is a little longer than its depth along the middle of the picture.
    assert people.errors(lambda images: fractions)["mpjpe"] == pytest.approx(34 / 34, rel=0.02)


def test_one_unknown_joint_leaves_the_others_in_millimetres():
    labels = unknown(validation().labels, 0, WRIST)
    people = validation(labels)
    fractions = truth_in_the_grid(people)
    fractions[0, WRIST] += 0.3  # nobody knows
    assert set(people.errors(lambda images: fractions)) == {"mpjpe", "pa_mpjpe"}
    assert people.errors(lambda images: fractions)["mpjpe"] == pytest.approx(0, abs=0.01)
    assert people.measure == "mm over 33 joints of 2 of 2 people"


def test_somebody_without_a_camera_leaves_the_others_in_millimetres():
    labels = validation().labels
    seen = PictureCameras.of([labels.cameras[0], None])
    people = validation(replace(labels, cameras=seen))
    assert people.measure == "mm over 17 joints of 1 of 2 people"
    assert people.errors(lambda images: truth_in_the_grid(people))["mpjpe"] == pytest.approx(0, abs=0.01)


def test_without_any_joint_in_mm_it_is_the_share_of_limbs_found():
    people = validation(validation().labels.without_depth())
    fractions = truth_in_the_grid(people)
    assert people.errors(lambda images: fractions) == {"pck": 1.0}
    fractions[0, WRIST, 0] += 0.3
    assert people.errors(lambda images: fractions) == {"pck": pytest.approx(23 / 24)}
    assert people.measure == (
        "PCK at 0.2 of the torso, no joint is known in mm; over 24 joints of 2 of 2 people"
    )  # fmt: skip


def test_the_mean_pose_is_measured_the_same_way():
    people = validation()
    poses = np.stack([people.truth.mm[0]] * 3)
    apart = np.linalg.norm(people.truth.mm[0] - people.truth.mm[1], axis=-1).mean() / 2
    assert mean_pose_errors(poses, people)["mpjpe"] == pytest.approx(apart)


class Trained:
    """A training source, of which a baseline reads the examples alone."""

    def __init__(self, examples):
        self.examples = examples


def test_baselines_read_whatever_source_knows_its_poses():
    people = validation()
    labels = unknown(people.labels, 1, WRIST)
    known = ExampleSet("known", np.zeros((2, 420, 420, 3), np.uint8), labels)
    flat = ExampleSet("flat", known.images, labels.without_depth())
    found = mean_pose_baselines([Trained(flat), Trained(known)], {"set": people})
    # Of the second person a joint is not known: the mean is the first one alone.
    assert found["set/mpjpe"] == pytest.approx(mean_pose_errors(people.truth.mm[:1], people)["mpjpe"])
    assert mean_pose_baselines([Trained(flat)], {"set": people}) == {}
