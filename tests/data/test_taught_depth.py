"""What a teacher's depth is kept of, and how it reaches the examples."""

import numpy as np
import pytest
from lspet_case import packed_store

from voxelpose.data.store.stored_examples import load_store
from voxelpose.data.store.taught_depth import TaughtDepth, agreement, exchange_sides
from voxelpose.errors import InputError
from voxelpose.skeleton import H36M17, LSP14


def annotation(count=1):
    """People with every joint 10 px from the next; the torso is hip to opposite shoulder."""
    joints = np.ones((count, 14, 3), np.float32)
    joints[..., 0], joints[..., 1] = 10.0 * np.arange(14), 3.0 * np.arange(14)
    return joints


def test_names_change_sides_and_back():
    joints = annotation()
    swapped = exchange_sides(joints)
    for joint in ("ankle", "knee", "hip", "wrist", "elbow", "shoulder"):
        left, right = LSP14.index(f"left_{joint}"), LSP14.index(f"right_{joint}")
        np.testing.assert_array_equal(swapped[:, left], joints[:, right])
    np.testing.assert_array_equal(swapped[:, 12:], joints[:, 12:])
    np.testing.assert_array_equal(exchange_sides(swapped), joints)


def test_only_joints_near_the_annotation_are_taught():
    joints = annotation()
    points, depths = joints[:, :12, :2].copy(), np.arange(12.0)[None]
    points[0, 4] += 1000.0
    taught = agreement(np.array([7]), joints, points, depths)
    assert np.flatnonzero(np.isnan(taught.depth_mm[0])).tolist() == [4] and not taught.exchanged[0]
    assert taught.depth_mm[0, 5] == 5.0
    points[0, 5:9] += 1000.0  # seven joints agree: too few to trust the rest
    assert np.isnan(agreement(np.array([7]), joints, points, depths).depth_mm).all()


def test_an_annotation_that_fits_only_with_sides_exchanged_is_corrected():
    joints = annotation()
    points = exchange_sides(joints)[:, :12, :2]
    taught = agreement(np.array([7]), joints, points, np.arange(12.0)[None])
    assert taught.exchanged[0] and np.isfinite(taught.depth_mm).all()


def test_depth_reaches_the_examples_of_its_photograph(tmp_path):
    depth = np.full((1, 12), np.nan, np.float32)
    depth[0, LSP14.index("right_wrist")] = -120.0
    depth[0, [LSP14.index("right_hip"), LSP14.index("left_hip")]] = (30.0, -10.0)
    TaughtDepth(np.array([6]), depth, np.array([True])).save(tmp_path / "depth.npz")
    stores = (
        packed_store(tmp_path, image_ids=(5, 6)),
        packed_store(tmp_path, image_ids=(5, 6), depth=str(tmp_path / "depth.npz")),
    )
    plain, taught = (load_store(store, H36M17).labels() for store in stores)
    wrist, other, pelvis = (H36M17.index(name) for name in ("right_wrist", "left_wrist", "pelvis"))
    np.testing.assert_array_equal(taught.joints[0], plain.joints[0])
    assert (taught.weights[0, :, 2] == 0).all() and (plain.weights[..., 2] == 0).all()
    assert taught.joints[1, wrist, 2] == -120.0 and taught.weights[1, wrist].tolist() == [1, 1, 1]
    assert taught.weights[1, other, 2] == 0
    # The depth is that of the network, whose middle of the hips need not be exactly at 0.
    assert taught.joints[1, pelvis, 2] == 10.0 and taught.weights[1, pelvis].tolist() == [1, 1, 1]
    # Its sides were exchanged: the right wrist lies where the annotation has the left one.
    np.testing.assert_array_equal(taught.joints[1, wrist, :2], plain.joints[1, other, :2])
    assert "sha256" in load_store(stores[1]).origin.options["depth"]
    with pytest.raises(InputError, match="nothing to measure on"):
        packed_store(tmp_path, "heldout", depth=str(tmp_path / "depth.npz"))


def test_other_files_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", image_id=np.arange(2))
    np.savez(tmp_path / "short.npz", image_id=np.arange(2), depth_mm=np.zeros((2, 3)), exchanged=np.zeros(2))
    for name in ("other", "short", "gone"):
        with pytest.raises(InputError, match="Expected depths"):
            TaughtDepth.load(tmp_path / f"{name}.npz")
