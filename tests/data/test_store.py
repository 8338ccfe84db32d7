import numpy as np
import pytest
from store_fakes import CAMERA, origin, person, reading, settings

from voxelpose.data.source import Selection
from voxelpose.data.store.manifest import read_manifest
from voxelpose.data.store.preparation import prepare
from voxelpose.data.store.shard import read_shard
from voxelpose.data.store.square_example import cut_square_example
from voxelpose.data.store.stored_examples import examples_of, load_store
from voxelpose.errors import InputError
from voxelpose.files import sha256
from voxelpose.geometry import Crop, VoxelGrid
from voxelpose.skeleton import H36M17, LSP14


@pytest.fixture
def folder(tmp_path):
    source, how = reading(10, skip=(3,)), settings()
    prepare(tmp_path / "people", origin(source, how), source, how)
    return tmp_path / "people"


def test_a_store_is_read_as_examples_with_what_is_known_of_them(folder):
    store = load_store(folder)
    assert len(store) == len(list(store)) == 9 and store.name == "people" and store.size == 64
    numbers = [number for number in range(10) if number != 3]
    assert store.fingerprint == sha256(folder / "manifest.json")
    for row, number in enumerate(numbers):
        record, about = person(number), store.about(row)
        assert about == record.about and store[row].source == f"person {number}" and store[row].present
        # Black where the square leaves the picture, else the grey of its number.
        assert abs(int(store[row].image[32, 32, 0]) - number) <= 1
        assert store.labels().in_camera().mm[row] == pytest.approx(record.joints_mm, abs=1e-3)
        assert store.original_camera(row) == CAMERA


def test_stored_labels_are_the_pinhole_projection_although_the_lens_was_not(folder):
    store = load_store(folder)
    for row in range(len(store)):
        labels = store.labels()
        camera, joints, mm = labels.camera(row), labels.joints[row], labels.measured.mm[row]
        assert camera.distortion == (0,) * 5
        assert camera.project(mm) == pytest.approx(joints[:, :2], abs=1e-3)
        facing = Crop(np.eye(2, 3), 64).facing(camera)
        depth = mm @ facing.depth_axis
        assert joints[:, 2] == pytest.approx(depth - depth[0], abs=0.01)
        assert labels.cameras.root_depth_mm[row] == pytest.approx(depth[0], abs=0.01)
        # From the stored picture back to the pixels that the data set annotated, through the lens.
        undone = store.crop(row).to_image(joints[:, :2])
        rays = np.column_stack([(undone - (CAMERA.cx, CAMERA.cy)) / (CAMERA.fx, CAMERA.fy), np.ones(17)])
        assert CAMERA.project(rays) == pytest.approx(person(store.about(row).frame).pixels, abs=0.01)


def test_the_grid_and_back_return_the_true_joints(folder):
    labels, grid = load_store(folder).labels(), VoxelGrid(16, 16, 16)
    for row, mm in enumerate(labels.measured.mm):
        camera = labels.camera(row)
        crop = Crop(np.eye(2, 3), 64).facing(camera)
        fractions = grid.fractions(mm, 0, camera, crop)
        back = grid.reconstruct(fractions, labels.cameras.root_depth_mm[row], camera, crop)
        assert back == pytest.approx(mm, abs=0.02)


def test_another_skeleton_gets_its_own_root(folder):
    own, other = load_store(folder).labels(), load_store(folder, LSP14).labels()
    assert other.joints.shape == (9, 14, 3) and other.skeleton == LSP14
    ankle = other.joints[:, LSP14.index("left_ankle"), :2]
    assert (ankle == own.joints[:, H36M17.index("left_ankle"), :2]).all()
    # LSP's root is the neck, which Human3.6M doesn't have: no depth is known relative to it.
    assert not other.known[..., 2].any() and not other.cameras.root_known.any() and (other.weights[..., 2] == 0).all()
    assert (other.weights[:, LSP14.index("upper_neck")] == 0).all()
    assert other.cameras.known.all() and np.isfinite(other.joints).all()


def test_a_joint_that_leaves_the_picture_keeps_its_place_and_loses_its_weight():
    square = cut_square_example(person(1), 64, 0.5)
    outside = ((square.example.joints[:, :2] < -0.5) | (square.example.joints[:, :2] > 63.5)).any(-1)
    assert 0 < outside.sum() < 17 and np.isfinite(square.example.joints).all()
    assert ((square.example.weights == 0).all(-1) == outside).all()


def test_selections(folder):
    store = load_store(folder)
    some = store.select(np.array([8, 2]))
    assert some.about(0).frame == 9 and (some[0].image == store[8].image).all()
    assert (some[1].joints == store[2].joints).all()
    assert (some.labels(np.array([1])).joints[0] == store.labels().joints[2]).all()
    twice = Selection(Selection(store, np.array([8, 2, 5])), np.array([1, 2]))
    assert (twice[1].image == store[5].image).all() and twice.original_camera(0) == store.original_camera(2)
    assert (twice.labels().joints == store.labels().joints[[2, 5]]).all() and twice.ready == len(twice) == 2


def test_damage_is_named(folder):
    manifest = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(manifest.replace('"examples": 9', '"examples": 90'))
    with pytest.raises(InputError, match="contradicts itself"):
        load_store(folder)
    (folder / "manifest.json").write_text(manifest.replace('"examples"', '"exmples"'))
    with pytest.raises(InputError, match="Expected the manifest of a store"):
        load_store(folder)
    (folder / "manifest.json").write_text(manifest.replace("records-00000004.npz", "../../etc/passwd"))
    with pytest.raises(InputError, match="Expected the manifest of a store"):
        load_store(folder)
    (folder / "manifest.json").write_text(manifest)
    path = folder / "records-00000004.npz"
    content = bytearray(path.read_bytes())
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="records-00000004.npz is damaged"):
        load_store(folder)
    path.unlink()
    with pytest.raises(InputError, match="records-00000004.npz is damaged"):
        load_store(folder)
    with pytest.raises(InputError, match="Expected a prepared store"):
        load_store(folder / "none")


def test_a_picture_that_rots_in_a_sound_file_is_named_when_it_is_read(folder):
    manifest, _ = read_manifest(folder)
    path = folder / manifest.shards[0].file
    shard = read_shard(path, 17)
    content = bytearray(path.read_bytes())
    content[shard.starts[1] : shard.starts[2]] = bytes(shard.starts[2] - shard.starts[1])
    path.write_bytes(content)
    store = load_store(folder)
    assert store[0].present
    with pytest.raises(InputError, match="The store people is damaged: picture changed"):
        store[1]


def test_shards_of_drawn_people_are_read_the_same_way(tmp_path):
    """Pools have the same fields but for the facts, which come out as unknown."""
    import cv2

    files = [cv2.imencode(".jpg", np.full((32, 32, 3), grey, np.uint8))[1].ravel() for grey in (10, 90)]
    np.savez(
        tmp_path / "people-0000000.npz", jpeg=np.concatenate(files), offsets=np.cumsum([0, *map(len, files)]),
        joints=np.zeros((2, 17, 3), np.float32), weights=np.ones((2, 17, 3), np.float32), present=np.ones(2, bool),
        views=np.ones((2, 5), np.float32),
    )  # fmt: skip
    store = examples_of([read_shard(tmp_path / "people-0000000.npz", 17)], "pool", H36M17, 32)
    assert store[1].image.mean() == pytest.approx(90, abs=1) and store[1].source == "pool 1"
    assert store.labels().measured is None and store.about(0).subject == "" and store.about(0).frame == -1
    assert store.original_camera(0) is None and store.labels().camera(0).fx == 1
