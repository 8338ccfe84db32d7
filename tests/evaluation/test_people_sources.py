"""From files to people: what is read must be what was written, in mm and pixels, and nobody may be lost unseen."""

import hashlib
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from voxelpose.commands.prepare import main as prepare
from voxelpose.errors import InputError
from voxelpose.evaluation.evaluate import evaluate_joints
from voxelpose.evaluation.metrics.pairs import PredictedJoints
from voxelpose.evaluation.people.drawn import draw_benchmark, is_benchmark
from voxelpose.evaluation.people.named_people import load_people, prepared
from voxelpose.evaluation.predictions.prediction_files import place_voxels
from voxelpose.evaluation.protocols.table import fitting_protocols, get_protocol
from voxelpose.files import sha256
from voxelpose.skeleton import H36M17, LSP14
from voxelpose.synthetic.people import SyntheticSettings, draw_person
from voxelpose.synthetic.pools.benchmarks import Split, compute_checksums
from voxelpose.synthetic.pools.pool import draw_pool

LENS = [-0.2, 0.2, 0.001, -0.002, -0.01]
FOCAL, MIDDLE = 500.0, 320.0


def joints_before_the_camera():
    """(17, 3) mm of somebody upright, off the middle of the picture."""
    rng = np.random.default_rng(0)
    heights = {"hip": 0, "knee": 450, "ankle": 880, "spine": -230, "thorax": -480, "jaw": -600, "head": -720,
               "shoulder": -470, "elbow": -200, "wrist": 20, "pelvis": 0}  # fmt: skip
    joints = []
    for name in H36M17.joints:
        side, _, part = name.rpartition("_")
        across = {"right": -200, "left": 200, "": 0}[side]
        joints.append([across + 300, heights[part] + 100, 4000 + 150 * rng.normal()])
    return np.array(joints)


def through_the_lens(joints):
    """Pixels by OpenCV's own projection."""
    matrix = np.array([[FOCAL, 0, MIDDLE], [0, FOCAL, MIDDLE], [0, 0, 1]])
    return cv2.projectPoints(joints, np.zeros(3), np.zeros(3), matrix, np.array(LENS))[0][:, 0]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    joints = joints_before_the_camera()
    lines = []
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.jpg"), np.full((640, 640, 3), 40 * number, np.uint8))
        camera = dict(fx=FOCAL, fy=FOCAL, cx=MIDDLE, cy=MIDDLE, width=640, height=640, distortion=LENS)
        line = dict(
            image=f"{number}.jpg",
            joints_mm=dict(zip(H36M17.joints, joints.tolist(), strict=True)),
            camera=camera,
            subject="anna",
            action="stand",
            sequence="one" if number < 2 else "two",
            frame=number,
        )
        lines.append(json.dumps(line))
    lines.append(json.dumps(dict(image="gone.jpg", pixels={"head": [3, 4]})))
    (folder / "people.jsonl").write_text("\n".join(lines))
    prepare(["own", str(folder), str(folder / "store")])
    return folder / "store"


def test_a_store_gives_back_joints_lens_and_names(store):
    people = load_people(store)
    assert (people.dataset, len(people)) == ("own", 3) and sum(people.skipped.values()) == 1
    joints = joints_before_the_camera()
    np.testing.assert_allclose(people.joints_mm[1], joints, atol=0.01)
    # what the stored picture's camera sees is where the labels are
    np.testing.assert_allclose(people.camera(1).project(joints), people.pixels[1], atol=0.05)
    np.testing.assert_allclose(people.original_camera(1).project(joints), through_the_lens(joints), atol=0.05)
    assert people.tags.subject.tolist() == ["anna"] * 3 and people.tags.frame.tolist() == [0, 1, 2]
    assert len(set(people.tags.sequence.tolist())) == 2
    assert people.sha256 == sha256(store / "manifest.json")
    assert len(load_people(store, limit=2)) == 2


def test_the_authors_voxels_are_placed_in_the_original_picture(store):
    """Places in the distorted original, by the released crop written out, come back as the joints they are of."""
    people = load_people(store, limit=1)
    joints = joints_before_the_camera()
    pixels = through_the_lens(joints)
    low, high = pixels.min(0), pixels.max(0)
    side = (high - low).max() + 40
    plane = (pixels - ((low + high) / 2 - side / 2)) / side * 64 + 0.5
    depth = (joints[:, 2] - joints[0, 2] + 1005.1859) / 31.0320 + 0.5
    order = [H36M17.index(name) for name in place_voxels(np.ones((1, 17, 3)), people).skeleton.joints]
    placed = place_voxels(np.column_stack([plane, depth])[None, order], people)  # not rounded to cells
    np.testing.assert_allclose(placed.joints_mm(np.array([joints[0, 2]]))[0], joints[order], atol=0.5)


def test_a_perfect_prediction_of_a_store_has_no_error(store):
    people = load_people(store)
    perfect = PredictedJoints(H36M17, people.joints_mm, None)
    report = evaluate_joints(perfect, {"name": "perfect"}, people, get_protocol("own-3d")).report
    assert report.scores[0].value == 0 and report.scores[0].groups["action"] == {"stand": 0}
    assert {score.metric for score in report.scores} >= {"velocity", "pa_mpjpe"}
    assert report.data["sequences"] == 2


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pool") / "few"
    draw_pool(folder, replace(SyntheticSettings(), picture=48, person_free=0.4, truncated=0.5), 6, seed=4)
    return folder


