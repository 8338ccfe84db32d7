"""A state that goes into a checkpoint and comes back, and one that does not fit."""

import json

import numpy as np
import pytest
from training_case import batch, small_model, small_step, weights_of

from voxelpose.errors import InputError
from voxelpose.training.config.training_config import Optimizer
from voxelpose.training.optimizer.averaging import WeightAverage
from voxelpose.training.optimizer.loss_scale import LossScale
from voxelpose.training.run.state import TrainingState


def state(seed=0, kind="adamw", average=True, scale=True):
    model = small_model(seed)
    parts = WeightAverage(model, 0.9) if average else None, LossScale(8.0) if scale else None
    step = small_step(model, Optimizer(kind=kind), average=parts[0], loss_scale=parts[1])
    return TrainingState(model, step.optimizer, *parts), step


@pytest.fixture(scope="module")
def trained():
    first, step = state()
    step(batch())
    first.step, first.best, first.errors, first.sums = 1, 3.5, [{"step": 1, "mpjpe": 0.1}], {"loss": 1 / 3}
    return first, step


def test_two_states_go_on_alike(trained):
    first, step = trained
    arrays, facts = first.arrays(), json.loads(json.dumps(first.facts()))
    second, other = state(seed=1)
    second.restore(arrays, facts)
    assert second.facts() == first.facts() and second.arrays().keys() == arrays.keys()
    a, b = step(batch(seed=5)), other(batch(seed=5))
    assert float(a["loss"]) == pytest.approx(float(b["loss"]), rel=1e-6)
    for left, right in zip(weights_of(first.model), weights_of(second.model), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-7)
    for name, value in first.arrays().items():
        np.testing.assert_allclose(value, second.arrays()[name], rtol=1e-4, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "rmsprop"}, "Expected for optimizer: 2 arrays; received 3 arrays"),
        ({"average": False}, "Expected for average: nothing of that kind; received some"),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused_and_nothing_is_changed(trained, change, sentence):
    other, _ = state(seed=1, **change)
    before = weights_of(other.model)
    with pytest.raises(InputError, match=sentence):
        other.restore(trained[0].arrays(), trained[0].facts())
    assert all(np.array_equal(a, b) for a, b in zip(before, weights_of(other.model), strict=True))
    assert other.step == 0
