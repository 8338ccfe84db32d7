"""The decoupled branch: heatmaps to volumes, and both halves as one network."""

import keras
import numpy as np
import pytest
from network_case import check_everything, images

from voxelpose.errors import InputError
from voxelpose.networks import decode
from voxelpose.networks.build import build_network
from voxelpose.networks.counting import multiply_accumulates, trainable_parameters
from voxelpose.networks.decoupled import DecoupledHourglass, HeatmapLifter, HeatmapRoots
from voxelpose.networks.presets import get_preset
from voxelpose.networks.volumetric import VolumetricHourglass

IMAGE_NETWORK = {
    "joints": 3, "depths": (1,), "input_size": 64, "family": "uniform", "width": 16, "levels": 1, "modules": 1,
    "presence": True,
}  # fmt: skip
LIFTER = {"depths": (2, 4), "width": 16, "levels": 1, "modules": 1}


def lifter(**options):
    return HeatmapLifter(**{"joints": 3, "side": 8, **LIFTER, **options})


def test_the_shared_case(tmp_path):
    # A convolution 2 variables, residual 18, a stage four residuals and a linear unit more than the hourglass's one.
    shapes = {"volume_1": (8, 8, 6), "volume_2": (8, 8, 12)}
    stage, merge = 5 * 18 + 6, 4
    check_everything(lifter, (8, 8, 3), shapes, 2 + 18 + 2 * stage + 2 * 2 + merge, tmp_path)


def test_the_preset_has_the_parameters_and_operations_it_states():
    preset = get_preset("decoupled")
    with keras.StatelessScope(initialize_variables=False):
        whole = build_network(preset.architecture.kind, preset.architecture.arguments)
        assert trainable_parameters(whole) == preset.card.parameters
        assert multiply_accumulates(whole) == sum(map(multiply_accumulates, whole.halves)) > 0
        assert multiply_accumulates(whole) / 1e9 == pytest.approx(preset.card.gmac, abs=0.0006)
    keras.utils.clear_session()
    assert whole.depths == (1, 4, 16) and whole.input_size == preset.architecture.input_size == 128
    with pytest.raises(InputError, match="preset of a volumetric network. Received: 'decoupled', a decoupled one"):
        VolumetricHourglass.from_preset("decoupled", load_weights=False)


def test_heatmap_roots_are_the_roots_of_the_likelihood():
    logits = np.random.default_rng(0).normal(size=(2, 4, 4, 3)).astype(np.float32)
    roots = np.asarray(HeatmapRoots(temperature=2.0)(logits))
    expected = np.exp(2 * logits) / np.exp(2 * logits).sum(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(roots**2, expected, rtol=1e-5)
    np.testing.assert_allclose((roots**2).sum(axis=(1, 2)), 1, rtol=1e-5)
    np.testing.assert_allclose(roots**2, decode.heatmap(2 * logits[..., None]), rtol=1e-5)


def test_the_whole_is_its_halves_one_after_the_other():
    whole = DecoupledHourglass(IMAGE_NETWORK, LIFTER, temperature=3.0)
    seeing, lifting = whole.halves
    x = images((64, 64, 3))
    outputs = whole(x)
    assert list(outputs) == ["volume_1", "presence", "volume_2", "volume_3"]
    heatmaps = seeing(x)["volume_1"]
    np.testing.assert_allclose(outputs["volume_1"], heatmaps, atol=1e-5)
    volumes = lifting(HeatmapRoots(3.0)(heatmaps))
    np.testing.assert_allclose(outputs["volume_3"], volumes["volume_2"], atol=1e-5)
    assert outputs["volume_2"].shape == (2, 16, 16, 6) and outputs["volume_3"].shape == (2, 16, 16, 12)
    assert whole.depths == (1, 2, 4)


def test_halves_trained_apart_come_together_through_their_files(tmp_path):
    seeing = VolumetricHourglass(**IMAGE_NETWORK)
    lifting = HeatmapLifter(**{**LIFTER, "joints": 3, "side": 16})
    for index, part in enumerate((seeing, lifting)):
        part.save_weights(tmp_path / f"{index}.weights.h5")
    whole = DecoupledHourglass(IMAGE_NETWORK, LIFTER)
    for index, part in enumerate(whole.halves):
        part.load_weights(tmp_path / f"{index}.weights.h5")
    x = images((64, 64, 3))
    expected = lifting(HeatmapRoots()(seeing(x)["volume_1"]))["volume_2"]
    np.testing.assert_allclose(whole(x)["volume_3"], expected, atol=1e-5)


def test_the_whole_survives_a_file(tmp_path):
    whole = DecoupledHourglass(IMAGE_NETWORK, LIFTER, temperature=2.0)
    whole.save(tmp_path / "whole.keras")
    again = keras.saving.load_model(tmp_path / "whole.keras")
    x = images((64, 64, 3))
    np.testing.assert_allclose(again(x)["volume_3"], whole(x)["volume_3"], atol=1e-5)
    assert again.get_config() == whole.get_config()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"side": 10, "levels": 2}, "multiple of 4"),
        ({"depths": ()}, "one depth"),
        ({"joints": 0}, "at least one joint"),
    ],
)
def test_impossible_options_are_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        lifter(**options)


def test_an_image_network_with_depth_is_refused():
    with pytest.raises(ValueError, match=r"depths \(1,\). Received: depths=\(1, 4\)"):
        DecoupledHourglass({**IMAGE_NETWORK, "depths": (1, 4)}, LIFTER)
