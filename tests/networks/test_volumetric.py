"""The volumetric hourglass: published parameter counts, shapes, the shared case, bad options, coarse-to-fine wiring."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from network_case import check_everything, images

from voxelpose.networks.counting import multiply_accumulates, trainable_parameters
from voxelpose.networks.presets import PRESETS
from voxelpose.networks.volumetric import VolumetricHourglass

# Measured on the released networks: convolution weights and biases, gamma and beta.
PUBLISHED = {
    "paper-64": 13_805_760,
    "paper-1-64": 26_904_401,
    "paper-64-64": 27_590_912,
    "paper-1-2-64": 40_232_051,
    "paper-1-2-4-64": 53_585_847,
    "uniform-1-64": 18_859_985,
}
TINY = {
    "paper": {"width": 16, "levels": 1, "modules": 1, "input_size": 16},
    "uniform": {"width": 16, "levels": 1, "modules": 1, "input_size": 16},
    "compact": {"width": 16, "levels": 1, "groups": 3, "input_size": 32, "upsample": True, "presence": True},
}
# Convolutions with kernel and bias plus normalisations with four vectors, counted on paper; see `weights_of`.
SHAPES = {
    "paper": {"volume_1": (4, 4, 3), "volume_2": (4, 4, 12)},
    "uniform": {"volume_1": (4, 4, 3), "volume_2": (4, 4, 12)},
    "compact": {"volume_1": (4, 4, 3), "volume_2": (8, 8, 12), "presence": (1,)},
}


def small(family, **options):
    return VolumetricHourglass(**{"joints": 3, "depths": (1, 4), "family": family, **TINY[family], **options})


def weights_of(family):
    """Variables of the networks above. A residual has 3 normalisations and 3 convolutions (18), a bare skip 2 more."""
    plain, skip, linear, conv = 18, 20, 6, 2
    if family == "paper":
        stem = linear + skip + plain + plain + skip  # 4, 4->8, 8->8 twice, 8->16
        first = skip + plain + skip + plain  # from 16: upper to 32; down 16; bottom to 32; up 32
        second = skip + skip + skip + plain  # the same from 16 + 8 = 24
        return stem + first + second + 4 * linear + 2 * conv + 2 * conv
    if family == "uniform":
        stem = linear + skip + plain + skip
        return stem + 2 * (4 * plain + plain + linear + conv) + 2 * conv
    lite = 5 + 10 + 4 * 15 + 4 * 0  # stem, the block without expansion, four blocks
    return lite + conv + 2 * (4 * plain + plain + linear + conv) + 2 * conv + (2 * conv + plain + 4) + 2


@pytest.fixture
def without_numbers():
    """Networks built in here have shapes but no values: three times as fast."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    keras.utils.clear_session()


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if preset.architecture.kind == "volumetric"])
def test_presets_have_the_parameters_and_operations_they_state(without_numbers, name):
    preset, model = PRESETS[name], VolumetricHourglass.from_preset(name, load_weights=False)
    assert trainable_parameters(model) == preset.card.parameters
    assert multiply_accumulates(model) / 1e9 == pytest.approx(
        preset.card.gmac, abs=0.051 if preset.card.gmac > 1 else 0.0006
    )
    if preset.name in PUBLISHED:
        assert preset.card.parameters == PUBLISHED[preset.name]
    depths = preset.architecture.arguments["depths"]
    assert [model.output[f"volume_{i}"].shape[-1] for i in range(1, len(depths) + 1)] == [17 * d for d in depths]
    if preset.name in PUBLISHED:
        assert all(value.shape[1:3] == (64, 64) for value in model.output.values())


def test_the_published_operations_of_four_stacks():
    assert PRESETS["paper-1-2-4-64"].card.gmac == 54.5  # measured on the released network


@pytest.mark.parametrize(
    "modules, depths, expected",
    # Published: nFeats 256 with three modules and one stage; with one module and two stages, 6.85 M.
    [(3, (64,), 9_708_736), (1, (1, 64), pytest.approx(6.85e6, abs=5e3))],
)
def test_other_published_counts_of_the_uniform_family(without_numbers, modules, depths, expected):
    assert trainable_parameters(VolumetricHourglass(depths=depths, family="uniform", modules=modules)) == expected


@pytest.mark.parametrize("family", TINY)
def test_the_shared_case(family, tmp_path):
    size = TINY[family]["input_size"]
    check_everything(lambda: small(family), (size, size, 3), SHAPES[family], weights_of(family), tmp_path)


def test_volumes_are_float32_under_half_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        outputs = small("compact")(images((32, 32, 3)), training=True)
    finally:
        keras.config.set_dtype_policy("float32")
    assert {value.dtype for value in outputs.values()} == {tf.float32}


