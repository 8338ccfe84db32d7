import pytest
import yaml
from pydantic import ValidationError

from voxelpose.training.config.data import Data, Stored
from voxelpose.training.config.run import load_config

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
