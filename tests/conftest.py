"""Settings of all tests: quiet TensorFlow, real data only where it is given."""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings

settings.register_profile("voxelpose", deadline=None, max_examples=30, derandomize=True)
settings.load_profile("voxelpose")


@pytest.fixture(scope="session")
def load_tool() -> Callable[[str], ModuleType]:
    """Imports a script of tools/assets/."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "tools/assets" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real samples; tests that need it skip where VOXELPOSE_TEST_DATA doesn't name one."""
    folder = os.environ.get("VOXELPOSE_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("VOXELPOSE_TEST_DATA names no folder of real samples")
    return Path(folder)


@pytest.fixture(autouse=True)
def _gpu_where_asked_for(request):
    """Tests marked `gpu` run where TensorFlow sees a GPU: `pytest -m gpu`."""
    if request.node.get_closest_marker("gpu"):
        import tensorflow as tf

        if not tf.config.list_physical_devices("GPU"):
            pytest.skip("TensorFlow sees no GPU")
