"""Optimizers as the configuration names them, each as one update of one vector of all weights.

A network of the paper has 1,700 variables. An operation per variable costs the graph its nodes, the first step its
seconds and a GPU its kernel launches; what is done to all of them alike is done once here. Keras's own optimizers work
variable by variable. For the preset small (351 variables) at batch 16 with AdamW, a clipped norm and averaged weights,
interleaved on two busy CPU cores (Keras 3.15, ratio of Keras's time to this one's): a graph of 27,055 nodes instead of
7,276, the first step 3.4 and 4.2 times, a step 1.02 and 1.13 times (medians of 18 and 20).

Keras's `global_clipnorm` does not give the norm to the log, and its `gradient_accumulation_steps` averages the means
of parts, where a loss here is one quotient over the whole batch, whatever the parts' weights are (see `TrainingStep`).
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import keras
import numpy as np
import tensorflow as tf

from voxelpose.training.config.training_config import Optimizer
from voxelpose.training.devices.replica import local

# Biases and normalisation are scales and shifts: pulling them to zero is no regularisation.
_NOT_DECAYED = ("bias", "beta", "gamma")


class Layout:
    """Where arrays of the given shapes lie in one float32 vector, one after the other, each in row-major order."""

    def __init__(self, shapes: Sequence[Sequence[int]]):
        self.shapes = [tuple(int(side) for side in shape) for shape in shapes]
        self.sizes = [math.prod(shape) for shape in self.shapes]

    @property
    def length(self) -> int:
        return sum(self.sizes)

    def join(self, tensors: Sequence[tf.Tensor]) -> tf.Tensor:
        """Tensors of the layout's shapes -> (length,) float32."""
        flat = tf.constant([-1])
        parts = [tensor if len(tensor.shape) == 1 else tf.reshape(tensor, flat) for tensor in tensors]
        return tf.concat([tf.cast(part, tf.float32) for part in parts], axis=0)

    def split(self, vector: tf.Tensor) -> list[tf.Tensor]:
        """The inverse of `join`."""
        parts = tf.split(vector, self.sizes)
        return [
            part if len(shape) == 1 else tf.reshape(part, shape) for part, shape in zip(parts, self.shapes, strict=True)
        ]

    def split_array(self, vector: np.ndarray) -> list[np.ndarray]:
        """The same for a NumPy vector."""
        ends = list(itertools.accumulate(self.sizes))
        return [part.reshape(shape) for part, shape in zip(np.split(vector, ends[:-1]), self.shapes, strict=True)]


class Rule(Protocol):
    """How a gradient becomes a step. `slots`: how many vectors it remembers."""

    slots: int

    def direction(self, gradient: tf.Tensor, slots: Sequence[tf.Variable], count: tf.Tensor) -> tf.Tensor:
        """What the learning rate is multiplied with; updates the slots. count: steps with this one, from 1."""


@dataclass(frozen=True)
class RmsProp:
    """g / (sqrt(mean g^2) + epsilon), with the constants of the released code of Pavlakos et al."""

    decay: float = 0.99
    epsilon: float = 1e-8
    slots: int = 1

    def direction(self, gradient, slots, count):
        square = self.decay * slots[0] + (1.0 - self.decay) * tf.square(gradient)
        slots[0].assign(square)
        return gradient / (tf.sqrt(square) + self.epsilon)


@dataclass(frozen=True)
class Adam:
    """Kingma and Ba 2015, with bias correction; weight decay is added by the optimizer (Loshchilov and Hutter 2019)."""

    first: float = 0.9
    second: float = 0.999
    epsilon: float = 1e-7
    slots: int = 2

    def direction(self, gradient, slots, count):
        mean = self.first * slots[0] + (1.0 - self.first) * gradient
        square = self.second * slots[1] + (1.0 - self.second) * tf.square(gradient)
        slots[0].assign(mean)
        slots[1].assign(square)
        count = tf.cast(count, tf.float32)
        correction = tf.sqrt(1.0 - self.second**count) / (1.0 - self.first**count)
        return correction * mean / (tf.sqrt(square) + self.epsilon)


@dataclass(frozen=True)
class LearningRate:
    """peak: after a linear warm-up of `warmup` steps, then constant or a cosine down to `final` * peak at `steps`."""

    peak: float
    warmup: int = 0
    steps: int = 1
    final: float = 1.0

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """The rate of step number `step` (float32 scalar, from 0)."""
        progress = tf.clip_by_value((step - self.warmup) / max(1, self.steps - self.warmup), 0.0, 1.0)
        rate = self.peak * (self.final + (1.0 - self.final) * 0.5 * (1.0 + tf.cos(np.float32(np.pi) * progress)))
        return rate * tf.minimum(1.0, (step + 1.0) / self.warmup) if self.warmup else rate


class FlatOptimizer:
    """Updates variables by a rule that runs once over all of them.

    weight_decay: share of a kernel that is subtracted per step and unit of learning rate; rates: factor on the learning
    rate of a variable by its path, 1 where it is not named.
    """

    def __init__(
        self, rule: Rule, rate: LearningRate, weight_decay: float = 0.0, rates: Mapping[str, float] | None = None
    ):
        self.rule, self.rate, self.weight_decay = rule, rate, weight_decay
        self._rates = dict(rates or {})

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Remember the variables and make room for what the rule remembers."""
        self._targets = list(variables)
        self.layout = Layout([variable.shape for variable in variables])
        self.iterations = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._slots = [tf.Variable(tf.zeros((self.layout.length,)), trainable=False) for _ in range(self.rule.slots)]

    @property
    def variables(self) -> list[tf.Variable]:
        """What a checkpoint has to hold."""
        return [self.iterations, *self._slots]

    def apply(self, gradient: tf.Tensor) -> None:
        """One update by the gradients of all variables, joined in their order; may run inside a tf.function."""
        iterations = local(self.iterations)
        rate = self.rate(tf.cast(iterations, tf.float32))
        update = rate * self.rule.direction(gradient, [local(slot) for slot in self._slots], iterations + 1)
        for variable, part in zip(self._targets, self.layout.split(update), strict=True):
            value, factor = local(variable), self._rates.get(variable.path, 1.0)
            if self.weight_decay and variable.name not in _NOT_DECAYED:
                part = part + rate * self.weight_decay * value
            value.assign_sub(part if factor == 1.0 else factor * part)
        iterations.assign_add(1)


def build_optimizer(config: Optimizer, steps: int, rates: Mapping[str, float] | None = None) -> FlatOptimizer:
    """The optimizer of a run of `steps` steps. rates: see `FlatOptimizer`."""
    final = config.final_fraction if config.schedule == "cosine" else 1.0
    rate = LearningRate(config.learning_rate, config.warmup_steps, steps, final)
    rule = RmsProp() if config.kind == "rmsprop" else Adam()
    return FlatOptimizer(rule, rate, config.weight_decay, rates)
