"""What runs a network's forward pass. The estimator needs no more than this interface."""

from typing import Protocol

import numpy as np


class Runtime(Protocol):
    """A network ready to run: crops (B, S, S, 3) float32 RGB in [0, 1] -> float32 outputs by name.

    Outputs are "volume_1", "volume_2", ... (B, H, W, J * D_s), coarse to fine, and "presence" (B, 1), a logit, where
    the network has one.
    """

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]: ...


class KerasRuntime:
    """A Keras model as one TensorFlow graph, traced once for every batch size; safe to call from many threads."""

    def __init__(self, model):
        import tensorflow as tf

        def forward(crops):
            return {name: tf.cast(value, tf.float32) for name, value in model(crops, training=False).items()}

        signature = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
        # XLA takes minutes to compile an hourglass on a CPU and gains nothing there.
        self._forward = tf.function(forward, input_signature=[signature], jit_compile=False)

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        return {name: value.numpy() for name, value in self._forward(np.asarray(crops, np.float32)).items()}
