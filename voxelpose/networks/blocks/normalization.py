"""Batch normalisation with TensorFlow's fused kernel in training and a folded affine map in inference.

The only file of the networks that names TensorFlow. The fused kernel halves the time of a training step of an hourglass
on a CPU; in inference it is the slower path, where scale and offset folded into one multiply-add win.
"""

import keras
import tensorflow as tf
from keras import ops


@keras.saving.register_keras_serializable("voxelpose")
class FusedBatchNormalization(keras.layers.Layer):
    """`keras.layers.BatchNormalization` over the last axis of (B, H, W, C), in value, gradient and moving statistics.

    Weights have Keras' names and order: gamma, beta, moving_mean, moving_variance, each (C,) and float32 under every
    precision policy. With `trainable = False` the layer uses its moving statistics and leaves them alone.
    Within several replicas of a `tf.distribute` strategy the statistics are those of all replicas together.
    Raises ValueError for an input that is not of rank 4 or whose channel count is unknown.
    """

    def __init__(self, momentum: float = 0.9, epsilon: float = 1e-5, **kwargs):
        super().__init__(**kwargs)
        if not 0.0 <= momentum <= 1.0:
            raise ValueError(f"Expected a momentum in [0, 1]. Received: {momentum}")
        if epsilon <= 0.0:
            raise ValueError(f"Expected a positive epsilon. Received: {epsilon}")
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)

    def build(self, input_shape):
        if len(input_shape) != 4 or input_shape[-1] is None:
            raise ValueError(f"Expected a shape (batch, height, width, channels). Received: {tuple(input_shape)}")
        shape = (input_shape[-1],)
        self.input_spec = keras.layers.InputSpec(ndim=4, axes={-1: input_shape[-1]})
        self.gamma = self._weight("gamma", shape, "ones", trainable=True)
        self.beta = self._weight("beta", shape, "zeros", trainable=True)
        self.moving_mean = self._weight("moving_mean", shape, "zeros", trainable=False)
        self.moving_variance = self._weight("moving_variance", shape, "ones", trainable=False)

    def _weight(self, name: str, shape: tuple[int, ...], initializer: str, trainable: bool):
        return self.add_weight(
            name=name, shape=shape, initializer=initializer, trainable=trainable, autocast=False, aggregation="mean"
        )

    def call(self, inputs, training=None):
        if training and self.trainable:
            replicas = tf.distribute.get_replica_context()
            if replicas is not None and replicas.num_replicas_in_sync > 1:
                return self._normalize_by_all_replicas(inputs, replicas)
            return self._normalize_by_batch(inputs)
        return self._normalize_by_moving_statistics(inputs)

    def _normalize_by_batch(self, inputs):
        nothing = tf.zeros((0,), "float32")
        # The raw op, because tf.nn.fused_batch_norm silently raises an epsilon of 1e-5 to 1.001e-5.
        outputs = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=ops.cast(self.gamma, "float32"),
            offset=ops.cast(self.beta, "float32"),
            mean=nothing,
            variance=nothing,
            epsilon=self.epsilon,
            is_training=True,
        )
        # The kernel divides by n - 1 where Keras divides by n.
        self._track(outputs.batch_mean, outputs.batch_variance * _biased(inputs))
        return outputs.y

    def _normalize_by_all_replicas(self, inputs, replicas):
        values = ops.cast(inputs, "float32")
        mean, variance = tf.nn.moments(values, (0, 1, 2))
        both = replicas.all_reduce(tf.distribute.ReduceOp.MEAN, tf.stack([mean, variance + tf.square(mean)]))
        mean, variance = both[0], both[1] - tf.square(both[0])
        self._track(mean, variance)
        scale = self.gamma * ops.rsqrt(variance + self.epsilon)
        return ops.cast(values * scale + (self.beta - mean * scale), self.compute_dtype)

    def _track(self, mean, variance):
        # On TensorFlow's own variables: Keras' assign_sub reads, subtracts and assigns, three nodes of a graph for one.
        for moving, value in ((self.moving_mean.value, mean), (self.moving_variance.value, variance)):
            moving.assign_sub((moving - value) * (1.0 - self.momentum))

    def _normalize_by_moving_statistics(self, inputs):
        scale = self.gamma * ops.rsqrt(self.moving_variance + self.epsilon)
        offset = self.beta - self.moving_mean * scale
        outputs = ops.cast(inputs, "float32") * scale + offset
        return ops.cast(outputs, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum, "epsilon": self.epsilon}


def _biased(inputs):
    """(n - 1) / n for n values per channel: a number where the shape is known, which costs a graph no nodes."""
    size, channels = inputs.shape.num_elements(), inputs.shape[-1]
    if size is None:
        size = tf.cast(tf.size(inputs), "float32")
    return (size - channels) / size
