"""Readers against the real samples, where VOXELPOSE_TEST_DATA names them."""

from collections import Counter

import numpy as np
import pytest

from voxelpose.data.readers import open_dataset
from voxelpose.data.record import Record, Skipped, check_record
from voxelpose.data.store.square_example import SquareExample
from voxelpose.geometry import Crop, VoxelGrid

SMALL = [
    ("h36m-small", "mmpose_samples/h36m", "all", 4, 0.5),
    ("mpi-inf-3dhp-small", "mmpose_samples/mpi_inf_3dhp", "train", 2, 2.5),
    ("mpi-inf-3dhp-small", "mmpose_samples/mpi_inf_3dhp", "test", 2, 2.5),
]
each_sample = pytest.mark.parametrize("name, folder, part, count, tolerance", SMALL)


@each_sample
def test_the_true_joints_reproject_onto_the_annotated_pixels(real_data, name, folder, part, count, tolerance):
    reading, _ = open_dataset(name, real_data / folder, part, {})
    records = list(reading.records())
    assert len(records) == count
    for record in records:
        assert check_record(record) is record
        error = np.linalg.norm(record.camera.project(record.joints_mm) - record.pixels, axis=-1)
        assert np.nanmax(error) < tolerance, record.source


@each_sample
def test_crop_grid_and_back_projection_return_the_true_joints(real_data, name, folder, part, count, tolerance):
    """Exactly without quantisation, and within half a cell's diagonal with a grid of 64 cells."""
    for square in squares(name, real_data / folder, part):
        camera = square.example.camera.of_size(384)
        picture = Crop(np.eye(2, 3), 384).facing(camera)
        grid = VoxelGrid(64, 64, 64, -1300.0, 1300.0)
        root = square.example.camera.root_depth_mm
        true = square.joints_mm.astype(np.float64)
        pelvis = int(np.argmin(np.where(square.example.known[:, 2], np.abs(square.example.joints[:, 2]), np.inf)))
        known = np.isfinite(true).all(-1)
        assert known.sum() >= 15 and known[pelvis]
        fractions = grid.fractions(true, pelvis, camera, picture)[known]
        true = true[known]
        assert ((fractions > 0) & (fractions < 1)).all(), "a joint outside the grid would make the test weaker"
        assert grid.reconstruct(fractions, root, camera, picture) == pytest.approx(true, abs=0.02)
        found = grid.reconstruct(grid.quantise(fractions), root, camera, picture)
        cell = np.array([384 / 64 / camera.fx * root, 384 / 64 / camera.fy * root, grid.range_mm / 64])
        # Half a cell each way, a little more for joints behind the root, where a pixel is wider.
        assert np.linalg.norm(found - true, axis=-1).max() < 0.5 * np.linalg.norm(cell) * 1.3


@each_sample
def test_labels_are_the_projection_of_the_joints_in_the_stored_picture(real_data, name, folder, part, count, tolerance):
    for square in squares(name, real_data / folder, part):
        camera = square.example.camera.of_size(384)
        error = np.linalg.norm(camera.project(square.joints_mm) - square.example.joints[:, :2], axis=-1)
        assert np.nanmax(error) < tolerance
        assert square.example.image.std() > 20, "the picture shows something"


def squares(name, source, part) -> list[SquareExample]:
    reading, _ = open_dataset(name, source, part, {})
    made = [item.square_example(384, 1.6) for item in reading.items()]
    assert not [p for p in made if isinstance(p, Skipped)]
    return made


def test_the_real_mpii_files(real_data):
    reading, _ = open_dataset("mpii-h5", real_data / "mpii_hg", "valid", {})
    records = list(reading.records())
    assert len(records) == 2958
    assert sum(isinstance(check_record(r), Record) for r in records) == 2958
    heads = np.array([r.about.head_px for r in records])
    assert np.isfinite(heads).all() and 10 < np.median(heads) < 300
    (sample, _) = open_dataset(
        "mpii-json", real_data / "mmpose_samples/mpii", "valid", {"annotation": "test_mpii.json", "images": "."}
    )
    # The same people in both files: the .h5 holds whole pixels, and the centre and scale of the crop.
    people = list(sample.records())
    for record in people:
        name = record.picture.name.rpartition("/")[2]
        (same,) = (r for r in records if r.picture.name.endswith(name))
        assert record.pixels == pytest.approx(same.pixels, abs=1, nan_ok=True)
        assert record.square == pytest.approx(same.square, abs=1e-3)
        assert record.box == pytest.approx(same.box, abs=1e-3)
        assert record.picture.read().ndim == 3
    assert len(people) == 5


def test_the_real_coco_sample(real_data):
    options = {"annotation": "test_coco.json", "images": "."}
    reading, _ = open_dataset("coco", real_data / "mmpose_samples/coco", "val", options)
    made = [item.square_example(128, 1.4) for item in reading.items()]
    reasons = Counter(p.reason for p in made if isinstance(p, Skipped))
    people = [p for p in made if isinstance(p, SquareExample)]
    assert len(people) >= 5 and set(reasons) <= {"crowd", "no joint annotated"}
    assert all(p.example.weights[:, 2].max() == 0 and p.example.weights[:, 0].max() == 1 for p in people)


def test_the_real_packed_lspet(real_data):
    reading, _ = open_dataset("lspet-packed", real_data / "lspet", "heldout", {})
    records = list(reading.records())
    assert len(records) == reading.count > 500
    assert records[3].picture.read().shape == (192, 192, 3) and reading.picture == 192
    assert 0.5 < np.mean([np.isfinite(record.pixels).all(-1).mean() for record in records[:20]]) < 0.95
