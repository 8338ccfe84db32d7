import json
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from scene import SIZE, Scene

from voxelpose.errors import InputError
from voxelpose.inference.batch import batch
from voxelpose.inference.batch.batch import CHUNK, run_batch
from voxelpose.inference.batch.journal import Journal
from voxelpose.inference.inputs.requests import Request
from voxelpose.results.table import PictureResult, columns_of

SETTINGS = {"weights": "a", "box": None}


class Estimator(Scene):
    """People at x = 10 n in picture n, nobody in every fifth; the picture's number is its first pixel."""

    skeleton = ("base", "tip")

    def __init__(self):
        super().__init__({n: [(10 * n, 100, 60, 200)] for n in range(200) if n % 5})
        self.calls, self.inside, self.most = 0, 0, 0
        self._lock = threading.Lock()

    def answer(self, requests):
        with self._lock:
            self.calls += 1
            self.inside += 1
            self.most = max(self.most, self.inside)
        try:
            if any(request.image[0, 0, 0] == 13 for request in requests):
                raise InputError("Expected luck.")
            return super().answer(requests)
        finally:
            with self._lock:
                self.inside -= 1


@pytest.fixture
def pictures(tmp_path):
    """30 pictures; number 7 is no picture."""
    paths = []
    for n in range(30):
        path = tmp_path / f"{n:03d}.png"
        image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        image[0, 0] = n
        cv2.imwrite(str(path), image)
        paths.append(path)
    paths[7].write_text("no picture")
    return paths


def prepare(picture, image):
    return [Request(image, name=str(picture))]


def run(pictures, journal, estimator=None, **options):
    told = []
    run_batch(pictures, prepare, estimator or Estimator(), journal, told.extend, **options)
    return told


def load(path):
    with np.load(path, allow_pickle=False) as content:
        return dict(content)


def assert_complete(rows, pictures):
    assert rows["image"].tolist() == [str(p) for p in pictures]
    status = ["failed" if n in (7, 13) else "pose" if n % 5 else "nobody" for n in range(30)]
    assert rows["status"].tolist() == status
    assert rows["person"].tolist() == [int(s == "pose") for s in status]
    assert "Expected a picture" in rows["failure"][7] and rows["failure"][13].endswith("013.png: Expected luck.")
    for n, what in enumerate(status):
        if what == "pose":
            np.testing.assert_allclose(rows["joints"][n], [[10 * n, 100, 3000], [10 * n, 0, 3000]])
            assert rows["presence"][n] == pytest.approx(0.9)
        else:
            assert np.isnan(rows["joints"][n]).all() and not rows["outside_crop"][n].any()


@pytest.mark.parametrize("workers", [1, 3])
def test_every_picture_is_in_the_table_in_order(pictures, tmp_path, workers):
    journal = Journal(tmp_path / "poses.npz", SETTINGS)
    told = run(pictures, journal, workers=workers)
    assert [Path(one.image) for one in told] == pictures
    journal.finish({"unit": "mm"})
    rows = load(tmp_path / "poses.npz")
    assert_complete(rows, pictures)
    assert json.loads(str(rows["facts"])) == {"unit": "mm"}
    assert not list(tmp_path.glob("*.parts"))


def test_parquet_holds_the_same(pictures, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    for suffix in ("npz", "parquet"):
        journal = Journal(tmp_path / f"poses.{suffix}", SETTINGS)
        run(pictures, journal)
        journal.finish({"unit": "mm"})
    table, rows = parquet.read_table(tmp_path / "poses.parquet"), load(tmp_path / "poses.npz")
    facts, shapes = (json.loads(table.schema.metadata[f"voxelpose.{name}".encode()]) for name in ("facts", "shapes"))
    assert facts == {"unit": "mm"} and shapes["covariance"] == [2, 3, 3]
    for name in table.column_names:
        column = np.array(table[name].to_pylist()).reshape(-1, *shapes.get(name, []))
        np.testing.assert_array_equal(column, rows[name], err_msg=name)


def test_a_stopped_run_goes_on_where_it_was(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "PART", CHUNK)

    def stop_after(count):
        def told(results, seen=[]):  # noqa: B006  counts over calls
            seen.extend(results)
            if len(seen) >= count:
                raise KeyboardInterrupt

        return told

    counted = 0
    for count in (9, 5):
        journal = Journal(tmp_path / "poses.npz", SETTINGS)
        with pytest.raises(KeyboardInterrupt):
            run_batch(pictures, prepare, Estimator(), journal, stop_after(count))
        assert not (tmp_path / "poses.npz").exists()
        counted += len([n for n in range(0, count, CHUNK)]) * CHUNK
    journal = Journal(tmp_path / "poses.npz", SETTINGS)
    assert len(journal.done) == counted == 20
    estimator = Estimator()
    assert len(run(pictures, journal, estimator)) == 10
    assert {frame for frame, _, _ in estimator.asked} == set(range(20, 30))
    journal.finish({})
    assert_complete(load(tmp_path / "poses.npz"), pictures)


def test_a_finished_table_is_never_replaced(pictures, tmp_path):
    path = tmp_path / "poses.npz"
    journal = Journal(path, SETTINGS)
    run(pictures, journal)
    journal.finish({})
    content = path.read_bytes()
    for settings in (SETTINGS, {**SETTINGS, "weights": "b"}):
        with pytest.raises(InputError, match="poses.npz, which is finished and would be replaced"):
            Journal(path, settings)
    assert path.read_bytes() == content and not list(tmp_path.glob("*.parts"))


def test_a_call_that_was_stopped_after_its_table_was_written_ends_the_same_way(pictures, tmp_path, monkeypatch):
    path = tmp_path / "poses.npz"
    journal = Journal(path, SETTINGS)
    run(pictures, journal)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda folder: None)  # as a kill just before it would leave things
        journal.finish({})
    assert path.exists()
    again = Journal(path, SETTINGS)
    assert run(pictures, again) == []
    again.finish({})
    assert_complete(load(path), pictures)
    assert not list(tmp_path.glob("*.parts"))


