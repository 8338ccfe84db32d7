import numpy as np
import pytest
from mini_network import MINI, build

from voxelpose.inference.runtime.loading import describe


@pytest.fixture(scope="session")
def model():
    return build()


@pytest.fixture(scope="session")
def crops():
    return np.random.default_rng(0).uniform(0, 1, (6, 16, 16, 3)).astype(np.float32)


@pytest.fixture(scope="session")
def exporter(model, crops):
    from voxelpose.export.run import Exporter, freeze
    from voxelpose.inference.runtime.runtimes import KerasRuntime

    return Exporter(KerasRuntime(model), freeze(model), MINI, describe(MINI, "a" * 64), crops, crops[:2])
