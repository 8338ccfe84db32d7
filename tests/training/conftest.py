"""Drawn people for the tests of whole runs, drawn once."""

import pytest
from training_case import TINY

from voxelpose.synthetic.people import SyntheticSettings
from voxelpose.synthetic.pools.pool import draw_pool


@pytest.fixture(scope="session")
def pools(tmp_path_factory):
    """A folder with the pools that TINY names."""
    folder = tmp_path_factory.mktemp("pools")
    for source in (*TINY["data"]["train"], *TINY["data"]["heldout"]):
        settings = SyntheticSettings(picture=source["picture"])
        draw_pool(folder / source["folder"], settings, source["count"], source["seed"])
    return folder


@pytest.fixture
def workplace(pools, tmp_path, monkeypatch):
    """A working directory that holds the pools, and into which runs are written."""
    monkeypatch.chdir(tmp_path)
    for pool in pools.iterdir():
        (tmp_path / pool.name).symlink_to(pool)
    return tmp_path
