"""Exponential moving average of a model's weights, which generalises better than its last ones."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf


class WeightAverage:
    """Averages all weights of a model, moving statistics included.

    The decay rises from 0.1 to `decay` as (1 + t) / (10 + t): without that warm-up a short run averages over its random
    beginning. Statistics of averaged weights are approximated by averaged statistics, which lag by the same amount.
    """

    def __init__(self, model: keras.Model, decay: float):
        self.decay = decay
        self._variables = list(model.weights)
        self._averages = [tf.Variable(v.value, trainable=False, dtype=tf.float32) for v in self._variables]
        self._updates = tf.Variable(0.0, trainable=False)

    def update(self) -> None:
        """Move the averages towards the present weights; may run inside a tf.function."""
        decay = tf.minimum(self.decay, (1.0 + self._updates) / (10.0 + self._updates))
        for average, variable in zip(self._averages, self._variables, strict=True):
            average.assign_add((1.0 - decay) * (tf.cast(variable.value, tf.float32) - average))
        self._updates.assign_add(1.0)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within the block the model has the averaged weights, afterwards its own again."""
        own = [variable.numpy() for variable in self._variables]
        try:
            for variable, average in zip(self._variables, self._averages, strict=True):
                variable.assign(average.numpy())
            yield
        finally:
            for variable, value in zip(self._variables, own, strict=True):
                variable.assign(value)

    def state(self) -> list[np.ndarray]:
        """The averages and the number of updates, for a checkpoint."""
        return [*(average.numpy() for average in self._averages), self._updates.numpy()]

    def restore(self, state: list[np.ndarray]) -> None:
        """Continue from what `state` returned."""
        for variable, value in zip([*self._averages, self._updates], state, strict=True):
            variable.assign(value)
