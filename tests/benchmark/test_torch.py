"""The PyTorch networks and losses that ours are compared with are the same networks and losses."""

import keras
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (the extra torch)")

from voxelpose.training.losses.losses import build_losses  # noqa: E402

from voxelpose.benchmark import cases, torch_cases, torch_losses  # noqa: E402
from voxelpose.benchmark.inputs import random_images, random_targets  # noqa: E402
from voxelpose.benchmark.torch_weights import keras_name, torch_twin  # noqa: E402
from voxelpose.networks.counting import trainable_parameters  # noqa: E402
from voxelpose.networks.presets import PRESETS  # noqa: E402
from voxelpose.networks.volumetric import VolumetricHourglass  # noqa: E402

VOLUMETRIC = [preset for preset in PRESETS.values() if preset.architecture.kind == "volumetric"]

SMALL = {"joints": 3, "input_size": 64, "width": 16}
TINY = {"joints": 2, "input_size": 16, "family": "uniform", "width": 8, "levels": 1, "modules": 1, "depths": (1, 2)}
NETWORKS = {
    "paper": {**SMALL, "family": "paper", "depths": (1, 2, 4), "modules": 1},
    "uniform": {**SMALL, "family": "uniform", "depths": (1, 4), "levels": 3, "modules": 2},
    "compact": {**SMALL, "family": "compact", "depths": (1, 4), "groups": 7, "presence": True},
    "blazepose": {**SMALL, "family": "blazepose", "depths": (1, 4), "presence": True},
    "blazepose-lite": {**SMALL, "family": "blazepose-lite", "depths": (4,)},
    "compact, shallow": {**SMALL, "family": "compact", "depths": (4,), "groups": 3},
}


def trained(architecture) -> keras.Model:
    """A network whose statistics, scales and offsets are none of the values that they start with."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    model = VolumetricHourglass(**architecture, head_stddev=0.1)
    for variable in model.weights:
        if variable.name in ("gamma", "moving_variance"):
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
        elif variable.name in ("beta", "moving_mean"):
            variable.assign(rng.normal(0, 0.2, variable.shape))
    return model


@pytest.mark.parametrize("name", NETWORKS)
def test_copied_weights_give_the_same_output(name):
    model = trained(NETWORKS[name])
    twin = torch_twin(model).eval()
    assert sum(p.numel() for p in twin.parameters()) == trainable_parameters(model)
    images = np.random.default_rng(1).uniform(size=(2, 64, 64, 3)).astype("float32")
    ours = model(images, training=False)
    with torch.no_grad():
        theirs = twin(torch.from_numpy(images).permute(0, 3, 1, 2))
    assert ours.keys() == theirs.keys()
    for output, value in ours.items():
        other = theirs[output].numpy()
        other = other.transpose(0, 2, 3, 1) if other.ndim == 4 else other
        assert np.abs(value).max() > 0.01
        np.testing.assert_allclose(value, other, atol=1e-4)


@pytest.mark.parametrize("preset", VOLUMETRIC, ids=lambda preset: preset.name)
def test_every_preset_has_as_many_parameters_in_torch(preset):
    with torch.device("meta"):
        twin = torch_cases.network(preset.architecture.arguments)
    assert sum(p.numel() for p in twin.parameters()) == preset.card.parameters


def test_modules_know_their_layer():
    assert keras_name("stages.1.hourglass.inner.inner.upper.0.bn3", 4) == "stage2_hourglass32_upper1_3_bn"
    assert keras_name("stem.coarse.1.conv2", 4) == "stem_coarse2_2"
    assert keras_name("stem.blocks.0.depthwise_bn", 2) == "lite0_block0_depthwise_bn"
    assert keras_name("stem.blaze.block0_depthwise", 2) == "blaze_block0_depthwise"
    assert keras_name("heads.0", 4) == "volume_1"


@pytest.mark.parametrize("loss", cases.LOSSES)
def test_losses_and_one_step_are_equal(loss):
    model = trained(NETWORKS["compact"])
    twin = torch_twin(model)
    rng = np.random.default_rng(2)
    targets, presence = random_targets(rng, 2, 3), np.array([[1.0], [0.0]], "float32")
    outputs = {name: rng.normal(size=(2, *tensor.shape[1:])).astype("float32") for name, tensor in model.output.items()}
    losses = build_losses({name: tensor.shape for name, tensor in model.output.items()}, 3, cases.LOSSES[loss])
    weighed = np.concatenate([presence, np.ones_like(presence)], axis=-1)
    ours = sum(float(losses[name](weighed if name == "presence" else targets, outputs[name])) for name in outputs)
    moved = {n: torch.from_numpy(v.transpose(0, 3, 1, 2) if v.ndim == 4 else v) for n, v in outputs.items()}
    theirs = torch_cases.total_loss(moved, torch.from_numpy(targets), torch.from_numpy(presence), loss)
    assert float(theirs) == pytest.approx(ours, rel=1e-4)
    assert next(twin.parameters()).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("variant", ["torch", "torch contiguous"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_cases_run(variant, precision):
    step = cases.training_step(variant, TINY, "integral", precision, batch=2, repeats=1)
    forward = cases.inference(variant, TINY, precision, batch=1, repeats=1)
    assert step["seconds"][0] > 0 and forward["seconds"][0] > 0


def test_torch_learns_what_it_is_shown():
    rng = np.random.default_rng(0)
    images, targets = random_images(rng, 2, 64), random_targets(rng, 2, 3)
    step = torch_cases.training_step(NETWORKS["uniform"], "gaussian", "float32", contiguous=False)
    values = [step(images, targets, np.ones((2, 1), "float32")) for _ in range(20)]
    assert values[-1] < 0.6 * values[0]


def test_the_dense_loss_is_that_of_keras():
    rng = np.random.default_rng(3)
    targets, volume = random_targets(rng, 2, 3), rng.normal(size=(2, 6, 6, 12)).astype("float32")
    ours = float(cases.loss_variant("dense", "paper", 4, 3)(targets, volume))
    theirs = torch_losses.gaussian_loss(torch.from_numpy(volume.transpose(0, 3, 1, 2)), torch.from_numpy(targets))
    assert float(theirs) == pytest.approx(ours, rel=1e-5)
