"""Each likely mistake is told in a sentence that names it, and sound data and settings are left in peace."""

import numpy as np
import pytest
from training_case import TINY, write_config

from voxelpose.data.labels import Labels, PictureCameras
from voxelpose.data.source import ExampleSet
from voxelpose.geometry import VoxelGrid
from voxelpose.skeleton import H36M17, Skeleton
from voxelpose.training.config.training_config import Optimizer, load_config
from voxelpose.training.preflight import checks as checks

GRID = VoxelGrid(16, 16, 16, -1000.0, 1000.0)


def examples(joints=None, weights=None, present=True, images=None) -> ExampleSet:
    rng = np.random.default_rng(0)
    count, size = 6, 64
    if joints is None:
        plane = rng.uniform(5, 58, (count, 17, 2))
        joints = np.concatenate([plane, rng.uniform(-300, 300, (count, 17, 1))], axis=-1)
    images = rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8) if images is None else images
    weights = np.ones((count, 17, 3), "float32") if weights is None else weights
    cameras = PictureCameras.of([None] * count)
    labels = Labels(H36M17, size, joints.astype("float32"), weights, np.full(count, present), cameras)
    return ExampleSet("people", images, labels)


def told(**changes) -> list[str]:
    return list(checks.source_warnings(examples(**changes), GRID))


def changed(**factors) -> np.ndarray:
    joints = examples().labels().joints.copy()
    joints[..., :2] *= factors.get("plane", 1.0)
    joints[..., 2] = joints[..., 2] * factors.get("depth", 1.0) + factors.get("away", 0.0)
    return joints


def weights(**zero) -> np.ndarray:
    values = np.ones((6, 17, 3), "float32")
    values[..., 2] = 1 - zero.get("depth", 0)
    values[:, 4] *= 1 - zero.get("joint", 0)
    return values


def test_sound_examples_are_left_in_peace():
    assert told() == [] and told(weights=weights(depth=1)) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"joints": changed(depth=1e-3)}, "metres or pixels? Depths should be mm"),
        ({"joints": changed(away=4000.0)}, "absolute depths, or another unit?"),
        ({"joints": changed(plane=1 / 64)}, "fractions? They should be pixels of the 64 px pictures"),
        ({"joints": changed(plane=4.0)}, "pixels of another image size?"),
        ({"weights": np.zeros((6, 17, 3), "float32")}, "every joint has weight 0"),
        ({"weights": weights(joint=1)}, f"never annotated: {H36M17.joints[4]}."),
        ({"present": False}, "none of 6 examples shows a person"),
        ({"images": np.zeros((6, 64, 64, 3), np.uint8)}, "every pixel of 6 pictures is 0"),
    ],
)
def test_wrong_labels_are_told(changes, sentence):
    [warning] = told(**changes)
    assert warning.startswith("people: ") and sentence in warning


def test_a_source_without_people_is_no_mistake_and_one_without_pictures_has_none_to_look_at():
    empty, poses = examples(present=False), examples(images=np.zeros((6, 64, 64, 3), np.uint8))
    empty.people = poses.pictures = False
    assert list(checks.source_warnings(empty, GRID)) == list(checks.source_warnings(poses, GRID)) == []


def test_mirroring_needs_pairs():
    plain = Skeleton("hand", ("wrist", "tip"), (0, 0))
    assert "hand has no mirrored pairs" in next(checks.skeleton_warnings(plain, 0.5))
    assert not list(checks.skeleton_warnings(plain, 0.0)) + list(checks.skeleton_warnings(H36M17, 0.5))


@pytest.mark.parametrize(
    ("kind", "rate", "batch", "word"),
    [
        ("rmsprop", 2.5e-4, 4, None),
        ("adamw", 2e-3, 32, None),
        ("adamw", 1e-3, 256, None),
        ("rmsprop", 0.1, 4, "high"),
        ("adamw", 1e-7, 32, "low"),
        ("adamw", 8e-3, 1, "high"),
    ],
)
def test_learning_rates_are_judged_by_the_batch(tmp_path, kind, rate, batch, word):
    optimizer = {"kind": kind, "learning_rate": rate}
    config = load_config(
        write_config(tmp_path, optimizer=optimizer, schedule={**TINY["schedule"], "batch_size": batch})
    )
    warnings = list(checks.config_warnings(config))
    assert [w for w in warnings if f"is {word} for {kind}" in w] == warnings
    assert bool(warnings) == (word is not None)
    assert isinstance(config.optimizer, Optimizer)


def test_losses_of_no_weight_and_epochs_beyond_the_end_are_told(tmp_path):
    loss = {"integral": 0, "coordinates": {"weight": 0}}
    config = load_config(write_config(tmp_path, loss=loss), ["schedule.steps_per_epoch=7"])
    first, second = checks.config_warnings(config)
    assert (
        "every term of the loss has weight 0" in first and "steps_per_epoch (7) is above schedule.steps (6)" in second
    )


def test_batches_are_looked_at(tmp_path):
    config = load_config(write_config(tmp_path, loss={"gaussian": 1.0}))

    def warnings(weights, depth=4):
        return list(checks.batch_warnings({"joint_weights": weights, "present": np.ones(2)}, config, depth))

    weights = np.ones((2, 17, 3), "float32")
    assert not warnings(weights)
    flat = weights.copy()
    flat[..., 2] = 0
    first, second = warnings(flat)
    assert "no joint of a batch has a depth" in first and "without_depth: coarse" in second
    assert not warnings(flat, 1)
    outside = weights.copy()
    outside[:, :12] = 0
    assert "only 29% of the joints" in warnings(outside)[0]
    assert "every joint of a batch has weight 0" in warnings(0 * weights)[0]


def test_a_slow_pipeline_and_small_machines_are_told():
    assert "Raise data.workers." in next(checks.speed_warnings(0.1, 0.5, 2, 8))
    assert "with more cores" in next(checks.speed_warnings(0.1, 0.5, 8, 2))
    assert not list(checks.speed_warnings(0.3, 0.5, 2, 2))
    assert checks.resource_warnings("disk", 10, 20) == []
    assert checks.resource_warnings("disk", 2000, 20) == ["disk: 2,000 MiB are needed and 20 MiB are there."]
