"""Packed exercises: where the two networks say the same, what is trusted, and what another file is told."""

import cv2
import numpy as np
import pytest

from voxelpose.data.readers import open_dataset
from voxelpose.data.readers.exercises import agreement
from voxelpose.data.store.preparation import Settings, origin_of, prepare
from voxelpose.data.store.stored_examples import load_store
from voxelpose.errors import InputError
from voxelpose.evaluation.people.named_people import load_people, prepared
from voxelpose.evaluation.protocols.table import fitting_protocols
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


def stored(folder, **options):
    given = {"file": "pack.npz", **options}
    dataset, options = open_dataset("exercises-packed", folder, "train", given)
    settings = Settings()
    prepare(
        folder / "store", origin_of("exercises-packed", folder, "train", options, dataset, settings), dataset, settings
    )
    return load_store(folder / "store", H36M17)


def test_trust_falls_between_two_and_six_percent_of_the_crop():
    other = np.array([[0, 1], [2, 0], [4, 0], [0, 5], [6, 0], [90, 0]], float)
    np.testing.assert_allclose(agreement(np.zeros((6, 2)), other, 100), [1, 1, 0.5, 0.25, 0, 0])


def test_joints_lie_between_the_two_answers_with_blazeposes_depth(tmp_path):
    write_pack(tmp_path / "pack.npz")
    store = stored(tmp_path, depth_weight="0.5")
    assert len(store) == 1 and store[0].image.shape == (100, 100, 3)
    found = zip(store[0].joints.tolist(), store[0].weights.tolist(), strict=True)
    joints = dict(zip(H36M17.joints, found, strict=True))
    # The hips are points 23 and 24 at depths of 230 and 240 mm, so that their middle is at 235.
    assert joints["left_hip"] == ([23, 50, -5], [1, 1, 0.5])
    assert joints["pelvis"] == ([23.5, 50, 0], [1, 1, 0.5])
    assert joints["left_wrist"] == ([15, 50, 150 - 235], [1, 1, 0.5])
    assert joints["left_knee"] == ([27, 50, 15], [0.5, 0.5, 0.25])
    for unknown in ("right_ankle", "spine", "thorax", "jaw", "head"):
        assert joints[unknown][1] == [0, 0, 0]
    assert store[0].image[..., 0].mean() == pytest.approx(200, abs=4)


def test_the_held_out_part_is_measured_where_the_two_agree(tmp_path):
    people = load_people(prepared(str(write_pack(tmp_path / "pack.npz")), tmp_path / "out"))
    assert (people.dataset, people.part, len(people)) == ("exercises-packed", "heldout", 1)
    known = dict(zip(people.skeleton.joints, people.known[0].tolist(), strict=True))
    assert known["left_knee"] and known["left_hip"] and not known["right_ankle"] and not known["left_eye"]
    assert np.isnan(people.joints_mm).all() and fitting_protocols(people)[0].name == "exercises"


def test_parts_and_other_files(tmp_path):
    write_pack(tmp_path / "pack.npz")
    with pytest.raises(InputError, match="train, heldout. Received: 'test'"):
        open_dataset("exercises-packed", tmp_path, "test", {"file": "pack.npz"})
    np.savez(tmp_path / "other.npz", jpeg=np.zeros(3))
    with pytest.raises(InputError, match="other.npz"):
        open_dataset("exercises-packed", tmp_path, "train", {"file": "other.npz"})
