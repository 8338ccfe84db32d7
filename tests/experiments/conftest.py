"""Drawn people for the runs of a suite, drawn once."""

import pytest
from suite_case import TINY

from voxelpose.synthetic.pools.pool import draw_pool
from voxelpose.synthetic.settings import SyntheticSettings


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """A folder with the pools that TINY names."""
    folder = tmp_path_factory.mktemp("drawn")
    for source in (*TINY["data"]["train"], *TINY["data"]["heldout"]):
        draw_pool(folder / source["folder"], SyntheticSettings(picture=64), source["count"], source["seed"])
    return folder


@pytest.fixture
def workplace(drawn, tmp_path, monkeypatch):
    """A working directory with those pools."""
    monkeypatch.chdir(tmp_path)
    for pool in drawn.iterdir():
        (tmp_path / pool.name).symlink_to(pool)
    return tmp_path