def test_unfinished_parts_of_other_settings_are_not_continued(pictures, tmp_path):
    run(pictures[:4], Journal(tmp_path / "poses.npz", SETTINGS))
    with pytest.raises(InputError, match="poses.npz.parts was begun. Received: others"):
        Journal(tmp_path / "poses.npz", SETTINGS | {"weights": "b"})


def test_a_damaged_part_is_named(pictures, tmp_path):
    run(pictures[:4], Journal(tmp_path / "poses.npz", SETTINGS))
    part = tmp_path / "poses.npz.parts" / "part-000000.npz"
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(InputError, match="part-000000.npz are damaged"):
        Journal(tmp_path / "poses.npz", SETTINGS)


def test_a_full_disk_keeps_the_parts(pictures, tmp_path, monkeypatch):
    journal = Journal(tmp_path / "poses.npz", SETTINGS)
    run(pictures, journal)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("voxelpose.results.table._write_npz", full)
    with pytest.raises(OSError, match="No space left"):
        journal.finish({})
    assert not (tmp_path / "poses.npz").exists() and len(Journal(tmp_path / "poses.npz", SETTINGS).done) == 30


def test_work_in_hand_is_bounded(pictures, tmp_path, monkeypatch):
    reading, most, lock = set(), [0], threading.Lock()

    def read(path):
        with lock:
            reading.add(path)
        return np.zeros((SIZE[1], SIZE[0], 3), np.uint8)

    def told(results):
        with lock:
            most[0] = max(most[0], len(reading))
            reading.difference_update(Path(one.image) for one in results)

    monkeypatch.setattr(batch, "read_image", read)
    estimator = Estimator()
    run_batch(pictures * 1, prepare, estimator, Journal(tmp_path / "p.npz", SETTINGS), told, workers=2)
    assert most[0] <= (2 * 2 + 1) * CHUNK and 1 <= estimator.most <= 2


def test_several_people_are_several_rows():
    scene = Scene({0: [(10, 0, 5, 5)], 1: []})
    images = [np.full((SIZE[1], SIZE[0], 3), n, np.uint8) for n in (0, 0, 1)]
    pose, other, nobody = (answer.result for answer in scene.answer([Request(image) for image in images]))
    rows = columns_of([PictureResult("a.jpg", (pose, nobody, other)), PictureResult("b.jpg", ())], 2)
    assert rows["image"].tolist() == ["a.jpg", "a.jpg", "b.jpg"] and rows["person"].tolist() == [1, 2, 0]
    assert rows["status"].tolist() == ["pose", "pose", "nobody"]
    camera = pose.camera
    np.testing.assert_allclose(
        rows["camera"][1], [camera.fx, camera.fy, camera.cx, camera.cy, 0, 0, 0, 0, 0], rtol=1e-6
    )
    assert rows["root_depth"][0] == 3000 and np.isnan(rows["root_depth_std"][0])


@pytest.mark.parametrize("name", ["poses.csv", "poses"])
def test_other_results_files_are_refused(tmp_path, name):
    with pytest.raises(InputError, match=f"ends in .npz or .parquet. Received: .*{name}"):
        Journal(tmp_path / name, SETTINGS)
    assert not list(tmp_path.iterdir())


def test_without_the_package_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"package pyarrow for Parquet.*voxelpose\[parquet\]"):
        Journal(tmp_path / "poses.parquet", SETTINGS)
