"""Packed exercises: where the two networks say the same, what is trusted, and what another file is told."""

import cv2
import numpy as np
import pytest

from voxelpose.data.exercises import agreement_weights, load_exercises
from voxelpose.errors import InputError
from voxelpose.evaluation.protocols import fitting_protocols
from voxelpose.evaluation.sources import load_people
from voxelpose.skeleton import H36M17


def write_pack(path):
    """Two photographs of 100 px, one of each part; BlazePose sees joint i at (i, 50), MoveNet 4 px beside the knees."""
    coco = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]  # BlazePose's numbers in COCO's order
    jpeg = cv2.imencode(".jpg", np.full((100, 100, 3), (10, 20, 200), np.uint8))[1]
    blazepose = np.stack([np.arange(33), np.full(33, 50)], axis=-1).astype(np.float32)
    movenet = np.concatenate([blazepose[coco], np.ones((17, 1))], axis=-1).astype(np.float32)
    movenet[13, 0] += 4  # left knee: 4 % of the crop apart
    movenet[16, 1] += 40  # right ankle
    world = np.zeros((33, 3), np.float32)
    world[:, 2] = np.arange(33) * 10.0
    np.savez(
        path,
        jpeg=np.concatenate([jpeg, jpeg]),
        offsets=np.array([0, len(jpeg), 2 * len(jpeg)]),
        part=np.array(["train", "heldout"]),
        image=np.array(["Squat/0.jpg", "Row/1.jpg"]),
        blazepose_uv=np.stack([blazepose] * 2),
        blazepose_world_mm=np.stack([world] * 2),
        movenet_uv_score=np.stack([movenet] * 2),
    )
    return path


def test_trust_falls_between_two_and_six_percent_of_the_crop():
    other = np.array([[0, 1], [2, 0], [4, 0], [0, 5], [6, 0], [90, 0]], float)
    np.testing.assert_allclose(agreement_weights(np.zeros((6, 2)), other, 100), [1, 1, 0.5, 0.25, 0, 0])


def test_joints_lie_between_the_two_answers_with_blazeposes_depth(tmp_path):
    examples = load_exercises(write_pack(tmp_path / "pack.npz"), "train", H36M17)
    assert (len(examples), examples.name, examples.images.shape) == (1, "exercises-train", (1, 100, 100, 3))
    found = zip(examples[0].joints.tolist(), examples[0].weights.tolist(), strict=True)
    joints = dict(zip(H36M17.joints, found, strict=True))
    # The hips are points 23 and 24 at depths of 230 and 240 mm, so that their middle is at 235.
    assert joints["left_hip"] == ([23, 50, -5], [1, 1, 1])
    assert joints["pelvis"] == ([23.5, 50, 0], [1, 1, 1])
    assert joints["left_wrist"] == ([15, 50, 150 - 235], [1, 1, 1])
    assert joints["left_knee"] == ([27, 50, 15], [0.5, 0.5, 0.5])
    for unknown in ("right_ankle", "spine", "thorax", "jaw", "head"):
        assert joints[unknown] == ([0, 0, 0], [0, 0, 0])
    less = load_exercises(tmp_path / "pack.npz", "train", H36M17, depth_weight=0.5)
    assert less[0].weights[H36M17.index("left_knee")].tolist() == [0.5, 0.5, 0.25]
    assert examples[0].image[..., 0].mean() == pytest.approx(200, abs=4)
    assert np.isnan(examples.views).all()


def test_what_is_measured_is_what_the_two_agree_on(tmp_path):
    people = load_people(write_pack(tmp_path / "pack.npz"))
    assert (people.dataset, people.part, len(people)) == ("exercises", "heldout", 1)
    known = dict(zip(people.skeleton.joints, people.known[0].tolist(), strict=True))
    assert known["left_knee"] and known["left_hip"] and not known["right_ankle"] and not known["left_eye"]
    assert fitting_protocols(people)[0].name == "exercises"


def test_parts_and_other_files(tmp_path):
    assert len(load_exercises(write_pack(tmp_path / "pack.npz"), "heldout", H36M17)) == 1
    with pytest.raises(InputError, match="train, heldout. Received: 'test'"):
        load_exercises(tmp_path / "pack.npz", "test", H36M17)
    np.savez(tmp_path / "other.npz", jpeg=np.zeros(3))
    for name in ("other", "gone"):
        with pytest.raises(InputError, match=f"packed exercises .*{name}"):
            load_exercises(tmp_path / f"{name}.npz", "train", H36M17)
