"""Exponential moving average of a model's weights, which generalises better than its last ones."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf

from voxelpose.training.devices.replica import local
from voxelpose.training.optimizer.optimizers import Layout


class WeightAverage:
    """Averages all weights of a model, moving statistics included.

    The decay rises from 0.1 to `decay` as (1 + t) / (10 + t): without that warm-up a short run averages over its random
    beginning. Statistics of averaged weights are approximated by averaged statistics, which lag by the same amount.
    Keras's `use_ema` averages trainable variables alone, without warm-up, one by one; time: see `optimizers`.
    """

    def __init__(self, model: keras.Model, decay: float):
        self.decay = decay
        self._weights = list(model.weights)
        self._layout = Layout([weight.shape for weight in self._weights])
        self._average = tf.Variable(self._layout.join([weight.value for weight in self._weights]), trainable=False)
        self._updates = tf.Variable(0.0, trainable=False)

    @property
    def variables(self) -> list[tf.Variable]:
        """What a checkpoint has to hold: the averages as one vector, and the number of updates."""
        return [self._average, self._updates]

    def update(self) -> None:
        """Move the averages towards the present weights; may run inside a tf.function."""
        average, updates = local(self._average), local(self._updates)
        decay = tf.minimum(self.decay, (1.0 + updates) / (10.0 + updates))
        weights = self._layout.join([local(weight) for weight in self._weights])
        average.assign_add((1.0 - decay) * (weights - average))
        updates.assign_add(1.0)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within the block the model has the averaged weights, afterwards its own again."""
        own = [weight.numpy() for weight in self._weights]
        try:
            self._assign(self._layout.split_array(self._average.numpy()))
            yield
        finally:
            self._assign(own)

    def _assign(self, values) -> None:
        for weight, value in zip(self._weights, values, strict=True):
            weight.assign(value)
