from dataclasses import replace

import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.files import sha256
from voxelpose.inference.estimator import PoseEstimator
from voxelpose.inference.runtime import loading
from voxelpose.inference.runtime.loading import load_network
from voxelpose.networks import presets
from voxelpose.networks.preset_facts import to_facts
from voxelpose.networks.presets import Architecture, Calibration, Card, NetworkInput, Preset

ARCHITECTURE = {
    "joints": 17,
    "depths": (1, 8),
    "input_size": 64,
    "family": "uniform",
    "width": 16,
    "levels": 1,
    "modules": 1,
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of random weights of a very small network, the preset "mini" and its network."""
    from voxelpose.networks.volumetric import VolumetricHourglass
    from voxelpose.networks.weights_io import save_weights

    model = VolumetricHourglass(**ARCHITECTURE, presence=True)
    path = tmp_path_factory.mktemp("weights") / "mini.weights.h5"
    save_weights(model, path)
    return path, model


@pytest.fixture(autouse=True)
def mini(monkeypatch):
    table = {
        "mini": Preset("mini", Architecture(arguments=ARCHITECTURE | {"presence": True})),
        "other": Preset("other", Architecture(arguments=ARCHITECTURE | {"presence": True, "depths": (1, 4)})),
        "silent": Preset("silent", Architecture(arguments=ARCHITECTURE)),
    }
    for module in (presets, loading):
        monkeypatch.setattr(module, "PRESETS", table)


def test_a_file_of_weights_gives_a_pose(weights):
    path, model = weights
    loaded = load_network("mini", str(path))
    assert loaded.sha256 == sha256(path)
    crops = np.random.default_rng(0).uniform(0, 1, (3, 64, 64, 3)).astype(np.float32)
    outputs = loaded.network(crops)
    expected = model(crops, training=False)
    assert set(outputs) == {"volume_1", "volume_2", "presence"}
    for name, value in outputs.items():
        assert value.dtype == np.float32
        np.testing.assert_allclose(value, np.asarray(expected[name]), atol=1e-4)
    estimator = PoseEstimator(loaded.network, loaded.preset, loaded.sha256)
    image = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)
    seen = estimator.inspect(image, (10, 10, 60, 70), root_depth=3000.0)
    assert [volume.shape for volume in seen.volumes] == [(16, 16, 17, 1), (16, 16, 17, 8)]
    assert np.isfinite(seen.pose.joints).all() and 0 < seen.pose.presence < 1
    assert seen.pose.weights_sha256 == sha256(path)


def test_a_file_that_describes_its_network_needs_no_name(weights, tmp_path):
    from voxelpose.networks.weights_io import save_weights

    path = tmp_path / "trained.weights.h5"
    trained = replace(
        presets.PRESETS["mini"],
        name="custom",
        input=NetworkInput(near_mm=-800.0),
        calibration=Calibration(7.0, (1.0, 2.0, 3.0)),
    )
    save_weights(weights[1], path, facts={"preset": to_facts(trained), "step": 5, "run": "test"})
    assert PoseEstimator.from_preset(weights=str(path)).preset == trained
    # Asked for by name, it is still read as it was trained and calibrated.
    assert PoseEstimator.from_preset("mini", weights=str(path)).preset == replace(trained, name="mini")


def test_files_of_before_the_preset_had_parts_are_read(weights, tmp_path):
    from voxelpose.networks.weights_io import save_weights

    path = tmp_path / "old.weights.h5"
    facts = {
        "name": "custom", "architecture": ARCHITECTURE | {"presence": True, "depths": [1, 8]}, "parameters": 5,
        "gmac": 0.5, "skeleton": "h36m17", "near_mm": -800.0, "far_mm": 700.0, "crop_margin": 1.5, "temperature": 7.0,
        "covariance_scale": [1.0, 2.0, 3.0], "weights": "weights/custom.weights.h5", "kind": "volumetric",
        "published": True, "step": 5,
    }  # fmt: skip
    save_weights(weights[1], path, facts=facts)
    assert load_network(weights=str(path)).preset == Preset(
        "custom",
        presets.PRESETS["mini"].architecture,
        NetworkInput("h36m17", -800.0, 700.0, 1.5),
        Calibration(7.0, (1.0, 2.0, 3.0)),
        Card(5, 0.5, published=True),
    )


def test_weights_that_keras_wrote_have_no_calibration(weights, tmp_path):
    path = tmp_path / "plain.weights.h5"
    weights[1].save_weights(path)
    assert load_network("mini", str(path)).preset.calibration == Calibration(1.0, (1.0, 1.0, 1.0))


def test_a_description_of_no_network(weights, tmp_path):
    from voxelpose.networks.weights_io import save_weights

    path = tmp_path / "odd.weights.h5"
    cubist = replace(presets.PRESETS["mini"], architecture=Architecture(arguments={"family": "cubist"}))
    save_weights(weights[1], path, facts={"preset": to_facts(cubist)})
    with pytest.raises(InputError, match="mini that .*odd.weights.h5 describes cannot be built: Expected a family"):
        load_network(weights=str(path))
    save_weights(weights[1], path, facts={"name": "mini", "architecture": 5})
    with pytest.raises(InputError, match="odd.weights.h5 describes is incomplete"):
        load_network(weights=str(path))
    save_weights(weights[1], path, facts={"preset": {"name": "mini", "input": {}}})
    with pytest.raises(InputError, match="odd.weights.h5 describes is incomplete"):
        load_network(weights=str(path))


@pytest.mark.parametrize("preset", ["other", "silent"])
def test_weights_of_another_network(weights, preset):
    with pytest.raises(InputError, match=f"mini.weights.h5 holds weights of .*, not of {preset}"):
        load_network(preset, str(weights[0]))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_file(weights, tmp_path, share):
    content = weights[0].read_bytes()
    short = tmp_path / "short.weights.h5"
    short.write_bytes(content[: int(share * len(content))])
    with pytest.raises(
        InputError, match="(short.weights.h5.* It is damaged or no HDF5 file|Cannot read .*short.weights.h5)"
    ):
        load_network("mini", str(short))


@pytest.mark.parametrize(
    "name, given, told",
    [
        ("mini", "gone.weights.h5", "gone.weights.h5, which does not exist"),
        ("mini", "minni", "which does not exist. The nearest preset is mini"),
        ("mini", "other", "weights of the preset mini. Received: the name of the preset other"),
        ("mimi", None, "no preset 'mimi'. Nearest names: mini"),
        ("mini", None, "No weights ship for the preset mini"),
        ("mini", __file__, "ends in .weights.h5. Received: "),
    ],
)
def test_other_mistakes(name, given, told):
    with pytest.raises(InputError) as caught:
        load_network(name, given)
    assert told in str(caught.value)
