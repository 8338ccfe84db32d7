"""Networks of every kind in the estimator and in an export: they work, or one sentence says why not."""

import numpy as np
import pytest

from voxelpose import PoseEstimator
from voxelpose.errors import InputError
from voxelpose.export.run import make_exporter
from voxelpose.export.writers import parse_target
from voxelpose.networks.build import build_network
from voxelpose.networks.preset_facts import KEY, to_facts
from voxelpose.networks.presets import Architecture, Preset
from voxelpose.networks.weights_io import save_weights

SMALL = {"joints": 17, "input_size": 32, "family": "uniform", "width": 8, "levels": 1, "modules": 1}
SEEING = {
    "volumetric": {**SMALL, "depths": (1, 4), "presence": True},
    "coordinate": {**SMALL, "stages": 1},
    "decoupled": {"image_network": {**SMALL, "depths": (1,)}, "lifter": {"depths": (2,), "width": 8, "levels": 1}},
}
LIFTING = {
    "lifter": {"joints": 17, "side": 8, "depths": (2,), "width": 8, "levels": 1},
    "joint_lifter": {"joints": 17, "side": 8, "width": 8, "blocks": 1},
}
BOX = (8.0, 8.0, 40.0, 48.0)


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)


def weights(tmp_path, kind):
    arguments = (SEEING | LIFTING)[kind]
    path = tmp_path / f"{kind}.weights.h5"
    save_weights(
        build_network(kind, arguments, kind), path, facts={KEY: to_facts(Preset(kind, Architecture(kind, arguments)))}
    )
    return str(path)


@pytest.mark.parametrize("kind", SEEING)
def test_whoever_reads_pictures_infers_and_exports(kind, tmp_path, picture):
    path = weights(tmp_path, kind)
    estimator = PoseEstimator.from_preset(weights=path, runtime="tensorflow", min_presence=0.0, detector=None)
    pose = estimator(picture, box=BOX)
    assert np.isfinite(pose.joints).all() and pose.joints.shape == (17, 3)
    assert np.isfinite(pose.covariance).all() and (np.linalg.eigvalsh(pose.covariance) > -1e-6).all()
    exporter, stem = make_exporter(path, [(picture, BOX)], 2, integers=False)
    written, found = exporter.write(*parse_target("savedmodel"), tmp_path / "out", stem)
    assert written.exists() and found.joints.largest < 0.5


def test_coordinates_say_nothing_about_their_uncertainty(tmp_path, picture):
    path = weights(tmp_path, "coordinate")
    pose = PoseEstimator.from_preset(weights=path, runtime="tensorflow", detector=None)(picture, box=BOX)
    assert pose.presence is None and pose.confidence.tolist() == [1] * 17
    # A fresh network answers the middle of the box, whose standard deviation is that of anywhere in it.
    depth = np.sqrt(np.einsum("i,jik,k->j", pose.depth_axis, pose.covariance, pose.depth_axis))
    assert depth[1:] == pytest.approx(2000 / 12**0.5, rel=1e-3)


@pytest.mark.parametrize("kind", LIFTING)
def test_whoever_reads_heatmaps_is_refused_in_a_sentence(kind, tmp_path, picture):
    path = weights(tmp_path, kind)
    sentence = f"reads pictures. Received: {kind}, a {kind}, which reads heatmaps: join it"
    with pytest.raises(InputError, match=sentence):
        PoseEstimator.from_preset(weights=path, runtime="tensorflow")
    with pytest.raises(InputError, match=sentence):
        make_exporter(path, [(picture, BOX)], 2, integers=False)
