import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from voxelpose.training.config.data import Data, Stored
from voxelpose.training.config.training_config import load_config

sys.path.append(str(Path(__file__).parents[1] / "data"))

from lspet_case import packed_store  # noqa: E402

STORE = {"kind": "store", "path": "stores/train"}


def test_a_store_is_a_source_with_its_own_keys():
    data = Data(train=[{**STORE, "share": 3, "limit": 100}], heldout=[{"kind": "store", "path": "stores/test"}])
    assert data.train[0] == Stored(kind="store", path="stores/train", share=3.0, limit=100)


def test_what_is_trained_on_is_not_measured_on():
    with pytest.raises(ValidationError, match="read the same store"):
        Data(train=[STORE], heldout=[{"kind": "store", "path": "stores/../stores/train"}])


def test_a_wrong_key_is_answered_with_the_nearest_one(tmp_path):
    (tmp_path / "c.yaml").write_text(
        yaml.safe_dump({"data": {"train": [{"kind": "store", "pth": "a"}], "heldout": [STORE]}, "name": "x"})
    )
    with pytest.raises(ValueError, match=r"c.yaml:\d+: unknown key 'data.train.0.pth'. Did you mean 'path'"):
        load_config(tmp_path / "c.yaml")


def test_a_store_reaches_training_as_it_lies_on_disk(tmp_path):
    from voxelpose.data.store.preparation import Settings, origin_of, prepare
    from voxelpose.data.store.stored_examples import StoredExamples
    from voxelpose.skeleton import H36M17
    from voxelpose.synthetic.dataset import read
    from voxelpose.training.setup.data_sources import load_source

    settings = Settings(picture=64, shard=4)
    reading = read(tmp_path, "all", count=6, seed=2)
    prepare(tmp_path / "s", origin_of("synthetic", tmp_path, "all", {}, reading, settings), reading, settings)
    source = load_source(Stored(kind="store", path=str(tmp_path / "s"), limit=5), None, H36M17)
    assert isinstance(source, StoredExamples) and len(source) == 5
    assert source[4].image.shape == (64, 64, 3) and source.labels().cameras.known[source.labels().present].all()


def test_photographs_that_are_held_out_are_not_trained_on_and_taught_depth_is_not_measured(tmp_path):
    from voxelpose.data.store.taught_depth import TaughtDepth
    from voxelpose.errors import InputError
    from voxelpose.training.setup.data_sources import check_parts

    TaughtDepth(np.array([5]), np.zeros((1, 12), np.float32), np.array([False])).save(tmp_path / "depth.npz")
    train, heldout = (str(packed_store(tmp_path, part)) for part in ("train", "heldout"))
    taught = str(packed_store(tmp_path, depth=str(tmp_path / "depth.npz")))

    def data(one: str, other: str, **keys) -> Data:
        return Data(train=[STORE | {"path": one}], heldout=[STORE | {"path": other} | keys])

    check_parts(data(taught, heldout))
    check_parts(data(train, taught, labels="2d"))
    with pytest.raises(InputError, match="heldout is never trained on. Received: .*heldout, the part heldout of lspet"):
        check_parts(data(heldout, train))
    with pytest.raises(InputError, match="taught depth is nothing to measure on. Received: .*train-taught"):
        check_parts(data(train, taught))
