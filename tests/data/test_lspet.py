"""The packed LSPET as a store: parts, joints, and pictures that are kept byte for byte."""

import numpy as np
import pytest
from lspet_case import packed_store, write_pack

from voxelpose.data.readers import open_dataset
from voxelpose.data.store.shard import read_shard
from voxelpose.data.store.stored_examples import load_store
from voxelpose.errors import InputError
from voxelpose.skeleton import H36M17, LSP14


def test_the_parts_split_at_picture_9000(tmp_path):
    train, heldout = (load_store(packed_store(tmp_path, part)) for part in ("train", "heldout"))
    assert [store.about(row).frame for store in (train, heldout) for row in range(len(store))] == [5, 9000, 9001]


def test_pictures_are_kept_byte_for_byte(tmp_path):
    folder = packed_store(tmp_path)
    shard = read_shard(folder / "records-00000000.npz", 14)
    with np.load(tmp_path / "pack.npz") as pack:
        for row in range(2):
            first, last = pack["offsets"][row : row + 2]
            assert shard.picture(row).content() == pack["jpeg"][first:last].tobytes()
    store = load_store(folder)
    assert store.skeleton == LSP14 and store.size == 32 and store[0].image.shape == (32, 32, 3)
    assert store.crop(0).to_crop(np.array([3.0, 4.0])).tolist() == [3.0, 4.0]


def test_joints_are_2d_only_and_rubbish_is_left_out(tmp_path):
    example = load_store(packed_store(tmp_path), H36M17)[0]
    assert (example.weights[:, 2] == 0).all()
    assert example.weights[H36M17.index("right_wrist")].tolist() == [1, 1, 0]
    assert example.joints[H36M17.index("right_wrist"), :2].tolist() == [6, 1]
    for missing in ("left_knee", "spine", "thorax", "jaw", "right_ankle"):
        assert (example.weights[H36M17.index(missing)] == 0).all(), missing
    assert np.isfinite(example.joints).all() and example.present and example.camera is None
    assert example.image[..., 0].mean() == pytest.approx(200, abs=4)


def test_a_picture_of_another_size_is_left_out_and_counted(tmp_path):
    import cv2

    write_pack(tmp_path / "pack.npz")
    with np.load(tmp_path / "pack.npz") as pack:
        arrays = dict(pack)
    small = cv2.imencode(".jpg", np.zeros((20, 32, 3), np.uint8))[1].ravel()
    first, last = arrays["offsets"][1:3]
    arrays["jpeg"] = np.concatenate([arrays["jpeg"][:first], small, arrays["jpeg"][last:]])
    arrays["offsets"][2:] += len(small) - (last - first)
    np.savez(tmp_path / "pack.npz", **arrays)
    dataset, _ = open_dataset("lspet-packed", tmp_path, "train", {"file": "pack.npz"})
    made = [item.square_example(32, 1.0) for item in dataset.items()]
    assert made[1].reason == "picture of another size than 32 x 32" and "32 x 20" in made[1].where


def test_other_files_and_parts_are_refused(tmp_path):
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "other.npz", joints=np.zeros(3))
    np.savez(
        tmp_path / "blind.npz", joints=np.zeros((1, 14, 3)), offsets=np.zeros(2, int), image_id=np.ones(1)
    )  # fmt: skip
    write_pack(tmp_path / "pack.npz")
    for name, part, sentence in (
        ("text.npz", "train", "text.npz"), ("other.npz", "train", "offsets"), ("gone.npz", "train", "gone.npz"),
        ("blind.npz", "train", "packed pictures under jpeg"), ("pack.npz", "test", "train, heldout"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=sentence):
            open_dataset("lspet-packed", tmp_path, part, {"file": name})
