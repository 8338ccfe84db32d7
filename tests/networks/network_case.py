"""The case that every layer and network must pass: build, symbolic call, eager call, a fit step, files, policies."""

from collections.abc import Callable, Mapping

import keras
import numpy as np
from keras import tree

POLICIES = ("mixed_bfloat16", "mixed_float16")


def check_everything(build: Callable, input_shape: tuple[int, ...], output_shapes, weights: int, tmp_path) -> None:
    """Run the whole case.

    build: makes a new, unbuilt layer or network under the current precision policy; input_shape: (H, W, C);
    output_shapes: shape without the batch of the output, or of every output by name; weights: number of variables.
    """
    made = build()
    _check_build_and_calls(made, input_shape, output_shapes, weights)
    _check_config(made)
    _check_fit_and_files(made, input_shape, tmp_path)
    for policy in POLICIES:
        check_policy(build, policy, made, input_shape)


def images(input_shape: tuple[int, ...], count: int = 2) -> np.ndarray:
    return np.random.default_rng(0).uniform(size=(count, *input_shape)).astype(np.float32)


def _check_build_and_calls(made, input_shape, output_shapes, weights: int) -> None:
    symbolic = made(keras.Input(input_shape))
    assert len(made.weights) == weights
    assert _shapes(symbolic) == output_shapes
    eager = made(images(input_shape))
    assert _shapes(eager) == output_shapes
    assert all(np.isfinite(np.asarray(value)).all() for value in tree.flatten(eager))
    again = made(images(input_shape)[:1])  # the batch size is free, and inference treats images one by one
    for one, two in zip(tree.flatten(again), tree.flatten(eager), strict=True):
        np.testing.assert_allclose(one[0], two[0], rtol=1e-3, atol=1e-4)


def _check_config(made) -> None:
    copy = type(made).from_config(made.get_config())
    assert copy.get_config() == made.get_config()


def _check_fit_and_files(made, input_shape, tmp_path) -> None:
    model = _as_model(made, input_shape)
    x = images(input_shape)
    targets = tree.map_structure(lambda value: np.ones(value.shape, np.float32), _numpy(model(x)))
    before = [variable.numpy() for variable in model.trainable_variables]
    # Eagerly, because tracing takes longer than everything else here; the symbolic call has built a graph already.
    model.compile("sgd", tree.map_structure(lambda _: "mse", targets), run_eagerly=True)
    model.fit(x, targets, batch_size=2, epochs=1, verbose=0)
    assert any((old != new.numpy()).any() for old, new in zip(before, model.trainable_variables, strict=True))
    expected = _numpy(model(x))
    model.save(tmp_path / "network.keras")
    model.save_weights(tmp_path / "network.weights.h5")
    _assert_same(keras.saving.load_model(tmp_path / "network.keras")(x), expected)
    for variable in model.weights:
        variable.assign(variable + 1.0)
    model.load_weights(tmp_path / "network.weights.h5")
    _assert_same(model(x), expected)


def check_policy(build: Callable, policy: str, reference, input_shape) -> None:
    """Under a policy of half precision weights are float32 still, and results near those of `reference`."""
    x = images(input_shape)
    expected = _numpy(reference(x))
    keras.config.set_dtype_policy(policy)
    try:
        made = build()
        made(x)
    finally:
        keras.config.set_dtype_policy("float32")
    made.set_weights(reference.get_weights())
    assert {variable.dtype for variable in made.weights} == {"float32"}
    for mine, theirs in zip(tree.flatten(_numpy(made(x))), tree.flatten(expected), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=0.1 * max(1.0, np.abs(theirs).max()))


def _as_model(made, input_shape) -> keras.Model:
    if isinstance(made, keras.Model):
        return made
    image = keras.Input(input_shape)
    return keras.Model(image, made(image))


def _numpy(values):
    return tree.map_structure(lambda value: np.asarray(keras.ops.cast(value, "float32")), values)


def _shapes(values):
    if isinstance(values, Mapping):
        return {name: tuple(value.shape[1:]) for name, value in values.items()}
    return tuple(values.shape[1:])


def _assert_same(values, expected) -> None:
    for mine, theirs in zip(tree.flatten(_numpy(values)), tree.flatten(expected), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
