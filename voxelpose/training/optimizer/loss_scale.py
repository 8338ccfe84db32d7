"""A factor on the loss that keeps float16 gradients from vanishing, found by trial (Micikevicius et al. 2018)."""

import tensorflow as tf

from voxelpose.training.devices.replica import local


class LossScale:
    """Starts high; an overflow halves it, `growth_steps` steps without one double it.

    factor: float32 scalar, a power of two, so that scaling changes no digit; steps: since it last changed. Keras's
    `LossScaleOptimizer` wraps an optimizer of Keras's, which ours is not, and asks every gradient whether it is finite,
    where the norm of the one vector tells.
    """

    def __init__(self, initial: float = 2.0**15, growth_steps: int = 2000):
        self.growth_steps = growth_steps
        self.factor = tf.Variable(initial, trainable=False, dtype=tf.float32)
        self.steps = tf.Variable(0, trainable=False, dtype=tf.int64)

    @property
    def variables(self) -> list[tf.Variable]:
        """What a checkpoint has to hold."""
        return [self.factor, self.steps]

    def follow(self, finite: tf.Tensor) -> None:
        """Adapt to whether the gradients of a step were finite; may run inside a tf.function."""
        factor, steps = local(self.factor), local(self.steps)
        grown = steps + 1 >= self.growth_steps
        change = tf.where(finite, tf.where(grown, 2.0, 1.0), 0.5)
        steps.assign(tf.where(tf.logical_or(grown, tf.logical_not(finite)), tf.zeros_like(steps), steps + 1))
        factor.assign(tf.maximum(factor * change, 1.0))
