from dataclasses import replace

import numpy as np
import pytest
from store_fakes import origin, reading, settings

from voxelpose.data.labels import CameraJoints
from voxelpose.data.store.check import ABSENT, FAULT, GOOD, UNCLEAR, check_examples, check_files
from voxelpose.data.store.preparation import prepare
from voxelpose.data.store.stored_examples import StoredExamples, load_store
from voxelpose.skeleton import H36M17


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    source, how = reading(40), settings(shard=16)
    target = tmp_path_factory.mktemp("stores") / "people"
    prepare(target, origin(source, how), source, how)
    return target


def verdicts(store: StoredExamples) -> dict[str, str]:
    return {finding.what: finding.verdict for finding in check_examples(store, 0)}


def changed(folder, joints_mm=None, **arrays) -> StoredExamples:
    """The store with other labels; joints_mm in place of those that the data set measured."""
    store = load_store(folder)
    labels = store.labels()
    if joints_mm is not None:
        arrays["measured"] = CameraJoints(joints_mm, labels.measured.known)
    return replace(store, all_labels=replace(labels, **arrays))


def test_sound_labels_are_good_in_every_line(folder):
    assert set(verdicts(load_store(folder)).values()) == {GOOD}
    found = {f.what: f.found for f in check_examples(load_store(folder), 0)}
    # Medians over both sides of the made-up body: |(10, 440, 60)| = 444.2, |(10, 440, 80)| = 447.3, and so on.
    assert found["limb lengths"] == "thigh 446, shank 452, upper arm 273, forearm 257 mm"
    assert found["reprojection"] == "median 0.00 px, 99 % below 0.00 px"
    assert found["upright"].startswith("100.0%") and found["left and right"].startswith("100.0%")


@pytest.mark.parametrize("factor", [0.001, 0.1, 2.0])
def test_a_wrong_unit_shows_in_the_limbs(folder, factor):
    store = load_store(folder).labels()
    assert verdicts(changed(folder, joints_mm=store.measured.mm * np.float32(factor)))["limb lengths"] == FAULT


def test_swapped_sides_show_in_the_knees(folder):
    store, mirror = load_store(folder).labels(), list(H36M17.mirror)
    swapped = changed(folder, joints_mm=store.measured.mm[:, mirror], joints=store.joints[:, mirror])
    found = verdicts(swapped)
    assert found["left and right"] == FAULT and found["limb lengths"] == found["reprojection"] == GOOD


def test_a_flipped_axis_shows(folder):
    store = load_store(folder).labels()
    down = store.measured.mm * np.array([1, -1, 1], np.float32)
    found = verdicts(changed(folder, joints_mm=down))
    assert found["left and right"] == FAULT and found["reprojection"] == FAULT
    upside = store.joints * np.array([1, -1, 1], np.float32)
    assert verdicts(changed(folder, joints=upside))["upright"] == FAULT


def test_an_asymmetric_body_pixels_that_do_not_belong_and_cut_people_show(folder):
    store = load_store(folder).labels()
    joints = store.measured.mm.copy()
    joints[:, H36M17.index("left_wrist")] += (joints[:, H36M17.index("left_wrist")] -
                                              joints[:, H36M17.index("left_elbow")]) * 0.4  # fmt: skip
    assert verdicts(changed(folder, joints_mm=joints))["symmetry"] == FAULT
    assert verdicts(changed(folder, joints=store.joints + np.array([9, 0, 0], np.float32)))["reprojection"] == FAULT
    weights = store.weights.copy()
    weights[:, :6] = 0
    assert verdicts(changed(folder, weights=weights))["joints outside"] == FAULT
    weights = store.weights.copy()
    weights[:, 3] = 0
    assert verdicts(changed(folder, weights=weights))["annotated"] == UNCLEAR


def test_labels_in_the_plane_have_nothing_to_say_about_millimetres(folder):
    store = load_store(folder)
    found = verdicts(replace(store, all_labels=store.labels().without_depth()))
    absent = {"limb lengths", "symmetry", "left and right", "distance", "depth of joints", "reprojection"}
    assert {what for what, verdict in found.items() if verdict == ABSENT} == absent
    assert {found[what] for what in set(found) - absent} == {GOOD}


def test_changed_and_missing_shards_are_found(folder, tmp_path):
    import shutil

    copy = shutil.copytree(folder, tmp_path / "copy")
    assert check_files(copy).verdict == GOOD
    path = copy / "records-00000016.npz"
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    finding = check_files(copy)
    assert finding.verdict == FAULT and "1 of 3 shards missing or changed, first records-00000016.npz" in finding.found
    path.unlink()
    assert check_files(copy).verdict == FAULT
