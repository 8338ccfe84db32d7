"""Many arrays as one vector: what is done to each of them alike is then done once.

A network of the paper has 1,700 variables. An operation per variable costs the graph its nodes, the first step its
seconds and a GPU its kernel launches.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf


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
