"""Labels of no person are refused where they are read, and stores whose labels are not those of their manifest."""

from dataclasses import replace

import numpy as np
import pytest
from store_fakes import origin, person, reading, settings

from voxelpose.commands.prepare import main as prepare_command
from voxelpose.commands.shared.entry import run
from voxelpose.data.labels import CameraJoints, Labels, PictureCameras
from voxelpose.data.plausible import check_labels
from voxelpose.data.record import Skipped
from voxelpose.data.store.manifest import read_manifest
from voxelpose.data.store.preparation import prepare
from voxelpose.data.store.square_example import cut_square_example
from voxelpose.data.store.stored_examples import load_store
from voxelpose.errors import InputError
from voxelpose.evaluation.people.named_people import load_people
from voxelpose.files import sha256
from voxelpose.skeleton import H36M17


@pytest.fixture
def folder(tmp_path):
    source, how = reading(10), settings()
    prepare(tmp_path / "people", origin(source, how), source, how)
    return tmp_path / "people"


def sound(count=3):
    """Labels of some people three metres away in pictures of 100 pixels."""
    joints = np.full((count, 17, 3), 50, np.float32)
    cameras = PictureCameras(*np.full((5, count), 100, np.float32))
    cameras = replace(cameras, root_depth_mm=np.full(count, 3000, np.float32))
    measured = CameraJoints(np.full((count, 17, 3), 3000.0), np.ones((count, 17), bool))
    return Labels(H36M17, 100, joints, np.ones_like(joints), np.ones(count, bool), cameras, measured=measured)


def with_one(array, value, *place):
    changed = array.copy()
    changed[place] = value
    return changed


def test_sound_labels_pass_and_so_do_unknown_ones_and_nobody():
    assert check_labels(sound(), "x") is not None
    check_labels(sound().without_depth(), "x")
    check_labels(Labels.nobody(H36M17, 100, 4), "x")


@pytest.mark.parametrize(
    "change, told",
    [
        (
            lambda s: {"joints": with_one(s.joints, 1e30, 1, 4, 2)},
            "joints within 10 m of their root. Received: 1e.30 mm",
        ),
        (
            lambda s: {"joints": with_one(s.joints, -20_000, 1, 4, 0)},
            "100 sides of their picture. Received: -20000 pix",
        ),
        (
            lambda s: {"weights": with_one(s.weights, np.nan, 1, 4, 2)},
            "weights of joints from 0 to 1000. Received: nan",
        ),
        (lambda s: {"weights": with_one(s.weights, -1, 1, 4, 2)}, "Received: -1"),
        (
            lambda s: {"known": with_one(s.known, False, 1, 4, 2)},
            "a number wherever a joint has a weight. Received: NaN",
        ),
        (lambda s: {"cameras": replace(s.cameras, root_depth_mm=np.array([1, -5, 9], np.float32))}, "Received: -5 mm"),
        (lambda s: {"cameras": replace(s.cameras, root_depth_mm=np.array([1, 1e30, 9], np.float32))}, "1e.30 mm"),
        (lambda s: {"cameras": replace(s.cameras, fy=np.array([1, 1e9, 9], np.float32))}, "focal lengths .*1e.09"),
        (
            lambda s: {"measured": CameraJoints(with_one(s.measured.mm, 1e30, 1, 4), s.measured.known)},
            "within 10 m of each other and 1000 m of the camera. Received: 1e.30 mm",
        ),
        (
            lambda s: {"measured": CameraJoints(with_one(s.measured.mm, 20_000, 1, 4, 2), s.measured.known)},
            "Received: 20000 mm",
        ),
    ],
)
def test_labels_of_no_person_are_refused_with_their_row(change, told):
    labels = sound()
    with pytest.raises(InputError, match=f"{told}.*example 1 of x .1 of 3 are so"):
        check_labels(replace(labels, **change(labels)), "x")


def rewritten(folder, file, **columns):
    """Change columns of a shard, and leave the manifest as it is."""
    with np.load(folder / file) as content:
        arrays = {**content, **{name: change(content[name]) for name, change in columns.items()}}
    np.savez(folder / file, **arrays)


def consistent(folder):
    """The manifest made true again, as somebody does who makes such stores himself."""
    path, (manifest, _) = folder / "manifest.json", read_manifest(folder)
    text = path.read_text()
    for entry in manifest.shards:
        text = text.replace(entry.sha256, sha256(folder / entry.file)).replace(entry.labels_sha256, "")
    path.write_text(text)


def test_a_rewritten_shard_is_refused_wherever_the_store_is_opened(folder, capsys):
    rewritten(folder, "records-00000004.npz", joints_mm=lambda mm: mm + 100)
    with pytest.raises(InputError, match="Expected the shard .*records-00000004.npz as .*manifest.json has it"):
        load_store(folder)
    with pytest.raises(InputError, match="it was changed"):
        load_people(folder)
    assert run(prepare_command, ["check", str(folder)]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "1 of 3 shards missing or changed" in shown and "it was changed" in shown


def test_a_store_without_checksums_of_labels_is_verified_by_its_whole_files(folder):
    """Stores of version 1 have none."""
    path = folder / "manifest.json"
    for entry in read_manifest(folder)[0].shards:
        path.write_text(path.read_text().replace(f',\n      "labels_sha256": "{entry.labels_sha256}"', ""))
    path.write_text(path.read_text().replace('"version": 2', '"version": 1'))
    assert "labels_sha256" not in path.read_text() and len(load_store(folder)) == 10
    rewritten(folder, "records-00000004.npz", present=lambda present: ~present)
    with pytest.raises(InputError, match="it was changed"):
        load_store(folder)


def test_opening_a_store_reads_no_pictures_and_a_changed_one_is_told_when_it_is_read(folder):
    store = load_store(folder)
    content = bytearray((folder / "records-00000000.npz").read_bytes())
    content[int(store.pictures_at.start[1]) + 400] ^= 1  # JPEG decoders make a picture of this, too
    (folder / "records-00000000.npz").write_bytes(content)
    store = load_store(folder)
    assert store[0].present and store.select(np.array([2]))[0].present
    with pytest.raises(InputError, match="picture changed: .*records-00000000.npz picture 1"):
        store[1]


@pytest.mark.parametrize(
    "columns",
    [
        {"joints": lambda joints: np.where(np.arange(3) == 2, np.float32(np.nan), joints)},
        {"joints_mm": lambda mm: np.where(np.arange(len(mm))[:, None, None] == 1, np.float32(1e30), mm)},
    ],
)
def test_labels_of_no_person_in_a_store_that_agrees_with_itself(folder, columns):
    rewritten(folder, "records-00000004.npz", **columns)
    consistent(folder)
    with pytest.raises(InputError, match="example [45] of people .*its labels are damaged or in another unit"):
        load_store(folder)


def test_preparations_leave_out_whom_stores_are_refused_for():
    record = person(1)
    assert not isinstance(cut_square_example(record, 64, 1.5), Skipped)
    far = replace(record, joints_mm=record.joints_mm + (0, 0, 3e6))
    made = cut_square_example(replace(far, pixels=record.pixels), 64, 1.5)
    assert made.reason == "labels of no person" and "1000 m before the camera" in made.where
