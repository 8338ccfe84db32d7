import numpy as np
import pytest
from lspet_case import write_pack
from voxelpose.data.lspet import load_lspet

from voxelpose.errors import InputError
from voxelpose.skeleton import H36M17


def test_the_parts_split_at_image_id_9000(tmp_path):
    pack = write_pack(tmp_path / "pack.npz")
    assert len(load_lspet(pack, "train", H36M17)) == 2
    assert len(load_lspet(pack, "heldout", H36M17)) == 1
    assert len(load_lspet(pack, "train", H36M17, limit=1)) == 1


def test_joints_are_2d_only_and_rubbish_is_left_out(tmp_path):
    examples = load_lspet(write_pack(tmp_path / "pack.npz"), "train", H36M17)
    example = examples[0]
    assert (example.weights[:, 2] == 0).all()
    assert example.weights[H36M17.index("right_wrist")].tolist() == [1, 1, 0]
    assert example.joints[H36M17.index("right_wrist"), :2].tolist() == [6, 1]
    for missing in ("left_knee", "spine", "thorax", "jaw", "right_ankle"):
        assert (example.weights[H36M17.index(missing)] == 0).all(), missing
    assert np.isfinite(example.joints).all() and example.present
    assert example.image[..., 0].mean() == pytest.approx(200, abs=4)


def test_other_files_and_parts_are_refused(tmp_path):
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "other.npz", joints=np.zeros(3))
    with pytest.raises(InputError, match="packed LSPET archive"):
        load_lspet(tmp_path / "text.npz", "train", H36M17)
    with pytest.raises(InputError, match="Missing: jpeg, offsets, image_id"):
        load_lspet(tmp_path / "other.npz", "train", H36M17)
    with pytest.raises(InputError, match="train, heldout"):
        load_lspet(write_pack(tmp_path / "pack.npz"), "test", H36M17)
    with pytest.raises(InputError, match="at .*gone.npz"):
        load_lspet(tmp_path / "gone.npz", "train", H36M17)


def test_the_real_pack(real_data):
    examples = load_lspet(real_data / "lspet" / "lspet_crops192.npz", "heldout", H36M17, limit=20)
    assert examples.images.shape == (20, 192, 192, 3)
    assert 0.5 < (examples.weights[..., 0] > 0).mean() < 0.9