def test_drawn_people_know_all_their_joints(pool):
    people = load_people(pool)
    drawn = [
        draw_person(4, i, replace(SyntheticSettings(), picture=48, person_free=0.4, truncated=0.5)) for i in range(6)
    ]
    shown = [one for one in drawn if one.present]
    assert len(people) == len(shown) < 6
    assert people.skipped == {"nobody in the picture": 6 - len(shown)}
    assert people.known.all() and np.isfinite(people.joints_mm).all()
    for index, one in enumerate(shown):
        np.testing.assert_allclose(people.camera(index).project(people.joints_mm[index]), one.joints[:, :2], atol=0.01)
        axis = people.camera(index).rays(np.array([23.5, 23.5]))
        axis /= np.linalg.norm(axis)
        depth = people.joints_mm[index] @ axis
        np.testing.assert_allclose(depth - depth[0], one.joints[:, 2], atol=0.1)
        assert depth[0] == pytest.approx(one.camera.root_depth_mm, rel=1e-5)


def test_labels_decide_the_checksum(pool):
    assert load_people(pool).sha256 == load_people(pool).sha256 != load_people(pool, limit=5).sha256


@pytest.fixture
def tiny_benchmark(monkeypatch):
    """A benchmark whose test part is the pool of these tests."""
    settings = replace(SyntheticSettings(), picture=48, person_free=0.4, truncated=0.5)
    parts = {
        name: Split("people-v1", name, seed, 6, settings, tuple(compute_checksums(seed, 6, settings)))
        for name, seed in (("test", 4), ("validation", 5), ("train", 6))
    }
    monkeypatch.setattr("voxelpose.evaluation.people.drawn.load_split", lambda _, part: parts[part])
    return parts


def test_a_whole_part_of_a_benchmark_is_known_by_its_labels(pool, tiny_benchmark):
    people = load_people(pool)
    assert (people.dataset, people.part) == ("people-v1", "test")
    checksums = "".join(tiny_benchmark["test"].checksums)
    assert people.sha256 == hashlib.sha256(checksums.encode()).hexdigest()
    assert len(load_people(pool, limit=2)) <= 2


def test_labels_that_differ_from_the_published_ones_are_refused(pool, tiny_benchmark, tmp_path):
    (shard,) = pool.glob("*.npz")
    (tmp_path / "pool.json").write_bytes((pool / "pool.json").read_bytes())
    with np.load(shard) as file:
        arrays = dict(file)
    arrays["joints"][:, 3, 0] += 0.05
    np.savez(tmp_path / shard.name, **arrays)
    with pytest.raises(InputError, match="labels 0 to 5 of people-v1/test differ"):
        load_people(tmp_path)


def test_a_benchmark_is_drawn_by_its_name(tiny_benchmark, tmp_path):
    lines = []
    place = draw_benchmark("people-v1/validation", tmp_path, progress=lines.append)
    people = load_people(place)
    assert (place.name, people.part) == ("people-v1-validation", "validation") and lines
    assert is_benchmark("people-v1") and is_benchmark("people-v1/test") and not is_benchmark("people-v2")


def write_lspet(path, scale=1.0):
    joints = np.ones((3, 14, 3), np.float32)
    joints[..., :2] = np.random.default_rng(0).uniform(2, 20, (3, 14, 2)) * scale
    joints[2, LSP14.index("head"), 2] = 0
    image = cv2.imencode(".jpg", np.zeros((32, 32, 3), np.uint8))[1]
    np.savez(
        path,
        jpeg=np.tile(image, 3),
        offsets=np.arange(4) * len(image),
        joints=joints,
        image_id=np.array([9000, 9001, 9500]),
    )
    return joints


def test_lspet_gives_the_photographs_that_training_never_sees(tmp_path):
    joints = write_lspet(tmp_path / "pack.npz")
    store = prepared(str(tmp_path / "pack.npz"), tmp_path / "out")
    people = load_people(store)
    assert store == tmp_path / "out" / "lspet-heldout" == prepared(str(tmp_path / "pack.npz"), tmp_path / "out")
    assert (people.dataset, people.part, len(people)) == ("lspet-packed", "heldout", 2)
    assert get_protocol("lspet") in fitting_protocols(people) and people.size == 32
    np.testing.assert_allclose(people.pixels[0], joints[1, :, :2])
    assert np.isnan(people.pixels[1, LSP14.index("head")]).all() and not people.metric


def test_other_places_are_named(tmp_path):
    (tmp_path / "empty").mkdir()
    for place, told in (("empty", "empty.$"), ("gone", "gone, which does not exist")):
        with pytest.raises(InputError, match=f"Expected a prepared store.*Received: .*{told}"):
            load_people(tmp_path / place)


def test_a_pool_whose_labels_are_in_metres_is_named(pool, tmp_path):
    other = tmp_path / "metres"
    other.mkdir()
    (other / "pool.json").write_bytes((pool / "pool.json").read_bytes())
    for shard in pool.glob("*.npz"):
        with np.load(shard) as file:
            arrays = dict(file)
        arrays["joints"][..., 2] /= 1000
        arrays["views"][:, 4] /= 1000
        np.savez(other / shard.name, **arrays)
    with pytest.raises(InputError, match="true joints of metres.*are these metres"):
        load_people(other)


def test_the_real_photographs(real_data, tmp_path):
    people = load_people(prepared(str(real_data / "lspet" / "lspet_crops192.npz"), tmp_path), limit=30)
    assert len(people) == 30 and 0.5 < people.known.mean() < 1
