import numpy as np
import pytest
from command_fakes import PRESET, Blobs, Somebody

from voxelpose.inference.estimator import PoseEstimator
from voxelpose.networks import presets


@pytest.fixture
def blobs(monkeypatch):
    """The commands' network and detector replaced by ones without weights; the options it was asked for are kept."""
    asked = []
    monkeypatch.setattr("voxelpose.inference.inputs.detected.NanoDet", Somebody)
    monkeypatch.setattr("voxelpose.visualization.figures.style.DOTS_PER_INCH", 20)  # drawing is tested elsewhere

    def load(options, **settings):
        asked.append(options)
        return PoseEstimator(Blobs(), PRESET, "f" * 64, mirrored=not options.no_mirror, **settings)

    monkeypatch.setitem(presets.PRESETS, PRESET.name, PRESET)
    for command in ("inference.tools", "visualize"):
        monkeypatch.setattr(f"voxelpose.commands.{command}.load_estimator", load)
    return asked


@pytest.fixture
def photo(tmp_path):
    """A function that writes a small noisy picture of the given name."""
    import cv2

    def write(name):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8))
        return path

    return write
