import json

import numpy as np
import pytest

from voxelpose.assets import verified_asset
from voxelpose.errors import InputError
from voxelpose.synthetic.bodies.bank import BodyBank
from voxelpose.synthetic.bodies.poses import FITTED_KINDS, PoseDistribution
from voxelpose.synthetic.clothing.fabrics import PATTERNS, Fabric
from voxelpose.synthetic.people import DRAWING_VERSION
from voxelpose.synthetic.pools import benchmarks
from voxelpose.synthetic.pools.benchmarks import (
    compute_checksums,
    labels_checksum,
    load_split,
    verify_labels,
    verify_pool,
)
from voxelpose.synthetic.pools.statistics import describe, facing, gather

SPLITS = ("train", "validation", "test")


def test_the_sizes_are_those_promised():
    splits = {name: load_split("people-v1", name) for name in SPLITS}
    assert {name: split.count for name, split in splits.items()} == {
        "train": 100_000,
        "validation": 2_000,
        "test": 2_000,
    }
    assert [len(split.checksums) for split in splits.values()] == [100, 2, 2]
    assert len({split.seed for split in splits.values()}) == 3
    assert all(split.settings.backgrounds is None and split.settings.garments is None for split in splits.values())


def test_the_splits_share_no_body_no_pose_and_no_pattern():
    casts = [load_split("people-v1", name).settings.cast for name in SPLITS]
    for what, everything in (
        ("identities", range(len(BodyBank.load().rows))),
        ("clusters", range(len(PoseDistribution.load().kinds))),
        ("patterns", PATTERNS),
    ):
        dealt = [one for cast in casts for one in getattr(cast, what)]
        assert sorted(dealt) == sorted(everything), what
    kinds = PoseDistribution.load().kinds
    assert all({kinds[k] for k in cast.clusters} == set(FITTED_KINDS) for cast in casts)


def test_a_cluster_and_its_mirror_image_are_in_one_split():
    poses = PoseDistribution.load()
    split_of = {cluster: name for name in SPLITS for cluster in load_split("people-v1", name).settings.cast.clusters}
    # Bones by child joint; left and right legs are bones 0..3 and 4..7, arms 13..15 and 16..18.
    swap = [4, 5, 6, 7, 0, 1, 2, 3, 8, 9, 10, 11, 12, 16, 17, 18, 13, 14, 15]
    for cluster, kind in enumerate(poses.kinds):
        twin = (poses.means[cluster].reshape(19, 3)[swap] * (-1, 1, 1)).ravel()
        same_kind = [k for k, other in enumerate(poses.kinds) if other == kind]
        nearest = min(same_kind, key=lambda k: ((poses.means[k] - twin) ** 2).sum())
        assert split_of[nearest] == split_of[cluster]


def test_the_drawer_is_the_one_that_the_benchmark_was_defined_with():
    definition = json.loads(verified_asset("people/people-v1.json").read_text())
    assert definition["drawing"] == DRAWING_VERSION


@pytest.mark.parametrize(("name", "block"), [("train", 99), ("validation", 1), ("test", 0)])
def test_published_labels_are_computed_again(name, block):
    split = load_split("people-v1", name)
    rows = range(block * benchmarks.BLOCK, (block + 1) * benchmarks.BLOCK)
    assert labels_checksum(benchmarks._labels(split.seed, rows, split.settings)) == split.checksums[block]


def test_checksums_ignore_rounding_and_see_everything_else():
    rng = np.random.default_rng(0)
    # On the hundredth of a pixel and the tenth of a millimetre, where nothing is near a tie.
    joints = np.round(rng.uniform(0, 160, (5, 17, 3)), 1).astype(np.float32)
    labels = (joints, np.ones((5, 17, 3)), np.ones(5, bool), np.full((5, 5), 500.0))
    first = labels_checksum(labels)
    assert first == labels_checksum((joints + np.float32(1e-4), *labels[1:]))
    for column, change in enumerate((0.1, -1, -1, 0.2)):
        changed = [np.array(part, np.float64) for part in labels]
        changed[column].flat[0] += change
        assert labels_checksum(tuple(changed)) != first


def test_verification_compares_whole_blocks_and_names_what_differs(tmp_path, monkeypatch):
    from dataclasses import replace

    from voxelpose.synthetic.pools.pool import draw_pool

    monkeypatch.setattr(benchmarks, "BLOCK", 100)
    split = load_split("people-v1", "validation")
    settings = replace(split.settings, picture=16)
    checksums = tuple(compute_checksums(split.seed, 200, settings))
    split = replace(split, settings=settings, count=200, checksums=checksums)
    draw_pool(tmp_path, settings, 100, split.seed)
    assert verify_pool(tmp_path, split) == 100
    assert verify_labels(split, 150) == 200
    wrong = replace(split, checksums=("0" * 64, checksums[1]))
    with pytest.raises(InputError, match="labels 0 to 99 of people-v1/validation differ in .*expected sha256 0000"):
        verify_pool(tmp_path, wrong)
    with pytest.raises(InputError, match="differ in what this machine computes"):
        verify_labels(wrong, 1)


def test_an_empty_folder_is_not_verified(tmp_path):
    with pytest.raises(InputError, match="drawn examples or more in .* Received: fewer"):
        verify_pool(tmp_path, load_split("people-v1", "test"))


@pytest.mark.parametrize(("benchmark", "split", "told"), [
    ("people-v9", "test", "Expected a benchmark among people-v1. Received: people-v9"),
    ("people-v1", "dev", "Expected a split among train, validation, test. Received: dev"),
])  # fmt: skip
def test_unknown_names_are_answered_with_the_known_ones(benchmark, split, told):
    with pytest.raises(InputError, match=told):
        load_split(benchmark, split)


def test_every_pattern_can_be_painted_and_none_is_plain():
    place = np.random.default_rng(1).uniform(-400, 400, (4000, 3))
    for pattern in PATTERNS:
        fabric = Fabric(np.array([[0.0, 0, 0], [200, 200, 200]]), pattern, 60.0, 0.1, np.zeros(3))
        share = fabric.paint(place)[:, 0].mean() / 200
        assert 0.005 < share < 0.95, pattern


def test_statistics_describe_what_is_drawn():
    split = load_split("people-v1", "test")
    people = gather(split.seed, 200, split.settings)
    assert people.joints.shape == (200, 17, 3) and people.pictures == 200
    table = describe(people)
    assert "| pictures with somebody | 100.0% |" in table
    assert "| to left_knee | " in table and "| 449 |" in table
    # Cameras look down on people more often than up: the vertical axis leans towards the viewer.
    assert np.median(people.up[:, 2]) < -0.05 and np.percentile(people.up[:, 2], 95) > 0
    share = float(table.split("people with a joint outside the picture | ")[1].split("%")[0])
    assert np.isclose(share, 100 * (~people.seen).any(1).mean(), atol=0.06)


def test_facing_is_counted_from_the_camera():
    joints = np.zeros((3, 17, 3))
    joints[:, 7] = (0, -200, 0)  # the spine goes up
    # The left hip at the right of the picture: towards the camera; at its left: away; nearer than the right one: who
    # stands so has turned to the left of the picture.
    joints[0, 4], joints[0, 1] = (100, 0, 0), (-100, 0, 0)
    joints[1, 4], joints[1, 1] = (-100, 0, 0), (100, 0, 0)
    joints[2, 4], joints[2, 1] = (0, 0, -100), (0, 0, 100)
    assert np.allclose(np.abs(facing(joints)[:2]), (0, 180)) and np.isclose(facing(joints)[2], 90)