@pytest.mark.parametrize("family", TINY)
def test_the_coarse_volume_reaches_the_fine_one_and_gradients_flow_through_it(family):
    model = small(family)
    x = images((model.input_size, model.input_size, 3))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(model(x, training=True)["volume_2"]))
    head = model.get_layer("volume_1")
    gradient = tape.gradient(loss, head.kernel.value)
    assert gradient is not None and np.abs(gradient).max() > 0
    before = model(x)["volume_2"].numpy()
    head.bias.assign_add([0.0, 50.0, 0.0])
    assert np.abs(model(x)["volume_2"] - before).max() > 1e-6


@pytest.mark.parametrize("joints, depths", [(1, (1,)), (5, (2, 3, 7))])
def test_any_skeleton_and_any_depth_schedule(joints, depths):
    outputs = small("uniform", joints=joints, depths=depths)(images((16, 16, 3)))
    assert [outputs[f"volume_{i}"].shape[-1] for i in range(1, 1 + len(depths))] == [joints * d for d in depths]


@pytest.mark.parametrize("family, size", [("paper", 24), ("uniform", 40), ("compact", 48)])
def test_any_admissible_input_size(family, size):
    model = small(family, input_size=size)
    assert model.output["volume_1"].shape[1] == size // (8 if family == "compact" else 4)


def test_the_published_start_is_torchs():
    # U(-a, a) with a = 1/sqrt(kh * kw * channels in): standard deviation a/sqrt 3, for weights and biases.
    model = VolumetricHourglass(depths=(8,), input_size=64, width=64, levels=4)
    for name, fan_in in (("stem_conv", 147), ("stage1_linear2", 128), ("volume_1", 128)):
        layer = model.get_layer(name)
        bound = fan_in**-0.5
        assert np.abs(layer.kernel).max() <= bound
        assert np.std(layer.kernel) == pytest.approx(bound / 3**0.5, rel=0.1)
        assert 0 < np.abs(layer.bias).max() <= bound


def test_the_strided_convolution_is_padded_symmetrically():
    # A mirror image has mirrored features only if left and right are padded alike: kernel made symmetric first.
    model = small("uniform", input_size=16)
    stem = model.get_layer("stem_conv")
    stem.kernel.assign((stem.kernel + stem.kernel[:, ::-1]) / 2)
    features = keras.Model(model.input, stem.output)
    x = np.zeros((1, 16, 16, 3), np.float32)
    x[0, 3, 0] = 1.0  # the first column lies 3 from the padded border, on the first output's centre
    response = features(x).numpy()[0, :, :, 0] - stem.bias.numpy()[0]
    # Output i sees columns 2i - 3 to 2i + 3: column 0 is seen by outputs 0 and 1 only.
    assert np.abs(response[:, :2]).max(axis=0).min() > 0
    np.testing.assert_allclose(response[:, 2:], 0.0, atol=1e-6)
    x = x[:, :, ::-1]  # now column 15, seen by outputs 6 (columns 9 to 15) and 7 (11 to 17)
    response = features(x).numpy()[0, :, :, 0] - stem.bias.numpy()[0]
    assert np.abs(response[:, 6:]).max(axis=0).min() > 0
    np.testing.assert_allclose(response[:, :6], 0.0, atol=1e-6)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"family": "papre"}, "family among paper, uniform, compact, .*blazepose-lite. Received: family='papre'"),
        ({"input_size": 100}, "multiple of 64.*Received: input_size=100"),
        ({"family": "compact", "input_size": 48, "levels": 1, "groups": 6}, "multiple of 32.*Received: input_size=48"),
        ({"depths": ()}, "one depth of at least 1 per stage. Received: depths=.."),
        ({"depths": (1, 0)}, "Received: depths=.1, 0."),
        ({"joints": 0}, "at least one joint. Received: joints=0"),
        ({"width": 12}, "width that is a multiple of 8. Received: width=12"),
        ({"levels": 0}, "at least one level and module. Received: 0"),
        ({"family": "compact", "groups": 2}, "3 to 7 block groups.*Received: groups=2"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        VolumetricHourglass(**options)


def test_a_training_graph_stays_small():
    # Tracing is most of the first minute of a training run.
    model = small("uniform", depths=(4,))
    x = tf.zeros((2, 16, 16, 3))
    variables = [variable.value for variable in model.trainable_variables]

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(x, training=True)["volume_1"])
        return tape.gradient(loss, variables)

    nodes = len(gradients.get_concrete_function().graph.get_operations())
    # Measured 58 per convolution with its normalisation and gradients; 98 with the normalisation of Keras itself.
    assert nodes < 65 * sum(isinstance(layer, keras.layers.Conv2D) for layer in model.layers)
