"""From two halves to one network, by the commands that a user has."""

import numpy as np
import pytest

from voxelpose.commands.decoupled import main
from voxelpose.data.augmentation.heatmap_errors import HeatmapErrors
from voxelpose.errors import InputError
from voxelpose.inference.runtime.loading import load_network
from voxelpose.networks.build import build_network
from voxelpose.networks.preset_facts import to_facts
from voxelpose.networks.presets import Architecture, Calibration, Card, NetworkInput, Preset
from voxelpose.networks.weights_io import save_weights
from voxelpose.synthetic.pools.pool import draw_pool
from voxelpose.synthetic.settings import SyntheticSettings

SEEING = {"joints": 17, "depths": (1,), "input_size": 32, "family": "uniform", "width": 8, "levels": 1, "modules": 1}
CALIBRATION = Calibration(3.0, (0.5, 0.25, 2.0))
LIFTING = {"joints": 17, "side": 8, "depths": (2, 4), "width": 8, "levels": 1, "modules": 1}


def written(folder, kind: str, architecture: dict, *parts):
    network = build_network(kind, architecture, kind)
    path = folder / f"{kind}.weights.h5"
    preset = Preset(kind, Architecture(kind, architecture), *parts, card=Card(network.count_params(), 1.5))
    save_weights(network, path, facts={"preset": to_facts(preset)})
    return network, path


def test_joined_halves_answer_as_one_after_the_other(tmp_path):
    seeing, image_path = written(
        tmp_path, "volumetric", SEEING, NetworkInput(crop_margin=1.5), Calibration(2.0, (4.0, 4.0, 4.0))
    )
    lifting, lifter_path = written(tmp_path, "lifter", LIFTING, NetworkInput(near_mm=-900.0), CALIBRATION)
    out = tmp_path / "whole.weights.h5"
    assert main(["join", str(image_path), str(lifter_path), str(out)]) == 0
    loaded = load_network(weights=str(out))
    assert (loaded.preset.architecture.kind, loaded.preset.input.near_mm, loaded.preset.architecture.input_size) == (
        "decoupled",
        -900.0,
        32,
    )
    assert loaded.preset.input == NetworkInput(near_mm=-900.0, crop_margin=1.5)
    assert (loaded.preset.calibration, loaded.preset.card.gmac) == (CALIBRATION, 3.0)
    x = np.random.default_rng(0).uniform(size=(2, 32, 32, 3)).astype(np.float32)
    heatmaps = np.asarray(seeing(x)["volume_1"], np.float64)
    mass = np.exp(2.0 * heatmaps)
    roots = np.sqrt(mass / mass.sum(axis=(1, 2), keepdims=True)).astype(np.float32)
    np.testing.assert_allclose(loaded.network(x)["volume_3"], lifting(roots)["volume_2"], atol=1e-4)


def test_halves_in_the_wrong_order_or_of_another_size_are_refused(tmp_path):
    _, image_path = written(tmp_path, "volumetric", SEEING)
    _, lifter_path = written(tmp_path, "lifter", {**LIFTING, "side": 16})
    out = str(tmp_path / "whole.weights.h5")
    with pytest.raises(InputError, match="Expected the weights of a volumetric network"):
        main(["join", str(lifter_path), str(image_path), out])
    with pytest.raises(InputError, match="lifter of side 8. Received: side 16"):
        main(["join", str(image_path), str(lifter_path), out])
    assert not (tmp_path / "whole.weights.h5").exists()


def test_errors_are_fitted_to_people_and_written(tmp_path, capsys):
    _, image_path = written(tmp_path, "volumetric", SEEING)
    draw_pool(tmp_path / "pool", SyntheticSettings(picture=64, person_free=0.0), 4, 3)
    out = tmp_path / "errors.json"
    assert main(["errors", "--weights", str(image_path), "--data", str(tmp_path / "pool"), str(out)]) == 0
    errors = HeatmapErrors.load(out)
    assert len(errors.lost) == 17 and max(errors.lost) > 0.3  # a network that learned nothing loses most joints
    assert "jitter" in capsys.readouterr().out
